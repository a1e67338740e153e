"""What the log of a plain managed Python has: printed lines, records, and failures."""

import json
import re
from pathlib import Path

from tests.support.events import DIRECT
from tests.support.fake_runtime_api import REQUEST_ID, FakeRuntimeApi, next_headers
from tests.support.managed_python_process import run_managed_python

TALKS = """
import logging
print("loading")
logging.basicConfig(format="mine")  # does nothing: the root logger has its handler
log = logging.getLogger("talks")
log.warning("early")
def handler(event, context):
    print("two\\nlines")
    context.log("no end of line\\n")
    log.info("too low")
    log.error("%s of %s", 1, 2, extra={"n": 3, "odd": {1}.__class__})
    try:
        1/0
    except ZeroDivisionError:
        log.exception("caught")
    log.error({"a": "document"})
    raise KeyError("k")
"""


def said(tmp_path: Path, **environ: str) -> list[str]:
    (tmp_path / "app.py").write_text(TALKS)
    with FakeRuntimeApi(DIRECT, headers=next_headers(aws_tenant_id="blue")) as fake:
        return run_managed_python(tmp_path, "app.handler", fake, environ).stdout.splitlines()


def test_text(tmp_path: Path) -> None:
    lines = said(tmp_path)

    masked = [re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME", line) for line in lines]
    assert masked[:8] == [
        "loading",
        "[WARNING]\tTIME\t\tearly",
        "two",
        "lines",
        "no end of line",
        f"[ERROR]\tTIME\t{REQUEST_ID}\t1 of 2",
        f"[ERROR]\tTIME\t{REQUEST_ID}\tcaught",
        "Traceback (most recent call last):",
    ]
    assert "[ERROR] KeyError: 'k'" in masked


def test_json(tmp_path: Path) -> None:
    lines = said(tmp_path, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="info")

    assert lines[0] == "loading"
    early, low, extra, caught, document, failure = (
        json.loads(line) for line in lines if line.startswith("{")
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", early.pop("timestamp"))
    assert early == {"level": "WARNING", "message": "early", "logger": "talks", "requestId": ""}
    assert (low["level"], low["message"], low["tenantId"]) == ("INFO", "too low", "blue")
    assert (extra["message"], extra["n"], extra["odd"]) == ("1 of 2", 3, "<class 'set'>")
    assert (caught["errorType"], caught["errorMessage"]) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert caught["location"] == f"{tmp_path}/app.py:handler:15"
    assert "1/0" in caught["stackTrace"][0]
    assert document["message"] == {"a": "document"}
    assert (failure["level"], failure["errorType"]) == ("ERROR", "KeyError")
    assert failure["requestId"] == REQUEST_ID


def test_a_record_that_cannot_be_formatted_raises_where_it_is_logged(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import logging\ndef handler(event, context): logging.error('%d', 'x')\n"
    )
    with FakeRuntimeApi(DIRECT) as fake:
        run_managed_python(tmp_path, "app.handler", fake)

    assert json.loads(fake.posts()[0].body)["errorType"] == "TypeError"


def test_printed_lines_survive_a_crash(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import os\ndef handler(event, context):\n    print('last words')\n    os._exit(9)\n"
    )
    with FakeRuntimeApi(DIRECT) as fake:
        done = run_managed_python(tmp_path, "app.handler", fake)

    assert (done.returncode, done.stdout) == (9, "last words\n")
