"""The log in its two formats, with and without `logging`, and what a cold start pays for it."""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streambda_runtime import logs
from streambda_runtime.errors import ErrorReport
from streambda_runtime.invocation import Context
from tests.support.cold_start import SLOW_IMPORTS

LAMBDA_SRC = str(Path(__file__).parents[2] / "lambda_src")
WAIT_S = 20.0
JSON = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


def context(request_id: str = "r-1", **headers: str) -> Context:
    return Context({"lambda-runtime-aws-request-id": request_id} | headers, {})


@pytest.fixture(autouse=True)
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The log and the root logger belong to the process: each test starts anew."""
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    root = logging.getLogger()
    level = root.level
    logs.set_up({})
    yield
    logs.set_up({})
    root.setLevel(level)
    root.handlers.clear()


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine nine hours ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EAST-9")
        time.tzset()
        yield
    time.tzset()


def set_up(environ: dict[str, str] | None = None) -> None:
    """As at a start: nobody has given the root logger a handler, not even pytest."""
    logging.getLogger().handlers.clear()
    logs.set_up(environ or {})


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` in a process as Lambda would start it, with the log set up."""
    start = (
        f"import os, sys\nsys.path.insert(0, {LAMBDA_SRC!r})\nfrom streambda_runtime import logs\n"
    )
    start += "logs.set_up(os.environ)\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", start + code],
        env=environ,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def test_a_cold_start_pays_for_nothing_that_nobody_uses() -> None:
    done = run("print('before logging'); print(*sys.modules)", **JSON)

    first, modules = done.stdout.splitlines()
    slow = SLOW_IMPORTS | {"logging", "threading", "multiprocessing", "signal"}
    ours = {"streambda_runtime.platform.telemetry", "streambda_runtime.platform.log_handler"}
    assert first == "before logging"
    assert not (slow | ours) & set(modules.split())


@pytest.mark.parametrize("ending", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_what_is_written_leaves_before_the_process_can_end(ending: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # keeps calls apart
    code = (
        f"import os, sys\nsys.path.insert(0, {LAMBDA_SRC!r})\n"
        "from streambda_runtime import logs\nlogs.set_up(os.environ)\n"
        "logs.write('two\\nlines', sys.stdout)\nlogs.write('x' * 20000, sys.stdout)\n"
        f"print('several', 'words'); print('no end', end='')\n{ending}"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    subprocess.run(command, stdout=theirs.fileno(), timeout=WAIT_S, check=False)
    theirs.close()
    with ours:
        records = [ours.recv(1 << 16) for _ in range(2)]
        printed = b"".join(iter(lambda: ours.recv(1 << 16), b""))

    assert records == [b"two\nlines\n", b"x" * 20000 + b"\n"]  # each in one system call
    assert printed == b"several words\nno end"


def test_text_records_look_as_lambdas_do(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    logs.begin_invocation(context("r-7"))

    logging.getLogger("mine").warning("seen %d", 3)
    logging.getLogger("mine").info("below the level")

    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"\[WARNING\]\t{TIME}\.\d{{3}}Z\tr-7\tseen 3", line)


@pytest.mark.parametrize("environ", [{}, JSON], ids=["text", "json"])
def test_the_time_is_utc(
    environ: dict[str, str], far_east: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(environ)
    before = datetime.now(UTC).replace(microsecond=0)

    logging.getLogger("mine").error("now")

    found = re.search(TIME, capsys.readouterr().out)
    assert found is not None
    assert before <= datetime.fromisoformat(f"{found[0]}+00:00") <= datetime.now(UTC)


def test_json_records_have_lambdas_fields(capsys: pytest.CaptureFixture[str]) -> None:
    set_up({"AWS_LAMBDA_LOG_FORMAT": "Json", "AWS_LAMBDA_LOG_LEVEL": "TRACE"})
    logs.begin_invocation(context("r-8", **{"lambda-runtime-aws-tenant-id": "blue"}))

    logging.getLogger("mine").debug("a\nb %s", "c", extra={"user": 7, "none": None})

    (record,) = logged(capsys)
    assert re.fullmatch(TIME + "Z", record.pop("timestamp"))
    assert list(record.items()) == [
        ("level", "DEBUG"),
        ("message", "a\nb c"),
        ("logger", "mine"),
        ("requestId", "r-8"),
        ("tenantId", "blue"),
        ("user", 7),
    ]


def test_before_the_first_invocation_the_request_id_is_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(JSON)

    logging.warning("starting")

    (record,) = logged(capsys)
    assert record["requestId"] == ""
    assert "tenantId" not in record


def test_an_exception_is_told_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(JSON)

    try:
        raise ValueError("odd")
    except ValueError:
        logging.exception("failed")
    logging.exception("outside of an except block")

    record, outside = logged(capsys)
    assert (record["errorType"], record["errorMessage"]) == ("ValueError", "odd")
    assert 'raise ValueError("odd")' in record["stackTrace"][0]
    name = "test_an_exception_is_told_with_its_place"
    assert re.fullmatch(rf"{re.escape(__file__)}:{name}:\d+", record["location"])
    assert "errorType" not in outside


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Printable:
    def __str__(self) -> str:
        return "printable"


def test_odd_values_become_strings_and_none_raises(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(JSON)
    circle: dict[str, Any] = {}
    circle["self"] = circle

    logging.error({"fine": [1, None, True, 1.5]})
    logging.error({"odd": (Printable(), {2: b"bytes"})})
    logging.error("x", extra={"value": Unprintable(), "circle": circle, "level": "mine"})

    fine, odd, worst = logged(capsys)
    assert fine["message"] == {"fine": [1, None, True, 1.5]}
    assert odd["message"] == {"odd": ["printable", {"2": "b'bytes'"}]}
    assert worst["value"] == "<Unprintable: RuntimeError in __str__>"
    assert "self" in worst["circle"]
    assert worst["level"] == "ERROR"


def test_a_record_that_cannot_be_formatted_does_not_raise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up()

    logging.error("%d", "no number")

    assert "--- Logging error ---" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("level", "number"),
    [("debug", 10), ("INFO", 20), ("WARN", 30), ("ERROR", 40), ("FATAL", 50), ("nonsense", 30)],
)
def test_the_level_is_the_one_lambda_asks_for(level: str, number: int) -> None:
    logging.getLogger().setLevel(logging.WARNING)

    set_up(JSON | {"AWS_LAMBDA_LOG_LEVEL": level})

    assert logging.getLogger().level == number


@pytest.mark.parametrize(("number", "name"), [(25, "INFO"), (35, "WARNING"), (70, "CRITICAL")])
def test_a_level_of_ones_own_is_shown_as_the_one_below(
    number: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(JSON | {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"})

    logging.getLogger("mine").log(number, "odd")

    (record,) = logged(capsys)
    assert record["level"] == name


def test_a_formatter_of_the_users_finds_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(JSON)
    logs.begin_invocation(context("r-9"))
    logging.getLogger().handlers[0].setFormatter(
        logging.Formatter("%(aws_request_id)s|%(message)s")
    )

    logging.error("mine")

    assert capsys.readouterr().out == "r-9|mine\n"


def test_a_root_logger_that_has_a_handler_is_left_alone() -> None:
    mine = logging.NullHandler()
    logging.getLogger().handlers[:] = [mine]

    logs.set_up({"AWS_LAMBDA_LOG_LEVEL": "DEBUG"})

    assert logging.getLogger().handlers == [mine]
    assert logging.getLogger().level != logging.DEBUG


# What a handler's module may do at its top, and the lines that come of it.
CONFIGURATIONS = {
    "nothing": ("import logging", ["[WARNING]"], []),
    "a message at once": ("import logging; logging.warning('early')", ["[WARNING]"] * 2, []),
    "basicConfig": (
        "import logging; logging.basicConfig(format='m %(message)s')",
        ["[WARNING]"],
        [],
    ),
    "force": (
        "import logging; logging.basicConfig(format='m %(message)s', force=True)",
        [],
        ["m again"],
    ),
    "a config": (
        ("from logging.config import dictConfig as configure; configure({'version': 1, 'handlers':"
        " {'h': {'class': 'logging.StreamHandler'}}, 'root': {'handlers': ['h']}})"),
        [],
        ["again"],
    ),
    "a look at its spec": (
        "import importlib.util; importlib.util.find_spec('logging')", ["[WARNING]"], []
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "out", "err"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_configuring_logging_never_doubles_a_line(
    code: str, out: list[str], err: list[str]
) -> None:
    """As in Lambda's own runtime, the root logger has its handler before the user's next line."""
    done = run(f"{code}\nimport logging; logging.warning('again')")

    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == out
    assert done.stderr.splitlines() == err


def test_logging_inside_of_a_zip_file_is_seen_too(tmp_path: Path) -> None:
    """There, one loader serves all that `logging` itself imports."""
    folder = Path(os.__file__).parent
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        for name in ("logging/__init__.py", "string.py", "traceback.py"):
            archive.write(folder / name, name)
        for file in (folder / "re").glob("*.py"):
            archive.write(file, f"re/{file.name}")
    code = f"sys.path.insert(0, {str(tmp_path / 'lib.zip')!r})\nimport logging\nlogging.error('x')"

    done = run(code + "\nprint(logging.__file__)")

    assert re.match(r"\[ERROR\]\t", done.stdout)
    assert done.stdout.endswith("lib.zip/logging/__init__.py\n"), done.stderr


def test_the_runtimes_own_lines_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log("refused")
    logs.log_error(ErrorReport("Function.E", "E", "broken", ("  File x\n",)))

    assert capsys.readouterr().err == "[streambda] refused\n[ERROR] E: broken\n  File x\n"


def test_the_runtimes_own_lines_are_records_under_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(JSON)
    logs.begin_invocation(context("r-3"))

    logs.log("refused")
    logs.log_error(ErrorReport("Function.E", "E", "broken", ("  File x\n",)))
    print("printed")  # noqa: T201

    out, err = capsys.readouterr()
    line, error = [json.loads(line) for line in err.splitlines()]
    assert out == "printed\n"
    for record in (line, error):
        assert re.fullmatch(TIME + "Z", record.pop("timestamp"))
    assert line == {
        "level": "ERROR", "requestId": "r-3", "message": "refused", "logger": "streambda",
    }  # fmt: skip
    assert error == {
        "level": "ERROR",
        "requestId": "r-3",
        "errorMessage": "broken",
        "errorType": "E",
        "stackTrace": ["  File x\n"],
    }


def test_a_telemetry_descriptor_takes_the_records_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    standard = io.StringIO()
    monkeypatch.setattr(sys, "stdout", standard)
    monkeypatch.setattr(sys, "stderr", standard)
    environ = JSON | {"_LAMBDA_TELEMETRY_LOG_FD": str(theirs.fileno())}
    with ours, theirs:
        set_up(environ)
        print("printed")  # noqa: T201
        logging.warning("logged")
        logs.log_error(ErrorReport("Function.E", "E", "broken", ()))
        logs.leave_telemetry()
        print("left")  # noqa: T201
        logs.leave_telemetry()
        frames = [ours.recv(1 << 16) for _ in range(3)]

    assert environ == JSON
    assert standard.getvalue() == "left\n"
    assert [frame[:4].hex() for frame in frames] == ["a55a0003", "a55a0012", "a55a0016"]
    assert frames[0][16:] == b"printed\n"
    assert json.loads(frames[1][16:])["message"] == "logged"


def test_a_telemetry_descriptor_that_is_not_open_is_said_and_done_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up({"_LAMBDA_TELEMETRY_LOG_FD": "1000000"})
    print("printed")  # noqa: T201

    out, err = capsys.readouterr()
    assert out == "printed\n"
    assert err == (
        "[streambda] _LAMBDA_TELEMETRY_LOG_FD is '1000000', which is not open: logging to stdout\n"
    )
