"""`make local`: synthesise, start the local cloud, show the streams, serve until Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from demo.calls import create_lambda_client, invoke_with_boto3, post_sentence
from demo.synthesis import SynthesisError, synthesise
from demo.timeline import Timeline
from streambda.local import Endpoint, EndpointKind, LocalCloud, LocalCloudError

PORT = 8000
EXIT_FAILED = 1
TITLES = {EndpointKind.FUNCTION_URL: "Function URL", EndpointKind.REST_API: "REST API"}


def main() -> int:
    """Returns 0 if everything streamed, 1 if a step failed, 2 for a wrong option."""
    parser = argparse.ArgumentParser(prog="make local", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the demonstration")
    parser.add_argument("--port", type=int, help=f"the first port (default {PORT}; 0: free ports)")
    options = parser.parse_args()
    # With --once nobody needs to know the addresses: it takes free ports.
    port = options.port if options.port is not None else 0 if options.once else PORT
    console = Console(soft_wrap=True, highlight=False)
    try:
        return asyncio.run(run(console, synthesise(), port, once=options.once))
    except (LocalCloudError, SynthesisError) as error:
        print(f"streambda: error: {error}", file=sys.stderr)
        return EXIT_FAILED


async def run(console: Console, assembly: Path, port: int, *, once: bool) -> int:
    """Starts the local cloud, shows its streams, and goes on serving unless `once`."""
    console.print("==> the local cloud")
    log = create_log_printer(console)
    async with LocalCloud(assembly, port=port, log=log, console=True) as cloud:
        streamed = await demonstrate(console, cloud)
        print_commands(console, cloud)
        if not once:
            console.print("\nServing until Ctrl-C")
            await wait_for_interrupt()
    return 0 if streamed else EXIT_FAILED


async def demonstrate(console: Console, cloud: LocalCloud) -> bool:
    """Sends the sentence to the three endpoints, then shows what a client sees of errors.

    Returns whether every response came in chunks, and only the two expected errors occurred.
    """
    chunk_counts = []
    for endpoint in list_http_endpoints(cloud):
        url = build_words_url(endpoint)
        timeline = Timeline(console, f"{TITLES[endpoint.kind]} · {url}")
        await post_sentence(url, timeline)
        chunk_counts.append(timeline.chunks)
    client = create_lambda_client(cloud.lambda_url)
    completions = {}
    for name in ("Words", "HappyPath", "MidstreamError", "TimeOut"):
        timeline = Timeline(console, f"boto3 invoke_with_response_stream · {name}")
        completions[name] = await asyncio.to_thread(invoke_with_boto3, client, name, timeline)
        chunk_counts.append(timeline.chunks)
    failed = {name for name, event in completions.items() if "ErrorCode" in event}
    return min(chunk_counts) > 1 and failed == {"MidstreamError", "TimeOut"}


def print_commands(console: Console, cloud: LocalCloud) -> None:
    """Commands to paste into another terminal."""
    console.print("\n[bold]Try it yourself[/bold]")
    endpoints = list_http_endpoints(cloud)
    lines = [f"curl -N '{build_words_url(endpoint)}?format=sse'" for endpoint in endpoints]
    body = '\'{"sentence": "your words here"}\''
    lines.append(f"curl -N -i -d {body} '{build_words_url(endpoints[0])}'")
    lines.append(f"boto3.client('lambda', endpoint_url='{cloud.lambda_url}')")
    lines.append(f"{cloud.console_url}  draws every chunk in your browser")
    for line in lines:
        console.print(f"  {line}", markup=False)


def list_http_endpoints(cloud: LocalCloud) -> list[Endpoint]:
    """The Function URL and the REST API stage."""
    return [
        endpoint for endpoint in cloud.endpoints if endpoint.kind is not EndpointKind.LAMBDA_API
    ]


def build_words_url(endpoint: Endpoint) -> str:
    """The Function URL has one function behind every path; the REST API has a resource for it."""
    base = endpoint.url.rstrip("/")
    return f"{base}/words" if endpoint.kind is EndpointKind.REST_API else f"{base}/"


def create_log_printer(console: Console) -> Callable[[str, str], None]:
    """For the log lines of the functions, as they come."""

    def print_line(function: str, line: str) -> None:
        console.print(f"  [{function}] {line}", markup=False, style="dim")

    return print_line


async def wait_for_interrupt() -> None:
    """Waits for Ctrl-C (SIGINT) or SIGTERM."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    await event.wait()


if __name__ == "__main__":
    sys.exit(main())
