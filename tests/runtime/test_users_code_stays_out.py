"""Nothing of the user's reaches into the runtime's own work: the real `bootstrap`, a row a kind."""

import json
from pathlib import Path

import pytest

from tests.support.bootstrap_process import lay_out, serve
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import (
    next_headers,
    read_trailer_error,
)

STREAMS = "def handler(event, context):\n    yield 'a'\n    yield 'b'\n"
STREAMS_ASYNC = "async def handler(event, context):\n    yield 'a'\n    yield 'b'\n"
FAILS = "def handler(event, context):\n    raise ValueError('mine')\n"
FAILS_LATE = "def handler(event, context):\n    yield 'a'\n    raise ValueError('mine')\n"
BEATS = (
    "from streambda_runtime import heartbeat\n"
    "def handler(event, context):\n    return heartbeat(iter(['a', 'b']), 60, ':')\n"
)


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


# Names that the runtime, `asyncio`, `traceback`, `threading`, `json` or `logging` import.
SHADOWS = (
    "token", "select", "selectors", "queue", "traceback", "linecache", "tokenize", "string", "enum",
    "re", "types", "signal", "socket", "contextvars", "heapq", "copy", "random", "platform",
    "statistics", "calendar", "code", "datetime", "logging", "json", "asyncio", "threading",
    "functools", "operator", "warnings", "weakref", "base64", "struct", "inspect", "ast", "dis",
)  # fmt: skip


@pytest.mark.parametrize("code", [STREAMS, STREAMS_ASYNC, BEATS])
def test_streams_work_beside_modules_named_like_the_standard_librarys(
    task_root: Path, code: str
) -> None:
    for name in SHADOWS:
        (task_root / f"{name}.py").write_text("raise RuntimeError('the user's own')\n")

    (post,), _ = serve(task_root, code, DIRECT)

    assert post.body == b"ab"


@pytest.mark.slow
@pytest.mark.parametrize("name", SHADOWS)
@pytest.mark.parametrize("content", ["mine = 1\n", "raise RuntimeError('users own')\n"])
def test_an_error_is_reported_beside_a_module_named_like_the_standard_librarys(
    task_root: Path, name: str, content: str
) -> None:
    (task_root / f"{name}.py").write_text(content)

    (early, late), done = serve(
        task_root, FAILS + FAILS_LATE.replace("handler", "late").replace("def", "def", 1)
        + "both = iter([handler, late])\ndef chosen(event, context):\n"
        "    return next(both)(event, context)\n",
        DIRECT, DIRECT, handler="mine.chosen",
    )  # fmt: skip

    assert json.loads(early.body)["errorMessage"] == "mine"
    assert read_trailer_error(late)[1]["errorMessage"] == "mine"
    assert done.stderr.count(b"[ERROR] ValueError: mine") == 2


@pytest.mark.parametrize("name", ["select", "queue", "calendar", "selectors", "code", "statistics"])
def test_the_function_gets_its_own_module_of_such_a_name(task_root: Path, name: str) -> None:
    (task_root / f"{name}.py").write_text("who = 'mine'\n")
    code = f"import {name}\n{STREAMS.replace(chr(39) + 'a' + chr(39), name + '.who')}"

    (post,), _ = serve(task_root, code, DIRECT)

    assert post.body == b"mineb"


def test_a_handlers_own_module_may_have_such_a_name(task_root: Path) -> None:
    (task_root / "queue.py").write_text(STREAMS)

    (post,), _ = serve(task_root, "", DIRECT, handler="queue.handler")

    assert post.body == b"ab"


@pytest.mark.parametrize("seconds", ["0.001", "0"])
@pytest.mark.parametrize("code", [STREAMS, STREAMS_ASYNC, FAILS_LATE])
def test_a_default_timeout_for_sockets_is_the_users_alone(
    task_root: Path, code: str, seconds: str
) -> None:
    code = f"import socket, time\nsocket.setdefaulttimeout({seconds})\n{code}"

    posts, done = serve(task_root, code, DIRECT, DIRECT)

    assert len(posts) == 2
    assert all(post.body.startswith(b"a") for post in posts)
    assert b"answered 410" in done.stderr  # the end of the events, and no other error


@pytest.mark.parametrize(
    "damage",
    [
        "sys.stderr.close()", "sys.stderr = None", "sys.stdout = sys.stderr = None", "os.close(2)",
        "sys.stderr = open('/dev/full', 'w')", "sys.stderr = object()",
        "vars(sys).pop('stderr', None)", "sys.stdout.close(); sys.stderr.close()",
    ],
)  # fmt: skip
def test_an_error_is_reported_though_the_log_is_broken(task_root: Path, damage: str) -> None:
    code = f"import os, sys\ndef handler(event, context):\n    {damage}\n    raise ValueError(1)\n"

    first, second = serve(task_root, code, DIRECT, DIRECT)[0]

    assert first.action == second.action == "error"
    assert json.loads(first.body)["errorType"] == "ValueError"


@pytest.mark.parametrize(
    "error",
    ["ValueError()", "SystemExit()", "KeyboardInterrupt()", "RecursionError()", "MemoryError()"],
)
@pytest.mark.parametrize("late", [False, True])
def test_an_exception_whose_text_raises_is_reported(
    task_root: Path, error: str, late: bool
) -> None:
    code = (
        f"class Odd(Exception):\n    def __str__(self):\n        raise {error}\n"
        f"def handler(event, context):\n    {'yield 1 and b' + repr('a') if late else 'pass'}\n"
        "    raise Odd\n"
    )

    posts, _ = serve(task_root, code, DIRECT, DIRECT)

    documents = [read_trailer_error(post)[1] if late else json.loads(post.body) for post in posts]
    kind = error.removesuffix("()")
    expected = f"<message unavailable: {kind} in __str__>"
    assert [document["errorMessage"] for document in documents] == [expected] * 2


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("sys.exit()", 0), ("sys.exit(3)", 3), ("os._exit(4)", 4), ("raise ValueError", 1),
        ("return", 0), ("sys.exit('text')", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["generator", "async", "plain", "writer"])
def test_a_child_of_the_handler_ends_alone(
    task_root: Path, form: str, ending: str, status: int
) -> None:
    child = (
        "    pid = os.fork()\n"
        f"    if not pid:\n        {ending}\n"
        "    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
    )
    yields = f"def handler(event, context):\n    yield 'a'\n{child}    yield str(status)\n"
    forms = {
        "generator": yields,
        "async": f"async {yields}",
        "plain": f"def handler(event, context):\n{child}    return status\n",
        "writer": "@streaming\ndef handler(event, stream, context):\n    stream.write('a')\n"
        f"{child}    stream.write(str(status))\n",
    }
    code = "import os, sys\nfrom streambda_runtime import streaming\n" + forms[form]

    posts, done = serve(task_root, code, DIRECT, DIRECT)

    expected = str(status).encode() if form == "plain" else b"a%d" % status
    assert [post.body for post in posts] == [expected] * 2
    assert [post.trailers for post in posts] == [{}] * 2
    assert done.stderr.count(b"answered 410") == 1


def test_a_child_that_goes_on_yielding_is_silent(task_root: Path) -> None:
    code = (
        "import os\ndef handler(event, context):\n    yield 'a'\n    if os.fork():\n"
        "        os.wait()\n        yield 'parent'\n    else:\n"
        "        yield 'child'\n        yield 'child'\n"
    )

    (post,), _ = serve(task_root, code, DIRECT)

    assert post.body == b"aparent"


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Client-Context", '{"custom":' * 1000 + "{}" + "}" * 1000),
        ("Client-Context", DEEP),
        ("Client-Context", '"text"'),
        ("Cognito-Identity", DEEP),
        ("Cognito-Identity", "1" * 5000),
        ("Deadline-Ms", "9" * 5000),
    ],
)
def test_odd_headers_of_the_caller_end_nothing(task_root: Path, name: str, value: str) -> None:
    headers = next_headers() | {f"Lambda-Runtime-{name}": value}

    posts, _ = serve(task_root, STREAMS, DIRECT, DIRECT, headers=headers)

    assert [post.body for post in posts] == [b"ab", b"ab"]


@pytest.mark.parametrize(
    "event", [DEEP.encode(), b'{"a":' * 50_000, b"[" * 900_000, b"\xff", b"1" * 5000]
)
def test_an_event_that_is_not_to_be_read_is_an_error_and_the_next_is_served(
    task_root: Path, event: bytes
) -> None:
    first, second = serve(task_root, STREAMS, event, FUNCTION_URL)[0]

    if first.action == "error":  # how deep Python can follow differs
        assert json.loads(first.body)["errorType"] == "Runtime.UnmarshalError"
    assert second.body.endswith(b"ab")


@pytest.mark.parametrize(
    "result",
    ["deep", "{'a': deep}", "{'statusCode': 200, 'body': deep}", "object()", "{1, 2}", "b'bytes'"],
)
def test_a_result_that_is_no_json_is_an_error_and_the_next_is_served(
    task_root: Path, result: str
) -> None:
    code = (
        "deep = 1\nfor _ in range(100_000):\n    deep = [deep]\nmade = 0\n"
        "def handler(event, context):\n    global made\n    made += 1\n"
        f"    return {result} if made == 1 else 'fine'\n"
    )

    first, second = serve(task_root, code, DIRECT, DIRECT)[0]

    assert json.loads(first.body)["errorType"] in (
        "Runtime.MarshalError",
        "Runtime.InvalidResponse",
    )
    assert second.body == b'"fine"'


@pytest.mark.parametrize(
    "code",
    [
        "def handler(event, context):\n    print('no end', end='')\n    {die}\n",
        "import sys\ndef handler(event, context):\n    sys.stdout.write('no end')\n    {die}\n",
        "import sys\ndef handler(event, context):\n    sys.stderr.write('no end')\n    {die}\n",
        "def handler(event, context):\n    context.log('no end')\n    {die}\n",
    ],
)
@pytest.mark.parametrize("die", ["os.kill(os.getpid(), 9)", "os._exit(1)"])
def test_what_was_printed_without_a_line_end_survives_the_process(
    task_root: Path, code: str, die: str
) -> None:
    _, done = serve(task_root, "import os\n" + code.replace("{die}", die), DIRECT)

    assert (done.stdout + done.stderr).endswith(b"no end")


def test_a_lone_surrogate_can_be_printed_and_yielded(task_root: Path) -> None:
    code = "def handler(event, context):\n    print(event)\n    yield event\n    yield '\\ud83d'\n"

    (post,), done = serve(task_root, code, b'"\\ud800"')

    assert done.stdout == b"\\ud800\n"
    assert post.body.decode() == "\ufffd\ufffd"
