"""`streambda local`: the local cloud in a terminal, until Ctrl-C."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from streambda.local.cloud import Door, DoorKind, LocalCloud

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(assembly: Path, host: str, port: int, console: Console) -> None:
    """Prints the doors, then every line of the functions. Returns on SIGINT or SIGTERM."""

    def log(name: str, line: str) -> None:
        console.print(f"[cyan]{escape(name)}[/] {escape(line)}", highlight=False, soft_wrap=True)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        async with LocalCloud(assembly, host=host, port=port, log=log) as cloud:
            for line in greeting(cloud):
                console.print(line, highlight=False, soft_wrap=True, markup=False)
            await stop.wait()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def greeting(cloud: LocalCloud) -> Iterator[str]:
    """Lines to paste."""
    for door in cloud.doors:
        yield from LINES[door.kind](cloud, door)
    yield "Press Ctrl-C to stop."


def _lambda_api(cloud: LocalCloud, door: Door) -> Iterator[str]:
    names = ", ".join(function.name for function in cloud.functions)
    yield f"Lambda API, {names or 'no functions'}"
    yield f"  boto3.client('lambda', endpoint_url='{door.url}', region_name='us-east-1')"


def _function_url(_: LocalCloud, door: Door) -> Iterator[str]:
    yield f"Function URL of {door.name} ({mode(door.streams)})"
    yield f"  curl -N '{door.url}'"


def _rest_api(_: LocalCloud, door: Door) -> Iterator[str]:
    yield f"REST API {door.name}"
    for route in door.routes:
        verb = "" if route.method in {"GET", "ANY"} else f" -X {route.method}"
        url = door.url + route.path.removeprefix("/")
        yield f"  {route.method:<6} curl -g -N{verb} '{url}'  ({mode(route.streams)})"


def mode(streams: bool) -> str:
    return "streams" if streams else "buffered"


LINES = {
    DoorKind.LAMBDA_API: _lambda_api,
    DoorKind.FUNCTION_URL: _function_url,
    DoorKind.REST_API: _rest_api,
}
