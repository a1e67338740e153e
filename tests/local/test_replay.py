"""`streambda replay`: records shown in a terminal, and sent again."""

import asyncio
import io
import json
import re
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from streambda import cli
from streambda.local import EndpointKind, LocalCloudError
from streambda.local.endpoints.lambda_api.eventstream import CONTENT_TYPE
from streambda.local.records.options import RecordOptions
from streambda.local.records.record import (
    Chunk,
    End,
    InvocationRecord,
    decode_record,
    encode_record,
)
from streambda.local.replay import ReplayOptions, list_differences, replay
from tests.local.conftest import LogLines, Sdk
from tests.support.code_blocks import read_block
from tests.support.endpoint_clouds import running
from tests.support.scripted_runtime_api import serve_script
from tests.support.wait_until import wait_until

RECORD = decode_record(
    json.dumps(
        {
            "request_id": "8476a536-e9f4",
            "function": "Words",
            "endpoint": "function-url",
            "started_at_ms": 1_700_000_000_000,
            "event": {
                "text": json.dumps(
                    {
                        "rawPath": "/words",
                        "rawQueryString": "a=1",
                        "headers": {"host": "localhost"},
                        "requestContext": {"http": {"method": "GET"}},
                        "isBase64Encoded": False,
                    }
                )
            },
            "content_type": "application/vnd.awslambda.http-integration-response",
            "prelude": {"at_ms": 1, "text": '{"statusCode":201}'},
            "chunks": [{"at_ms": 2, "text": "one "}, {"at_ms": 30, "text": "two"}],
            "log": [{"at_ms": 1.5, "text": "said \u001b[31m"}],
            "end": {"at_ms": 31, "outcome": "completed"},
        }
    ).encode()
)
DIRECT = RECORD.model_copy(
    update={
        "request_id": "99",
        "endpoint": "lambda-api",
        "content_type": "text/plain",
        "prelude": None,
        "chunks": (Chunk.at(2.0, b"one"), Chunk.at(3.0, b"two")),
    }
)


def write(path: Path, *records: InvocationRecord) -> Path:
    path.write_bytes(b"".join(map(encode_record, records)))
    return path


async def show(options: ReplayOptions) -> tuple[int, list[str]]:
    out = io.StringIO()
    status = await replay(options, Console(file=out, width=200))
    return status, out.getvalue().splitlines()


@pytest.fixture
async def lambda_url(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> AsyncIterator[str]:
    async with running(tmp_path / "cloud", resources, None, lines) as cloud:
        yield cloud.lambda_url


async def test_a_record_is_shown_line_by_line(tmp_path: Path) -> None:
    path = write(tmp_path / "calls", RECORD, DIRECT)

    status, lines = await show(ReplayOptions(path=path, speed=0))

    assert status == 0
    assert lines[0].startswith("1 of 2  Words  8476a536  function-url  GET /words?a=1  2023-11-1")
    assert lines[1:6] == [
        "      0.001 s  prelude  status 201",
        "      0.002 s  log      said \\x1b[31m",
        "      0.002 s       4 B  one ",
        "      0.030 s       3 B  two",
        "      0.031 s  completed, 2 chunks, 7 bytes",
    ]
    assert lines[6].startswith("2 of 2  Words  99  lambda-api  20")


async def test_lines_come_at_their_own_pace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await show(ReplayOptions(path=write(tmp_path / "calls", RECORD), speed=2))

    assert slept == [0.0005, 0.00025, 0.00025, 0.014, 0.0005]


async def test_what_was_omitted_and_how_it_failed_is_shown(tmp_path: Path) -> None:
    line = json.loads(encode_record(RECORD))
    line["omitted"] = {"chunks": 1, "bytes": 2, "lines": 3}
    line["end"] = {"at_ms": 31, "outcome": "failed", "code": "E", "details": "why"}
    line["started_at_ms"] = 10**18
    line["prelude"]["text"] = "?"
    path = tmp_path / "calls"
    path.write_text(json.dumps(line))

    _, lines = await show(ReplayOptions(path=path, speed=0))

    assert lines[0].endswith(f"  {10**18}")
    assert lines[1].endswith("prelude  status cannot be read")
    assert lines[-2:] == [
        "      0.031 s  omitted  1 chunks, 2 bytes, 3 lines",
        "      0.031 s  failed, 2 chunks, 7 bytes E why",
    ]


async def test_the_same_answer_is_the_same(tmp_path: Path, lambda_url: str) -> None:
    event = {"do": "words", "requestContext": {"http": {}}, "rawPath": "/words"}
    record = RECORD.model_copy(
        update={"event": RECORD.event.model_copy(update={"text": json.dumps(event)})}
    )
    path = write(tmp_path / "calls", record)

    status, lines = await show(ReplayOptions(path=path, to=lambda_url))

    assert (status, lines[-2]) == (0, "  same")
    assert re.fullmatch(
        r"  then 2 chunks, first byte 0.002 s, end 0.031 s; now \d chunks, first byte .*", lines[-1]
    )
    assert lines[-3].endswith("s  completed, 2 chunks, 7 bytes")


async def test_another_answer_differs(tmp_path: Path, lambda_url: str) -> None:
    record = RECORD.model_copy(
        update={"chunks": (Chunk.at(1.0, b"one more"),), "prelude": Chunk.at(1.0, b"{}")}
    )
    path = write(tmp_path / "calls", record)

    status, lines = await show(ReplayOptions(path=path, to=lambda_url))

    assert status == 1
    assert lines[-2] == (
        "  differs: status 200 then, 201 now; 8 bytes then, 7 bytes now, another from byte 4 on"
    )


@pytest.mark.parametrize(
    ("function", "outcome"), [("InitError", "failed"), ("Exits", "failed"), ("Hasty", "timed-out")]
)
async def test_an_answer_that_fails_differs(
    function: str, outcome: str, tmp_path: Path, lambda_url: str
) -> None:
    path = write(tmp_path / "calls", DIRECT.model_copy(update={"event": RECORD.event}))
    if function == "Hasty":
        late = json.dumps({"do": "gated"})
        record = DIRECT.model_copy(update={"event": RECORD.event.model_copy(update={"text": late})})
        path = write(tmp_path / "calls", record)

    status, lines = await show(ReplayOptions(path=path, to=lambda_url, function=function))

    assert status == 1
    assert lines[-2].startswith(f"  differs: completed then, {outcome} now")


def test_chunks_and_times_make_no_difference() -> None:
    other = RECORD.model_copy(update={"chunks": (Chunk.at(1.0, b"one two"),)})

    assert list(list_differences(RECORD, other)) == []


def test_an_error_that_names_the_request_is_the_same() -> None:
    before = RECORD.model_copy(update={"chunks": (Chunk.at(1.0, b"id 8476a536-e9f4 failed"),)})
    now = before.model_copy(
        update={"request_id": "17", "chunks": (Chunk.at(1.0, b"id 17 failed"),)}
    )
    other = now.model_copy(update={"chunks": (Chunk.at(1.0, b"id 17 failed again"),)})

    assert list(list_differences(before, before)) == []
    assert list(list_differences(now, other))


def test_another_error_differs() -> None:
    def failed(code: str) -> InvocationRecord:
        end = End(at_ms=1, outcome="failed", code=code)
        return RECORD.model_copy(update={"end": end})

    assert list(list_differences(failed("A"), failed("B"))) == ["error A then, B now"]


@pytest.mark.parametrize(
    "chosen",
    [{"ids": ("99",)}, {"of": "Other"}, {"outcomes": ("failed", "timed-out")}],
)
async def test_only_some_records_are_shown(chosen: dict[str, Any], tmp_path: Path) -> None:
    end = End(at_ms=1, outcome="failed")
    other = DIRECT.model_copy(update={"function": "Others", "end": end})
    path = write(tmp_path / "calls", RECORD, other)

    _, lines = await show(ReplayOptions(path=path, speed=0, **chosen))

    assert lines[0].startswith("1 of 1  Others  99 ")


async def test_a_list_has_one_line_for_each(tmp_path: Path) -> None:
    path = write(tmp_path / "calls", RECORD, DIRECT)

    status, lines = await show(ReplayOptions(path=path, lists=True))

    assert status == 0
    assert [line[:8] for line in lines] == ["8476a536", "99      "]
    assert lines[0].endswith("  completed  201     0.031 s            7 B  Words  GET /words?a=1")
    assert lines[1].endswith("  completed    -     0.031 s            6 B  Words  lambda-api")


async def test_what_is_cut_off_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "calls", RECORD)
    path.write_bytes(path.read_bytes() + encode_record(DIRECT)[:-9])
    told: list[str] = []

    status = await replay(
        ReplayOptions(path=path, speed=0), Console(file=io.StringIO()), told.append
    )

    assert status == 0
    assert told == [f"{path} line 2 is cut off: this invocation is left out"]


async def test_it_is_told_that_secrets_are_not_sent(tmp_path: Path, lambda_url: str) -> None:
    packed = {"body": b64encode(b"a=1&token=MASKED").decode(), "isBase64Encoded": True}
    for event, told in (({"do": "words", "token": "MASKED"}, 1), (packed, 1), ({"a": 1}, 0)):
        content = RECORD.event.model_copy(update={"text": json.dumps(event)})
        path = write(tmp_path / "calls", RECORD.model_copy(update={"event": content}))

        _, lines = await show(ReplayOptions(path=path, to=lambda_url))

        line = "  its secrets were not recorded: the function gets MASKED in their place"
        assert lines.count(line) == told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "Nix"}, "calls matches --id, --of and --outcome: --list without them shows all"),
        ({"outcomes": ("x",)}, "--outcome is 'x', expected completed, failed or timed-out"),
        ({"lists": True, "to": "http://127.0.0.1:1"}, "both --list and --to are given"),
        ({"ids": ("x",)}, "calls has no record of an invocation 'x'"),
        ({"speed": -1.0}, "--speed is -1, expected 0 or more"),
        ({"speed": float("nan")}, "--speed is nan, expected 0 or more"),
        ({"speed": float("inf")}, "--speed is inf, expected 0 or more"),
        ({"function": "F"}, "--function is 'F', expected --to URL with it"),
        ({"to": "https://lambda.us-east-1.amazonaws.com"}, "expected the Lambda API of a local"),
        ({"to": "http://example.com:80"}, "expected the Lambda API of a local cloud"),
        ({"to": "http://127.0.0.1"}, "--to is 'http://127.0.0.1', expected the Lambda API"),
        ({"to": "http://127.0.0.1:x"}, "--to is 'http://127.0.0.1:x', expected the Lambda API"),
        ({"to": "http://127.0.0.1:1"}, "cannot connect to http://127.0.0.1:1: "),
    ],
)
async def test_bad_input(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    options = ReplayOptions(path=write(tmp_path / "calls", RECORD))

    with pytest.raises(LocalCloudError) as caught:
        await show(replace(options, **change))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_function_that_is_not_there(tmp_path: Path, lambda_url: str) -> None:
    path = write(tmp_path / "calls", RECORD)

    with pytest.raises(LocalCloudError, match="None1: Function not found: arn:aws:lambda:"):
        await show(ReplayOptions(path=path, to=lambda_url, function="None1"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "closed the connection before its answer was whole"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\n[", "Words: Lambda's API has answered 500"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "is not the Lambda API of a local"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: %s\r\n\r\n"
            % CONTENT_TYPE.encode(),
            "Words: the answer was cut",
        ),
    ],
)
async def test_an_odd_answer(answer: bytes, message: str, tmp_path: Path) -> None:
    def script(sock: Any) -> None:
        sock.recv(65536)
        sock.sendall(answer)

    options = ReplayOptions(path=write(tmp_path / "calls", RECORD))
    with serve_script(script) as address, pytest.raises(LocalCloudError, match=message):
        await show(replace(options, to=f"http://{address}"))


async def test_boto3_is_asked_for(
    tmp_path: Path, lambda_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.eventstream", None)

    with pytest.raises(LocalCloudError, match="needs boto3; install it: pip install boto3"):
        await show(ReplayOptions(path=write(tmp_path / "calls", RECORD), to=lambda_url))


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "calls", RECORD)
    for arguments, status in (((str(path), "--speed", "0"), 0), ((str(tmp_path / "no"),), 2)):
        monkeypatch.setattr(sys, "argv", ["streambda", "replay", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == status

    out, err = capsys.readouterr()
    assert "1 of 1  Words" in out
    assert err == f"streambda: error: cannot read {tmp_path / 'no'}: No such file or directory\n"


async def test_what_a_cloud_has_recorded_is_sent_again(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> None:
    path = tmp_path / "calls"
    records = RecordOptions(write=path)
    async with running(tmp_path / "cloud", resources, None, lines, records=records) as cloud:
        sdk = Sdk(cloud.lambda_url)
        await sdk.events(FunctionName="Words", Payload=b'{"do": "words"}')
        sdk.close()
        await wait_until(lambda: path.read_bytes().endswith(b"\n"))
        recorded = path.read_bytes()
        again = tmp_path / "again"
        again.write_bytes(recorded)

        status, lines_shown = await show(ReplayOptions(path=again, to=cloud.lambda_url))

    assert (status, lines_shown[-2]) == (0, "  same")
    assert EndpointKind.LAMBDA_API in lines_shown[0]


async def test_the_snippet_for_a_deployed_function_writes_a_record(
    tmp_path: Path, lambda_url: str
) -> None:
    snippet: dict[str, Any] = {}
    exec(read_block("docs/record-and-replay.md", "From AWS"), snippet)
    path = tmp_path / "calls"
    sdk = Sdk(lambda_url)
    with path.open("w") as file:
        for event in ({"do": "words"}, {"do": "fails_at_once"}):
            await asyncio.to_thread(snippet["record"], sdk.client, "Words", event, file)
    sdk.close()

    status, lines = await show(ReplayOptions(path=path, to=lambda_url))

    assert lines.count("  same") == 2
    assert status == 0
