"""What `streambda local` prints: endpoints, what is not emulated, and what functions log."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import cycle

from rich.console import Console
from rich.text import Text

from streambda.local.cloud import LocalCloud
from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.endpoints import Endpoint, EndpointKind, EndpointRoute
from streambda.local.model.findings import Finding
from streambda.local.model.one_line import describe_error, escape_controls
from streambda.local.model.start_mode import unsupported_reason

logger = logging.getLogger("streambda.local")

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")
ID_CHARS = 8
# A screen of 80 columns and 25 lines.
MOST_LINE_CHARS = 2000
# How long something takes until its progress is shown, in seconds.
PROGRESS_S = 3.0
# Starts of the lines that Lambda itself writes into a log.
PLATFORM_LINES = (
    "START RequestId: ",
    "END RequestId: ",
    "REPORT RequestId: ",
    "EXTENSION\tName: ",
    "cold start with ",
)


class Terminal:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._colours: dict[str, str] = {}
        self._next = cycle(COLOURS)
        self._lost_lines = False

    def print_log_line(self, line: LogLine) -> None:
        """The function's name in its colour, the invocation's id, and the line."""
        style = "dim" if line.text.startswith(PLATFORM_LINES) else ""
        name = Text(self._escape(line.function), self._colour(line.function))
        request_id = self._escape((line.request_id or "-")[:ID_CHARS]).ljust(ID_CHARS)
        text = self._escape(self._cut(line.text))
        self._print(Text.assemble(name, " ", (request_id, "dim"), " ", (text, style)))

    def print_endpoints(self, cloud: LocalCloud) -> None:
        """How to call each of them, and the console's URL."""
        for line in describe_endpoints(cloud):
            self._print(Text(self._escape(line)))

    def print_unsupported(self, resources: Iterable[UnsupportedResource]) -> None:
        """A list, if there are any: one line each, for names and options are copied from it."""
        lines = [f"  {one.type} {one.name}: {one.reason}" for one in resources if not one.wrong]
        for line in ("Not emulated:", *lines) if lines else ():
            self._print(Text(self._escape(line)))

    def print_note(self, line: str) -> None:
        self._print(Text(f"==> {self._escape(line)}"))

    def print_error(self, line: str) -> None:
        self._print(Text(f"error: {self._escape(line)}", "bold red"))

    def print_warning(self, line: str) -> None:
        self._print(Text(f"warning: {self._escape(line)}", "yellow"))

    def print_finding(self, finding: Finding) -> None:
        """What a check of the app has found, as `cdk synth` would say it."""
        (self.print_error if finding.is_error else self.print_warning)(finding.describe())

    @asynccontextmanager
    async def show_progress(self, what: str) -> AsyncIterator[None]:
        """On a terminal: how long what is inside has taken, once that is more than a moment."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield
            return
        spinning = asyncio.create_task(self._spin(what))
        try:
            yield
        finally:
            spinning.cancel()
            await asyncio.wait([spinning])

    async def _spin(self, what: str) -> None:
        began = time.monotonic()
        await asyncio.sleep(PROGRESS_S)
        with self._console.status("") as status:
            while True:
                status.update(Text(f"{what}: {time.monotonic() - began:.0f} s"))
                await asyncio.sleep(1)

    def _cut(self, text: str) -> str:
        """A long line would push all others off the screen. A file, or a pipe, gets all of it."""
        more = len(text) - MOST_LINE_CHARS
        if more <= 0 or not self._console.is_terminal:
            return text
        return f"{text[:MOST_LINE_CHARS]} … ({more:,} more characters)"

    def _print(self, content: Text) -> None:
        # Never wrapped: lines are copied and searched for.
        try:
            self._console.print(content, highlight=False, soft_wrap=True, markup=False)
        except (OSError, ValueError) as error:
            # The disk is full, the terminal is gone, the file is closed: functions run on.
            if not self._lost_lines:
                self._lost_lines = True
                reason = getattr(error, "strerror", None) or describe_error(error)
                logger.error("cannot print, lines are lost: %s", reason)

    def _escape(self, text: str) -> str:
        return escape_controls(text, self._console.encoding)

    def _colour(self, function: str) -> str:
        if function not in self._colours:
            self._colours[function] = next(self._next)
        return self._colours[function]


def describe_endpoints(cloud: LocalCloud) -> Iterator[str]:
    """Lines that can be pasted into a shell or a program."""
    for endpoint in cloud.endpoints:
        yield from DESCRIPTIONS[endpoint.kind](cloud, endpoint)
    if cloud.console_url:
        yield f"Console {cloud.console_url}"
    yield "Press Ctrl-C to stop."


def _describe_lambda_api(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    names = ", ".join(function.name for function in cloud.functions)
    yield f"Lambda API, {names or 'no functions'}"
    region = endpoint.region
    yield f"  boto3.client('lambda', endpoint_url='{endpoint.url}', region_name='{region}')"


def _describe_function_url(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    functions = (one for one in cloud.functions if one.name == endpoint.name)
    does_not_run = any(unsupported_reason(one) for one in functions)
    mode = "does not run here" if does_not_run else response_mode(endpoint.streams)
    # A function and its aliases may have a URL each.
    name = f"{endpoint.name}:{endpoint.qualifier}" if endpoint.qualifier else endpoint.name
    yield f"Function URL of {name} ({mode})"
    signing = signing_options(cloud, endpoint, "lambda", endpoint.region)
    yield f"  curl -N{signing} '{endpoint.url}'"


def _describe_rest_api(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    yield f"REST API {endpoint.name}"
    for route in endpoint.routes:
        verb = "" if route.method in {"GET", "ANY"} else f" -X {route.method}"
        url = endpoint.url + route.path.removeprefix("/")
        curl = f"curl -g -N{signing_options(cloud, route, 'execute-api', endpoint.region)}{verb}"
        yield f"  {route.method:<6} {curl} '{url}'  ({response_mode(route.streams)})"


def _describe_http_api(cloud: LocalCloud, endpoint: Endpoint) -> Iterator[str]:
    _, *lines = _describe_rest_api(cloud, endpoint)
    yield f"HTTP API {endpoint.name}"
    yield from lines


def signing_options(
    cloud: LocalCloud, endpoint: Endpoint | EndpointRoute, service: str, region: str
) -> str:
    """What curl needs if the endpoint refuses unsigned requests."""
    if not endpoint.iam or cloud.signer is None:
        return ""
    return f" --aws-sigv4 aws:amz:{region}:{service} --user {cloud.signer}"


def response_mode(streams: bool) -> str:
    return "streams" if streams else "buffered"


DESCRIPTIONS = {
    EndpointKind.LAMBDA_API: _describe_lambda_api,
    EndpointKind.FUNCTION_URL: _describe_function_url,
    EndpointKind.REST_API: _describe_rest_api,
    EndpointKind.HTTP_API: _describe_http_api,
}
