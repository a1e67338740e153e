"""A thousand faults at random points: what is complete is right, and nothing is left behind.

Seeded: the same faults each time, though not in the same order, since clients run side by side.
"""

import asyncio
import gc
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import (
    EndpointKind,
    EndpointOptions,
    Faults,
    InvocationFailed,
    Limits,
    LocalCloud,
)
from tests.support.local_assembly import function, rest_api, url, write_assembly
from tests.support.numbered_runtime import number_bytes
from tests.support.processes import is_running
from tests.support.wait_until import wait_until

FAULTS = 1000
CLIENTS = 6
MOST_BYTES = 40_000
RUNTIME = Path(__file__).parents[1] / "support" / "numbered_runtime.py"

Wish = dict[str, Any]
Stop = Callable[[int, int], bool]


def never(pid: int, size: int) -> bool:
    return False


def write_numbers(folder: Path, version: int) -> Path:
    code = folder / "code"
    code.mkdir(parents=True)
    bootstrap = code / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{RUNTIME}"\n')
    bootstrap.chmod(0o755)
    variables = {"Variables": {"VERSION": str(version)}}
    resources = {
        "Numbers": function(FunctionName="Numbers", Environment=variables),
        "Url": url("Numbers"),
        **rest_api("Numbers"),
    }
    return write_assembly(folder / "cdk.out", resources, assets={"code.zip": code})


class Soak:
    def __init__(self, cloud: LocalCloud, http: httpx.AsyncClient, folder: Path) -> None:
        self.cloud = cloud
        self.http = http
        self.folder = folder
        self.random = random.Random(20261121)
        self.pids: set[int] = set()
        self.outcomes: Counter[str] = Counter()
        self.alone = asyncio.Lock()  # a fault of an endpoint is one of all its requests

    def wish(self, end: str = "") -> Wish:
        size = self.random.randint(1, MOST_BYTES)
        seed = self.random.randint(0, 10_000_000)
        return {"size": size, "seed": seed, "end": end, "at": self.random.randint(1, size)}

    async def read(self, kind: EndpointKind, wish: Wish, stop: Stop = never) -> tuple[bytes, bool]:
        """The bytes until `stop`, and whether the response has come to a proper end."""
        address = next(endpoint.url for endpoint in self.cloud.endpoints if endpoint.kind is kind)
        body = b""
        try:
            async with self.http.stream("GET", f"{address}x", params=wish) as answer:
                assert answer.status_code == 200
                pid = int(answer.headers["x-pid"])
                self.pids.add(pid)
                async for data in answer.aiter_raw():
                    body += data
                    if stop(pid, len(body)):
                        return body, False
        except httpx.TransportError:
            return body, False
        return body, True

    async def one(self) -> None:
        name = self.random.choice(NAMES)
        await ALL[name](self)
        self.outcomes[name] += 1


def check(body: bytes, wish: Wish, *, complete: bool) -> None:
    expected = number_bytes(wish["seed"], wish["size"])
    assert body == (expected if complete else expected[: len(body)])


async def clean(soak: Soak) -> None:
    wish = soak.wish()
    body, complete = await soak.read(EndpointKind.FUNCTION_URL, wish)
    assert complete
    check(body, wish, complete=True)


async def crash(soak: Soak) -> None:
    await cut(soak, soak.wish("crash"))


async def error(soak: Soak) -> None:
    await cut(soak, soak.wish("error"))


async def killed(soak: Soak) -> None:
    """From outside, while the function holds on."""
    wish = soak.wish("hold")

    def stop(pid: int, size: int) -> bool:
        if size == wish["at"]:
            os.kill(pid, signal.SIGKILL)
        return False

    assert await cut(soak, wish, stop) == wish["at"]


async def cut(soak: Soak, wish: Wish, stop: Stop = never) -> int:
    body, complete = await soak.read(EndpointKind.FUNCTION_URL, wish, stop)
    assert not complete
    check(body, wish, complete=False)
    return len(body)


async def disconnect(soak: Soak) -> None:
    wish = soak.wish()
    body, _ = await soak.read(EndpointKind.FUNCTION_URL, wish, lambda pid, size: size >= wish["at"])
    check(body, wish, complete=False)


async def reset(soak: Soak) -> None:
    wish = soak.wish()
    async with soak.alone:
        soak.cloud.faults["rest-api"] = Faults(reset_after=wish["at"] - 1)
        body, complete = await soak.read(EndpointKind.REST_API, wish)
    assert not complete
    check(body, wish, complete=False)


async def split(soak: Soak) -> None:
    wish = soak.wish()
    async with soak.alone:
        soak.cloud.faults["rest-api"] = Faults(split_prelude=soak.random.randint(1, 50))
        body, complete = await soak.read(EndpointKind.REST_API, wish)
    assert complete
    check(body, wish, complete=True)


async def left(soak: Soak) -> None:
    """By a caller without an endpoint."""
    wish, body = soak.wish(), b""
    async with aclosing(soak.cloud.invoke_stream("Numbers", wish)) as stream:
        async for data in stream:
            body += data
            if len(body) >= wish["at"]:
                break
    check(body, wish, complete=False)


async def failed(soak: Soak) -> None:
    wish, body, why = soak.wish("error"), b"", ""
    try:
        async for data in soak.cloud.invoke_stream("Numbers", wish):
            body += data
    except InvocationFailed as error:
        why = error.code
    assert (len(body), why) == (wish["at"], "Function.Error")
    check(body, wish, complete=False)


async def new_code(soak: Soak) -> None:
    async with soak.alone:
        version = soak.outcomes["new_code"]
        changes = await soak.cloud.update(write_numbers(soak.folder / f"new-{version}", version))
        soak.outcomes["new_code"] += 1
    assert changes.functions.changed == ("Numbers",)
    assert changes.functions.broken == {}


ALL: dict[str, Callable[[Soak], Awaitable[None]]] = {
    "clean": clean,
    "crash": crash,
    "disconnect": disconnect,
    "error": error,
    "failed": failed,
    "killed": killed,
    "left": left,
    "reset": reset,
    "split": split,
}
NAMES = sorted(ALL)


def children() -> set[int]:
    tasks = Path("/proc/self/task")
    return {int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()}


def open_files() -> set[str]:
    return {str(path.resolve()) for path in Path("/proc/self/fd").iterdir()}


@pytest.mark.slow
async def test_a_thousand_faults(tmp_path: Path) -> None:
    gc.collect()  # what earlier tests left to the collector must not go in the meantime
    before = (asyncio.all_tasks(), children(), open_files())
    options = EndpointOptions(limits=Limits(lambda_rate=None, rest_rate=None))
    folder = write_numbers(tmp_path / "first", 0)
    async with (
        LocalCloud(folder, concurrency=4 * CLIENTS, options=options) as cloud,
        httpx.AsyncClient(timeout=30, trust_env=False) as http,
    ):
        soak = Soak(cloud, http, tmp_path)

        async def client() -> None:
            while soak.outcomes.total() - soak.outcomes["clean"] < FAULTS:
                await soak.one()
                if soak.random.random() < 0.03:
                    await new_code(soak)

        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(client())

    assert soak.outcomes.keys() == {*ALL, "new_code"}
    await wait_until(lambda: not any(map(is_running, soak.pids)))
    assert (asyncio.all_tasks(), children(), open_files()) == before
