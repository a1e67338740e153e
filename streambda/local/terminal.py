"""What `streambda local` prints: the endpoints, what is missing, and every line of the functions."""

from collections.abc import Iterable, Iterator
from itertools import cycle

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streambda.local.cloud import LocalCloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.endpoints import Endpoint, EndpointKind, EndpointRoute

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")
ID_CHARS = 8
OF_LAMBDA = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "cold start with ")


class Terminal:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._colours: dict[str, str] = {}
        self._next = cycle(COLOURS)

    def log(self, line: LogLine) -> None:
        """The function's name in its colour, the invocation's id, and the line."""
        quiet = "dim" if line.text.startswith(OF_LAMBDA) else ""
        name = Text(line.function, self._colour(line.function))
        request_id = (line.request_id or "-")[:ID_CHARS].ljust(ID_CHARS)
        self.show(Text.assemble(name, " ", (request_id, "dim"), " ", (line.text, quiet)))

    def greet(self, cloud: LocalCloud) -> None:
        for line in greeting(cloud):
            self.show(Text(line))

    def print_unsupported(self, resources: Iterable[UnsupportedResource]) -> None:
        """One table, if there are any."""
        table = Table("on AWS", "name", "here", title="Not emulated", title_justify="left")
        for resource in resources:
            table.add_row(resource.type, resource.name, resource.reason)
        if table.row_count:
            self._console.print(table)

    def note(self, line: str) -> None:
        self.show(Text(f"==> {line}"))

    def complain(self, line: str) -> None:
        self.show(Text(f"error: {line}", "bold red"))

    def show(self, text: Text) -> None:
        # Whole lines: they are copied, and searched for.
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)

    def _colour(self, function: str) -> str:
        if function not in self._colours:
            self._colours[function] = next(self._next)
        return self._colours[function]


def greeting(cloud: LocalCloud) -> Iterator[str]:
    """Lines to paste."""
    for endpoint in cloud.endpoints:
        yield from LINES[endpoint.kind](cloud, endpoint)
    if cloud.console_url:
        yield f"Console {cloud.console_url}"
    yield "Press Ctrl-C to stop."


def _lambda_api(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    names = ", ".join(function.name for function in cloud.functions)
    yield f"Lambda API, {names or 'no functions'}"
    yield f"  boto3.client('lambda', endpoint_url='{endpoint.url}', region_name='us-east-1')"


def _function_url(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    yield f"Function URL of {endpoint.name} ({mode(endpoint.streams)})"
    yield f"  curl -N{signed(cloud, endpoint, 'lambda')} '{endpoint.url}'"


def _rest_api(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    yield f"REST API {endpoint.name}"
    for route in endpoint.routes:
        verb = "" if route.method in {"GET", "ANY"} else f" -X {route.method}"
        url = endpoint.url + route.path.removeprefix("/")
        curl = f"curl -g -N{signed(cloud, route, 'execute-api')}{verb}"
        yield f"  {route.method:<6} {curl} '{url}'  ({mode(route.streams)})"


def signed(cloud: LocalCloud, endpoint: Endpoint | EndpointRoute, service: str) -> str:
    """What curl must be told where unsigned requests are refused."""
    if not endpoint.iam or cloud.signer is None:
        return ""
    return f" --aws-sigv4 aws:amz:us-east-1:{service} --user {cloud.signer}"


def mode(streams: bool) -> str:
    return "streams" if streams else "buffered"


LINES = {
    EndpointKind.LAMBDA_API: _lambda_api,
    EndpointKind.FUNCTION_URL: _function_url,
    EndpointKind.REST_API: _rest_api,
}
