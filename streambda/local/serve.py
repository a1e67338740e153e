"""`streambda local`: the local cloud in a terminal, until Ctrl-C."""

import asyncio
import signal
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from streambda.local.cloud import Door, DoorKind, LocalCloud


async def serve(assembly: Path, host: str, port: int, console: Console) -> None:
    """Prints the doors, then every line of the functions. Returns on SIGINT or SIGTERM."""

    def log(name: str, line: str) -> None:
        console.print(f"[cyan]{escape(name)}[/] {escape(line)}", highlight=False, soft_wrap=True)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with LocalCloud(assembly, host=host, port=port, log=log) as cloud:
            for line in greeting(cloud):
                console.print(line, highlight=False, soft_wrap=True, markup=False)
            await stop.wait()
    finally:
        # A second Ctrl-C ends the program even if closing down takes long.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def greeting(cloud: LocalCloud) -> list[str]:
    """Lines to paste."""
    lines = ["", *(line for door in cloud.doors for line in door_lines(door, cloud)), ""]
    return [*lines, "Press Ctrl-C to stop."]


def door_lines(door: Door, cloud: LocalCloud) -> list[str]:
    if door.kind is not DoorKind.LAMBDA_API:
        title = {DoorKind.FUNCTION_URL: "Function URL", DoorKind.REST_API: "REST API"}[door.kind]
        return [f"{title} of {door.name}", f"  curl -N {door.url}"]
    names = ", ".join(function.name for function in cloud.functions) or "no functions"
    return [
        f"Lambda API for {names}",
        f"  boto3.client('lambda', endpoint_url='{door.url}', region_name='us-east-1')",
    ]
