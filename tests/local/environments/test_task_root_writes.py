"""A function that writes into its own code is told so, by name: on AWS that fails."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.task_root_writes import MOST_NAMES, TaskRootWrites, list_changed
from streambda.local.invocation.stream import InvocationRequest
from tests.support.local_functions import WORDS
from tests.support.pools import run_pool

OLD_NS = 10**9


def age(folder: Path) -> Path:
    """As if all of it had been there for long."""
    for path in (*folder.rglob("*"), folder):
        os.utime(path, ns=(OLD_NS, OLD_NS), follow_symlinks=False)
    return folder


def write_byte_code(root: Path) -> None:
    (root / "__pycache__").mkdir()
    (root / "__pycache__/app.cpython-313.pyc").write_bytes(b"code")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "task"
    (root / "package/data").mkdir(parents=True)
    (root / "app.py").write_text("pass")
    (root / "package/data/x.json").write_text("{}")
    return age(root)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda root: (root / "new.txt").write_text(""), ["new.txt"]),
        (lambda root: (root / "app.py").write_text("1"), ["app.py"]),
        (lambda root: (root / "package/data/x.json").write_text("[]"), ["package/data/x.json"]),
        (lambda root: (root / "package/cache").mkdir(), ["package/", "package/cache/"]),
        (lambda root: (root / "app.py").unlink(), [""]),
        (lambda root: (root / "package/data/x.json").unlink(), ["package/data/"]),
        (lambda root: (root / "app.py").rename(root / "package/app.py"), ["", "package/"]),
        (lambda root: (root / "link").symlink_to("/tmp"), ["link"]),
        # To read is no write, nor is what happens elsewhere; byte code is harmless.
        (lambda root: (root / "package/__pycache__").mkdir(), []),
        (lambda root: write_byte_code(root), []),
        (lambda root: (root / "app.py").read_text(), []),
        (lambda root: (root.parent / "beside").write_text(""), []),
        (lambda root: os.chmod(root / "app.py", 0o700), []),  # noqa: PTH101
    ],
)
def test_what_has_been_written(change: object, names: list[str], folder: Path) -> None:
    assert callable(change)
    assert list(list_changed(str(folder), OLD_NS)) == []

    change(folder)

    assert sorted(list_changed(str(folder), OLD_NS)) == names


def test_a_folder_that_is_gone() -> None:
    assert list(list_changed("/no/such/folder", 0)) == []


async def test_each_name_is_told_once_and_not_too_many(folder: Path) -> None:
    lines: list[str] = []
    told: set[str] = set()
    for number in range(MOST_NAMES + 3):
        # Another environment of the same code, each time.
        writes = TaskRootWrites(folder, OLD_NS, told, lines.append)
        (folder / f"file-{number}").write_text("x")
        await writes.look()  # it has not run
        writes.note_use()
        await writes.look()

    assert lines == [
        f"warning: it writes to /var/task/file-{number}: on AWS only /tmp can be written"
        for number in range(MOST_NAMES)
    ]


BOOTSTRAP = """#!/bin/sh
exec "{python}" -c '
import os, pathlib, urllib.request as r
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    head = r.urlopen(base + "next").headers
    pathlib.Path("cache.json").write_text("[]")
    pathlib.Path("{elsewhere}").write_text("[]")
    r.urlopen(base + head["Lambda-Runtime-Aws-Request-Id"] + "/response", b"done")
'
"""


async def test_a_function_that_writes_beside_its_handler(tmp_path: Path) -> None:
    import sys

    code = tmp_path / "code"
    code.mkdir()
    elsewhere = tmp_path / "elsewhere"
    (code / "bootstrap").write_text(BOOTSTRAP.format(python=sys.executable, elsewhere=elsewhere))
    (code / "bootstrap").chmod(0o755)
    age(code)
    request = InvocationRequest(
        request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
    )
    before = time.time_ns()
    async with run_pool(replace(WORDS, code=code), tmp_path / "files", EnvironmentOptions()) as (
        pool,
        log,
    ):
        for _ in range(2):
            stream = pool.invoke(request)
            assert [chunk async for chunk in stream] == [b"done"]
            await stream.released.wait()

    # Whatever of it was seen in between: at the end there is one look in any case.
    assert (code / "cache.json").stat().st_mtime_ns > before
    told = [text for text in log.texts if "/var/task" in text]
    assert told == ["warning: it writes to /var/task/cache.json: on AWS only /tmp can be written"]
