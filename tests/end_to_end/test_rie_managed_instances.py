"""The emulator's mode for Lambda Managed Instances, with the real layer at its real path.

AWS's own code reads the response mode, the content type and the error trailers here, and answers
`/next` of several workers at the same time.
"""

import json
import os
import platform
import shutil
import socket
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from tests.support.events import FUNCTION_URL
from tests.support.real_layer import FALLBACK
from tests.support.rie import INVOKE_PATH, RIE, ROOT, run_managed_instance
from tests.support.split_prelude import split_prelude

pytestmark = [
    pytest.mark.rie,
    pytest.mark.layer,
    pytest.mark.skipif(not RIE.exists(), reason="no emulator in .tools: `make test` downloads it"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("unshare") is None,
        reason="a mount namespace needs root and unshare",
    ),
]

WORKERS = 2
STREAMS = 32
LATE_S = 12  # the time-out of the one that is late
HANDLER = """
import os, socket

def handler(event, context):
    kind = event.get("kind")
    if kind == "early":
        raise ValueError("before the first byte")
    yield f"{os.getuid()} {os.getpid()}\\n"
    if kind == "late":
        raise ValueError("after the first byte")
    if kind == "gate":
        with socket.create_connection(("127.0.0.1", event["gate"]), timeout=30) as gate:
            gate.recv(1)
"""

# Each chunk waits at the gate, where it says who asks. One that is late sends nothing: the emulator
# has no time-out for a response that has begun.
ASYNC_HANDLER = """
import asyncio, os

async def handler(event, context):
    number = event["number"]
    if not event["late"]:
        yield f"{os.getpid()} {number}"
    for turn in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", event["gate"])
        writer.write(f"{number} {turn}\\n".encode())
        assert await reader.read(1) == b"."
        writer.close()
        if not event["late"]:
            yield f" {turn}"
    if event["late"]:
        await asyncio.Event().wait()
    if event["fails"]:
        raise ValueError(f"number {number} fails")
"""


def make_readable(folder: Path) -> Path:
    """For the user as whom the emulator starts the bootstrap."""
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def opt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer for this machine, unpacked as Lambda unpacks it."""
    names = {"x86_64": Architecture.X86_64, "aarch64": Architecture.ARM64}
    try:
        archive = ensure_layer(names[platform.machine()], fallback=FALLBACK)
    except LayerUnavailable as error:
        pytest.skip(str(error))
    folder = make_readable(tmp_path_factory.mktemp("opt"))
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            Path(packed.extract(member, folder)).chmod(member.external_attr >> 16 & 0o777 or 0o755)
    return folder


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_readable(tmp_path_factory.mktemp("task"))
    shutil.copy(ROOT / "lambda_src" / "bootstrap", folder)
    for name in ("streambda_runtime", "handlers"):
        shutil.copytree(ROOT / "lambda_src" / name, folder / name)
    (folder / "mine.py").write_text(HANDLER)
    (folder / "many.py").write_text(ASYNC_HANDLER)
    return folder


@pytest.fixture(scope="module")
def client(
    task: Path, opt: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("log") / "log.txt"
    with run_managed_instance(task, opt, "mine.handler", WORKERS, log) as running:
        yield running


def invoke(client: httpx.Client, **event: object) -> httpx.Response:
    return client.post(INVOKE_PATH, json=event)


def test_a_stream_with_its_mode_and_content_type_runs_as_an_ordinary_user(
    client: httpx.Client,
) -> None:
    answer = invoke(client)

    uid = answer.text.partition(" ")[0]
    assert answer.status_code == 200
    assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert uid.isdecimal()
    assert uid != "0"


@pytest.mark.parametrize("kind", ["early", "late"])
def test_b4_an_error_is_read_from_error_or_from_the_trailers(
    client: httpx.Client, kind: str
) -> None:
    answer = invoke(client, kind=kind)

    assert answer.headers["error-type"] == "Function.ValueError"
    report = json.loads(answer.content)
    assert report["errorType"] == "ValueError"
    assert report["errorMessage"].endswith("the first byte")
    assert any("/var/task/mine.py" in line for line in report["stackTrace"])
    assert invoke(client).status_code == 200


def test_two_workers_serve_two_invocations_at_once(client: httpx.Client) -> None:
    """Both handlers wait at the gate before the test lets one of them through."""
    with socket.create_server(("127.0.0.1", 0)) as gate, ThreadPoolExecutor(WORKERS) as pool:
        gate.settimeout(30)
        event = {"kind": "gate", "gate": gate.getsockname()[1]}
        answers = [pool.submit(invoke, client, **event) for _ in range(WORKERS)]
        arrivals = [gate.accept()[0] for _ in range(WORKERS)]
        for arrival in arrivals:
            with arrival:
                arrival.sendall(b".")
        processes = {answer.result().text for answer in answers}

    assert len(processes) == WORKERS


def test_the_example_with_its_prelude(
    task: Path, opt: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("log") / "words.txt"
    with run_managed_instance(task, opt, "handlers.words.handler", WORKERS, log) as client:
        answer = client.post(INVOKE_PATH, content=FUNCTION_URL)

    prelude, body = split_prelude(answer.content)
    media_type = "application/vnd.awslambda.http-integration-response"
    assert answer.headers["content-type"] == media_type
    assert prelude["statusCode"] == 200
    assert body.startswith(b"id: 0\n")


def test_one_process_serves_many_streams_one_of_which_fails_and_one_is_late(
    task: Path, opt: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every stream stands at the gate before one goes on, at each of its turns."""
    log = tmp_path_factory.mktemp("log") / "many.txt"
    failing, late = 3, 7

    def invoke_number(number: int) -> httpx.Response:
        event = {"gate": port, "fails": number == failing, "late": number == late}
        while True:
            answer = invoke(client, number=number, **event)
            if "Runtime.Unavailable" not in answer.text:  # not all pollers have come yet
                return answer

    with (
        socket.create_server(("127.0.0.1", 0), backlog=STREAMS) as gate,
        run_managed_instance(task, opt, "many.handler", STREAMS, log, timeout_s=LATE_S) as client,
        ThreadPoolExecutor(STREAMS) as pool,
    ):
        gate.settimeout(30)
        port = gate.getsockname()[1]
        answers = [pool.submit(invoke_number, number) for number in range(STREAMS)]
        for turn in range(3):
            arrivals = [gate.accept()[0] for _ in range(STREAMS)]
            names = {arrival.recv(64) for arrival in arrivals}
            assert names == {b"%d %d\n" % (number, turn) for number in range(STREAMS)}
            for arrival in reversed(arrivals):
                with arrival:
                    arrival.sendall(b".")
        results = [answer.result() for answer in answers]

    words = [one.text for number, one in enumerate(results) if number not in (failing, late)]
    assert len({text.partition(" ")[0] for text in words}) == 1
    assert all(text.endswith(" 0 1 2") for text in words)
    assert results[failing].json()["errorMessage"] == f"number {failing} fails"
    assert results[failing].headers["error-type"] == "Function.ValueError"
    assert results[late].headers["error-type"] == "Sandbox.Timedout"
