"""A thousand faults in one cloud: what they leave behind."""

import asyncio
import gc
import os
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, EndpointOptions, Faults, Limits
from tests.support.endpoint_clouds import api, running, url_of
from tests.support.local_assembly import function, url
from tests.support.reset_client import get_until_reset

BINARY = b"\0" * 8 + bytes(range(256)) + "é".encode() + b"\0" * 8
URL, REST = EndpointKind.FUNCTION_URL, EndpointKind.REST_API
HTTP_ENDPOINTS = (URL, REST)


@pytest.mark.slow
async def test_a_thousand_faults_lose_no_byte_and_leave_nothing(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    random = Random(20260228)
    before = leftovers()
    resources = {"Words": function(FunctionName="Words"), "Url": url("Words"), **api("Words")}
    options = EndpointOptions(limits=Limits.none())
    async with running(tmp_path, resources, options) as cloud:
        for number in range(1000):
            kind = random.choice(HTTP_ENDPOINTS)
            after = random.randrange(len(BINARY) + 1)
            cloud.faults[kind] = Faults(reset_after=after, split_prelude=random.randrange(1, 200))

            assert await get_until_reset(f"{url_of(cloud, kind)}binary") == (
                BINARY[:after],
                True,
            ), number

        cloud.faults.clear()
        assert (await http.get(f"{url_of(cloud, URL)}binary")).content == BINARY

    await http.aclose()
    assert leftovers() == before


def leftovers() -> tuple[int, int, Any]:
    """Tasks, sockets, and child processes."""
    gc.collect()
    folder = Path("/proc/self/fd")
    sockets = [one for one in folder.iterdir() if is_socket(one)] if folder.is_dir() else []
    try:
        children: Any = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        children = "none"
    return len(asyncio.all_tasks()), len(sockets), children


def is_socket(entry: Path) -> bool:
    try:
        return str(entry.readlink()).startswith("socket:")
    except OSError:
        return False
