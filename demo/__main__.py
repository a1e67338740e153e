"""`make local`: synthesise -> start the local cloud -> show the streams -> serve until Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from demo.calls import lambda_client, over_http, over_the_sdk
from demo.synthesis import SynthesisError, synthesise
from demo.timeline import Timeline
from streambda.local import Endpoint, EndpointKind, LocalCloud, LocalCloudError

PORT = 8000
EXIT_FAILED = 1
TITLES = {EndpointKind.FUNCTION_URL: "Function URL", EndpointKind.REST_API: "REST API"}


def main() -> int:
    """0 when everything streamed, 1 when a step failed, 2 for a wrong option."""
    parser = argparse.ArgumentParser(prog="make local", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the demonstration")
    parser.add_argument("--port", type=int, help=f"the first port (default {PORT}; 0: any free)")
    options = parser.parse_args()
    # A run that ends by itself has no address to remember: it takes free ports.
    port = options.port if options.port is not None else 0 if options.once else PORT
    console = Console(soft_wrap=True, highlight=False)
    try:
        return asyncio.run(run(console, synthesise(), port, once=options.once))
    except (LocalCloudError, SynthesisError) as error:
        print(f"streambda: error: {error}", file=sys.stderr)
        return EXIT_FAILED


async def run(console: Console, assembly: Path, port: int, *, once: bool) -> int:
    """Starts the local cloud, shows it, and keeps serving unless `once`."""
    console.print("==> the local cloud")
    log = log_lines(console)
    async with LocalCloud(assembly, port=port, log=log, console=True) as cloud:
        complete = await demonstrate(console, cloud)
        paste(console, cloud)
        if not once:
            console.print("\nServing until Ctrl-C")
            await interrupted()
    return 0 if complete else EXIT_FAILED


async def demonstrate(console: Console, cloud: LocalCloud) -> bool:
    """The sentence through the three endpoints, then what a client sees of errors; whether all held."""
    streams = []
    for endpoint in http_endpoints(cloud):
        timeline = Timeline(console, f"{TITLES[endpoint.kind]} · {words_url(endpoint)}")
        await over_http(words_url(endpoint), timeline)
        streams.append(timeline.chunks)
    client = lambda_client(cloud.lambda_url)
    completes = {}
    for name in ("Words", "HappyPath", "MidstreamError", "TimeOut"):
        timeline = Timeline(console, f"boto3 invoke_with_response_stream · {name}")
        completes[name] = await asyncio.to_thread(over_the_sdk, client, name, timeline)
        streams.append(timeline.chunks)
    failed = {name for name, complete in completes.items() if "ErrorCode" in complete}
    return min(streams) > 1 and failed == {"MidstreamError", "TimeOut"}


def paste(console: Console, cloud: LocalCloud) -> None:
    """Lines to paste into another terminal."""
    console.print("\n[bold]Try it yourself[/bold]")
    lines = [f"curl -N '{words_url(endpoint)}?format=sse'" for endpoint in http_endpoints(cloud)]
    body = '\'{"sentence": "your words here"}\''
    lines.append(f"curl -N -i -d {body} '{words_url(http_endpoints(cloud)[0])}'")
    lines.append(f"boto3.client('lambda', endpoint_url='{cloud.lambda_url}')")
    lines.append(f"{cloud.console_url}  draws every chunk, in your browser")
    for line in lines:
        console.print(f"  {line}", markup=False)


def http_endpoints(cloud: LocalCloud) -> list[Endpoint]:
    """The Function URL and the REST API stage."""
    return [
        endpoint for endpoint in cloud.endpoints if endpoint.kind is not EndpointKind.LAMBDA_API
    ]


def words_url(endpoint: Endpoint) -> str:
    """The Function URL has one function behind every path; the REST API has a resource for it."""
    base = endpoint.url.rstrip("/")
    return f"{base}/words" if endpoint.kind is EndpointKind.REST_API else f"{base}/"


def log_lines(console: Console) -> Callable[[str, str], None]:
    """Prints a function's log lines as they come."""

    def show(function: str, line: str) -> None:
        console.print(f"  [{function}] {line}", markup=False, style="dim")

    return show


async def interrupted() -> None:
    """Waits for Ctrl-C (SIGINT) or SIGTERM."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    await event.wait()


if __name__ == "__main__":
    sys.exit(main())
