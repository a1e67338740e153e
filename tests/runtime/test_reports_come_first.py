"""An error is reported whatever is broken, and by the process that took the invocation alone."""

import json
from pathlib import Path

import pytest

from tests.support.bootstrap_process import lay_out, serve
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import (
    read_trailer_error,
)


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


FORKS = {
    "before the first byte": (
        "def handler(event, context):\n    if not os.fork():\n        yield 'child'\n"
        "        return\n    os.wait()\n    yield 'parent'\n"
    ),
    "an empty stream of the child": (
        "def handler(event, context):\n    if not os.fork():\n        return\n"
        "    os.wait()\n    yield 'parent'\n"
    ),
    "in async code": (
        "async def handler(event, context):\n    if not os.fork():\n        yield 'child'\n"
        "        return\n    os.wait()\n    yield 'parent'\n"
    ),
    "in a writer": (
        "@streaming\ndef handler(event, stream, context):\n    if not os.fork():\n"
        "        stream.write('child')\n        return\n    os.wait()\n    stream.write('parent')\n"
    ),
    "in background work": (
        "def work():\n    if os.fork():\n        os.wait()\n"
        "def handler(event, context):\n    return StreamingResponse(['parent'], background=work)\n"
    ),
    "in the end of the source": (
        "def chunks():\n    try:\n        yield 'parent'\n    finally:\n        if os.fork():\n"
        "            os.wait()\n"
        "def handler(event, context):\n    return StreamingResponse(chunks())\n"
    ),
    "under a heartbeat": (
        "def chunks():\n    if not os.fork():\n        sys.exit(0)\n    os.wait()\n"
        "    yield 'parent'\n"
        "def handler(event, context):\n    return heartbeat(chunks(), 60, ':')\n"
    ),
    "in a thread": (
        "def work():\n    if not os.fork():\n        sys.exit(0)\n    os.wait()\n"
        "def handler(event, context):\n    thread = threading.Thread(target=work)\n"
        "    thread.start()\n    thread.join()\n    yield 'parent'\n"
    ),
    "at import, and it exits": (
        "if not os.fork():\n    sys.exit(0)\nos.wait()\n"
        "def handler(event, context):\n    yield 'parent'\n"
    ),
    "at import, and it goes on": (
        "child = not os.fork()\nif not child:\n    os.wait()\n"
        "def handler(event, context):\n    yield 'child' if child else 'parent'\n"
    ),
    "with multiprocessing": (
        "import multiprocessing\ndef handler(event, context):\n    yield 'par'\n"
        "    process = multiprocessing.get_context('fork').Process(target=print)\n"
        "    process.start()\n    process.join()\n    yield 'ent'\n"
    ),
}


@pytest.mark.parametrize("code", FORKS.values(), ids=FORKS)
def test_only_the_process_that_took_an_invocation_answers(task_root: Path, code: str) -> None:
    imports = (
        "import os, sys, threading\n"
        "from streambda_runtime import StreamingResponse, heartbeat, streaming\n"
    )

    posts, done = serve(task_root, imports + code, DIRECT, DIRECT, DIRECT)

    assert [post.body for post in posts] == [b"parent"] * 3
    assert done.stderr.count(b"answered 410") == 1


ODD_ERRORS = {
    "class": "@property\n    def __class__(self):\n        raise KeyError('class')",
    "trace": "@property\n    def __traceback__(self):\n        raise KeyError('trace')",
    "attributes": "def __getattribute__(self, name):\n        raise KeyError(name)",
    "text": "def __str__(self):\n        return Text('mine')",
    "format": "def __format__(self, spec):\n        raise KeyError('format')",
    "equality": "__hash__ = None\n    def __eq__(self, other):\n        raise KeyError('eq')",
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("body", ODD_ERRORS.values(), ids=ODD_ERRORS)
def test_an_exception_that_hides_itself_is_reported(task_root: Path, body: str, late: bool) -> None:
    code = (
        "class Text(str):\n    def __format__(self, spec):\n        raise KeyError('format')\n"
        f"class Odd(Exception):\n    {body}\n"
        f"def handler(event, context):\n    {'yield 1 and b' + repr('a') if late else 'pass'}\n"
        "    raise Odd('mine')\n"
    )

    posts, _ = serve(task_root, code, DIRECT, DIRECT)

    documents = [read_trailer_error(post)[1] if late else json.loads(post.body) for post in posts]
    assert [document["errorType"] for document in documents] == ["Odd", "Odd"]


@pytest.mark.parametrize(
    "damage",
    [
        "sys.path.clear()",
        "exhaust_descriptors()",
        "sys.modules.clear()",
        "sys.path.insert(0, event.get('vendor', '.'))",
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_an_error_is_reported_though_nothing_can_be_imported(
    task_root: Path, damage: str, late: bool
) -> None:
    (task_root / "vendor").mkdir()
    (task_root / "vendor" / "traceback.py").write_text("raise RuntimeError\n")
    code = (
        "import os, resource, sys\ndef exhaust_descriptors():\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n    try:\n"
        "        while True:\n            os.dup(0)\n    except OSError:\n        pass\n"
        "def handler(event, context):\n"
        f"    {'yield 1 and b' + repr('a') if late else 'pass'}\n    {damage}\n"
        "    raise ValueError('mine')\n"
    )

    first, *_ = serve(task_root, code, b'{"vendor": "vendor"}')[0]

    document = read_trailer_error(first)[1] if late else json.loads(first.body)
    assert document["errorMessage"] == "mine"


def test_the_errors_of_a_group_are_told(task_root: Path) -> None:
    code = (
        "import asyncio\nasync def fail():\n    raise ValueError('inner')\n"
        "async def handler(event, context):\n    async with asyncio.TaskGroup() as tasks:\n"
        "        tasks.create_task(fail())\n"
    )

    (post,), done = serve(task_root, code, DIRECT)

    document = json.loads(post.body)
    assert document["errorType"] == "ExceptionGroup"
    assert document["errorMessage"].endswith("(1 sub-exception): ValueError: inner")
    assert any("in fail" in frame for frame in document["stackTrace"])
    assert b"ValueError: inner" in done.stderr
