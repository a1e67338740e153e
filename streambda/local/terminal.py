"""What `streambda local` prints: the doors, what is missing, and every line of the functions."""

from collections.abc import Iterable, Iterator
from itertools import cycle

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streambda.local.assembly.functions import Gap
from streambda.local.cloud import Door, DoorKind, DoorRoute, LocalCloud
from streambda.local.log_line import LogLine

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

    def gaps(self, gaps: Iterable[Gap]) -> None:
        """One table, if there are any."""
        table = Table("on AWS", "name", "here", title="Not emulated", title_justify="left")
        for gap in gaps:
            table.add_row(gap.type, gap.name, gap.why)
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
    for door in cloud.doors:
        yield from LINES[door.kind](cloud, door)
    if cloud.console_url:
        yield f"Console {cloud.console_url}"
    yield "Press Ctrl-C to stop."


def _lambda_api(cloud: LocalCloud, door: Door) -> Iterator[str]:
    names = ", ".join(function.name for function in cloud.functions)
    yield f"Lambda API, {names or 'no functions'}"
    yield f"  boto3.client('lambda', endpoint_url='{door.url}', region_name='us-east-1')"


def _function_url(cloud: LocalCloud, door: Door) -> Iterator[str]:
    yield f"Function URL of {door.name} ({mode(door.streams)})"
    yield f"  curl -N{signed(cloud, door, 'lambda')} '{door.url}'"


def _rest_api(cloud: LocalCloud, door: Door) -> Iterator[str]:
    yield f"REST API {door.name}"
    for route in door.routes:
        verb = "" if route.method in {"GET", "ANY"} else f" -X {route.method}"
        url = door.url + route.path.removeprefix("/")
        curl = f"curl -g -N{signed(cloud, route, 'execute-api')}{verb}"
        yield f"  {route.method:<6} {curl} '{url}'  ({mode(route.streams)})"


def signed(cloud: LocalCloud, door: Door | DoorRoute, service: str) -> str:
    """What curl must be told where unsigned requests are refused."""
    if not door.iam or cloud.signer is None:
        return ""
    return f" --aws-sigv4 aws:amz:us-east-1:{service} --user {cloud.signer}"


def mode(streams: bool) -> str:
    return "streams" if streams else "buffered"


LINES = {
    DoorKind.LAMBDA_API: _lambda_api,
    DoorKind.FUNCTION_URL: _function_url,
    DoorKind.REST_API: _rest_api,
}
