"""Records in a file: every endpoint's invocations, what cannot be written, what cannot be read."""

import errno
import os
import stat
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloudError
from streambda.local.console.recorder import Recorder, describe_recording
from streambda.local.console.replayed_recording import replay_record
from streambda.local.observers import Observers
from streambda.local.records.options import RecordOptions
from streambda.local.records.record import decode_record, encode_record
from streambda.local.records.record_file import RecordFile, read_records
from tests.local.conftest import LogLines, Sdk
from tests.support.console_clients import ConsoleClient, list_kinds
from tests.support.endpoint_clouds import running
from tests.support.gate import Gate
from tests.support.no_tls import NO_TLS

LINE = (
    b'{"version":1,"request_id":"id","function":"Words","started_at_ms":1,"event":{"text":"{}"},'
    b'"end":{"at_ms":1.0,"outcome":"completed"}}\n'
)


async def test_every_endpoint_is_recorded_beside_the_console(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> None:
    file = tmp_path / "calls.jsonl"
    options = RecordOptions(write=file)
    arguments: dict[str, Any] = {"console": True, "records": options}
    async with running(tmp_path, resources, None, lines, **arguments) as cloud:
        urls = {one.kind: one.url for one in reversed(cloud.endpoints)}
        async with httpx.AsyncClient(timeout=20, trust_env=False, verify=NO_TLS) as http:
            headers = {"authorization": "secret", "accept": "*/*"}
            url = f"{urls[EndpointKind.FUNCTION_URL]}words?token=t"
            assert (await http.get(url, headers=headers)).content == b"one two"
            assert (await http.get(f"{urls[EndpointKind.REST_API]}words")).content == b"one two"
            for kind in (EndpointKind.FUNCTION_URL, EndpointKind.REST_API):
                assert (await http.get(f"{urls[kind]}fails_before")).status_code == 502
        sdk = Sdk(urls[EndpointKind.LAMBDA_API])
        await sdk.events(FunctionName="Words", Payload=b'{"a": 1}')
        await sdk.events(FunctionName="InitError")
        sdk.close()
        assert cloud.console_url
        async with ConsoleClient(cloud.console_url) as client:
            assert len(await client.list_invocations()) == 6

    url_record, rest, *failed_http, direct, failed = read_records(file)
    assert [one.endpoint for one in (url_record, rest, direct)] == [
        "function-url",
        "rest-api",
        "lambda-api",
    ]
    assert [one.body for one in (url_record, rest, direct)] == [b"one two"] * 3
    assert len(url_record.chunks) == 2
    # A function that fails before its first byte has no prelude: the status is the endpoint's own.
    statuses = [one.status for one in (url_record, rest, *failed_http, direct, failed)]
    assert statuses == [201, 201, 502, 502, None, None]
    for record in failed_http:
        assert (record.prelude, record.end.outcome) == (None, "failed")
        assert replay_record(record, None).summary.status == 502
    assert b"secret" not in file.read_bytes()
    assert b"token=t" not in file.read_bytes()
    assert direct.event.data == b'{"a": 1}'
    assert failed.end.outcome == "failed"
    assert failed.end.code
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_chunk_arrives_before_the_next_can_be_made_and_before_there_is_a_record(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines, gate: Gate
) -> None:
    file = tmp_path / "calls.jsonl"
    options = RecordOptions(write=file)
    async with running(tmp_path, resources, None, lines, records=options) as cloud:
        url = next(one.url for one in cloud.endpoints if one.kind is EndpointKind.FUNCTION_URL)
        async with (
            httpx.AsyncClient(timeout=20, trust_env=False, verify=NO_TLS) as http,
            http.stream("GET", f"{url}gated") as response,
        ):
            chunks = response.aiter_raw()
            assert await anext(chunks) == b"one"
            assert file.read_bytes() == b""
            await gate.open()
            assert b"".join([chunk async for chunk in chunks]) == b"two"

    (record,) = read_records(file)
    assert [chunk.data for chunk in record.chunks] == [b"one", b"two"]


async def test_the_console_shows_what_was_recorded_before(
    tmp_path: Path, resources: dict[str, Any], lines: LogLines
) -> None:
    file = tmp_path / "calls.jsonl"
    async with running(
        tmp_path / "a", resources, None, lines, records=RecordOptions(write=file)
    ) as cloud:
        url = next(one.url for one in cloud.endpoints if one.kind is EndpointKind.FUNCTION_URL)
        async with httpx.AsyncClient(timeout=20, trust_env=False, verify=NO_TLS) as http:
            await http.get(f"{url}words")

    options = RecordOptions(show=file)
    arguments: dict[str, Any] = {"console": True, "records": options}
    async with running(tmp_path / "b", resources, None, lines, **arguments) as cloud:
        assert cloud.console_url
        async with ConsoleClient(cloud.console_url) as client:
            before = await client.get_only_invocation()
            kinds = [kind for kind in list_kinds(before) if kind != "started"]
            assert kinds == ["began", "response", "prelude", "chunk", "chunk", "ended"]
            assert before["summary"]["outcome"] == "completed"
            path = f"/api/invocations/{before['summary']['request_id']}/send"
            answer = await client.post(path, json={})
            assert (answer.status_code, answer.json().get("status")) == (200, 200), answer.json()
            async with client.stream_events() as events:
                async for _, data in events:
                    found = data.get("invocations") or ()
                    if len(found) == 2 or data.get("event", {}).get("kind") == "ended":
                        break
            again = (await client.list_invocations())[-1]
            assert again["endpoint"] == "lambda-api"
            assert (await client.post("/api/invocations/none/send", json={})).status_code == 404


def test_it_is_told_that_the_console_keeps_only_the_last(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"".join(LINE.replace(b'"id"', b'"id%d"' % n) for n in range(60)))
    told: list[str] = []
    observers = Observers(
        None,
        console=True,
        records=RecordOptions(show=path),
        log=lambda source, line: told.append(line),
    )
    with observers:
        assert observers.recorder
        shown = observers.recorder.list_invocations()["invocations"]

    assert told == [f"the console shows the last 50 of 60 in {path}"]
    assert [one["request_id"] for one in shown] == [f"id{n}" for n in range(10, 60)]


@pytest.mark.parametrize("path", ["no/such/folder/file", ".", "nul\0"])
async def test_a_file_that_cannot_be_written_is_told_before_anything_starts(
    path: str, tmp_path: Path, resources: dict[str, Any]
) -> None:
    options = RecordOptions(write=tmp_path / path)

    with pytest.raises(LocalCloudError, match=r"cannot record to .*: "):
        async with running(tmp_path, resources, records=options):
            pass


async def test_a_file_that_is_none_is_told_before_anything_starts(
    tmp_path: Path, resources: dict[str, Any]
) -> None:
    options = RecordOptions(show=tmp_path / "none")

    with pytest.raises(LocalCloudError, match=r"cannot read .*none: No such file"):
        async with running(tmp_path, resources, console=True, records=options):
            pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_once() -> None:
    told: list[str] = []
    with RecordFile(Path("/dev/full"), told.append) as file:
        file.append([LINE])
        file.append([LINE])

    assert told == ["cannot record to /dev/full, records are lost: No space left on device"]
    file.append([LINE])  # after the end it is not written, and no error


def test_a_file_that_is_removed_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    record = decode_record(LINE)
    with RecordFile(path) as file:
        for _ in range(2):
            file.append([LINE])
            path.unlink()
        file.append([LINE])

    assert list(read_records(path)) == [record]


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    record = decode_record(LINE)
    for _ in range(2):
        with RecordFile(path) as file:
            file.append([LINE])

    assert list(read_records(path)) == [record, record]


@pytest.mark.parametrize("cut", [LINE[:20], LINE[:-1] + b"\n" + LINE[:-5]])
def test_a_record_that_is_cut_off_is_left_out(cut: bytes, tmp_path: Path) -> None:
    """As a cloud leaves it that was killed; what is recorded next has a line of its own."""
    path = tmp_path / "calls.jsonl"
    path.write_bytes(cut)
    record = decode_record(LINE)
    with RecordFile(path) as file:
        file.append([LINE])
        file.append([LINE])
    told: list[str] = []

    lines = cut.count(b"\n")
    assert list(read_records(path, told.append)) == [record] * (lines + 2)
    assert told == [f"{path} line {lines + 1} is cut off: this invocation is left out"]


def test_a_line_that_a_full_disk_cuts_is_ended_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calls.jsonl"
    record = decode_record(LINE)
    write, sizes = os.writev, iter([30, None])

    def write_some(file: int, buffers: list[bytes]) -> int:
        size = next(sizes, len(LINE) + 1)
        if size is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, [b"".join(buffers)[:size]])

    with RecordFile(path) as file, monkeypatch.context() as patched:
        patched.setattr("streambda.local.records.record_file.os.writev", write_some)
        file.append([LINE])
        file.append([LINE])

    assert list(read_records(path)) == [record]


@pytest.mark.parametrize("content", [b"Resources: {}\n", b"{\n", b'{"a": 1}\n', b"\n"])
def test_nothing_is_appended_to_another_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_bytes(content)

    with pytest.raises(LocalCloudError, match="the file exists and has no records in it"):
        RecordFile(path).__enter__()

    assert path.read_bytes() == content


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_would_stop_the_cloud(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(LocalCloudError, match=r"pipe: it is a pipe or a socket, expected a file"):
        RecordFile(tmp_path / "pipe").__enter__()


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    """And not the first line for the mark that some editors put before it."""
    path = tmp_path / "calls.jsonl"
    path.write_bytes(BOM_UTF8 + LINE + b"\n" + b"{}\n")

    with pytest.raises(
        LocalCloudError, match=r"calls.jsonl line 3 is not a record of an invocation: "
    ):
        list(read_records(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"cannot read .*: Is a directory"):
        list(read_records(tmp_path))


def test_a_record_with_everything_is_shown_with_everything() -> None:
    record = decode_record(
        LINE.replace(
            b'"end":',
            b'"content_type":"application/vnd.awslambda.http-integration-response",'
            b'"prelude":{"at_ms":1,"text":"{\\"statusCode\\":404}"},'
            b'"chunks":[{"at_ms":2,"text":"one"},{"at_ms":5,"base64":"/w=="}],'
            b'"log":[{"at_ms":1.5,"text":"said"}],"end":',
        ).replace(b'"outcome":"completed"', b'"outcome":"failed","code":"E","details":"d"')
    )
    recorder = Recorder(prelude_limit=100)
    recorder.add(record)

    found = recorder.find("id")
    assert found
    shown = describe_recording(found)
    assert [(one["kind"], one["at_ms"]) for one in shown["events"]] == [
        ("began", 0.0),
        ("response", 1.0),
        ("prelude", 1.0),
        ("log", 1.5),
        ("chunk", 2.0),
        ("chunk", 5.0),
        ("ended", 1.0),
    ]
    assert shown["summary"]["status"] == 404
    assert shown["events"][-1]["code"] == "E"
    assert encode_record(record).count(b"\n") == 1
