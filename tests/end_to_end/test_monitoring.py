"""The recipes of docs/monitoring.md with the real packages: nothing is lost in the freeze.

After each invocation the function is stopped, and stays so until the collector was looked at.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.support.chunk_gate import WAIT_AT_GATE, ChunkGate
from tests.support.code_blocks import read_block
from tests.support.collector import Collector, DatagramCollector
from tests.support.events import read_event
from tests.support.fake_runtime_api import REQUEST_ID, next_headers
from tests.support.frozen_process import serve_frozen

pytestmark = pytest.mark.slow

PAGE = "docs/monitoring.md"
COUNT = 5
# The recipe itself, and around it: a busy machine may take longer than the default timeout.
MAIN = f"""
import recipe
from recipe import handler
from streambda_runtime import callbacks

for callback in callbacks._callbacks:
    callback.timeout_s = 20
{{setup}}
{WAIT_AT_GATE}
def words(event):
    yield "first"
    if event.get("gate"):
        wait_at(event["gate"])
    if event.get("fails"):
        raise ValueError(event["fails"])
    yield "last"

async def tokens(event):
    for word in words(event):
        yield word

recipe.words = words
recipe.tokens = tokens
"""
WITHOUT = "callbacks._callbacks.clear()"
PATIENT = "recipe.sentry_sdk.get_client().options['shutdown_timeout'] = 20"


def write_files(heading: str, setup: str = "", blocks: int = 1) -> dict[str, str]:
    """The first block under the heading, and those after it up to `blocks`."""
    code = "\n".join(read_block(PAGE, heading, number) for number in range(blocks))
    return {"recipe": code, "main": MAIN.format(setup=setup)}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


def read_messages(collector: Collector) -> list[str]:
    """The messages of the exceptions that Sentry got, in their order."""
    events = []
    for body in list(collector.bodies):
        _, *items = body.splitlines()
        for head, payload in zip(items[::2], items[1::2], strict=True):
            if json.loads(head)["type"] == "event":
                events.append(json.loads(payload))
    assert all(event["tags"] == {"aws_request_id": REQUEST_ID} for event in events)
    return [event["exception"]["values"][-1]["value"] for event in events]


def make_dsn(collector: Collector) -> str:
    return f"http://public@{collector.address}/1"


def test_sentry_loses_no_error(tmp_path: Path, collector: Collector) -> None:
    events = [b'{"fails":"%d"}' % number for number in range(COUNT)]

    run = serve_frozen(
        tmp_path,
        write_files("Sentry", PATIENT),
        *events,
        look=lambda: read_messages(collector),
        environ={"SENTRY_DSN": make_dsn(collector)},
    )

    assert run.looks == [[str(one) for one in range(number + 1)] for number in range(COUNT)]
    assert [post.body for post in run.posts] == [b"first"] * COUNT


def test_without_the_callback_sentrys_error_is_late(tmp_path: Path, collector: Collector) -> None:
    collector.gate.clear()  # the collector has not answered yet when the environment is frozen

    def look() -> list[str]:
        messages = read_messages(collector)
        collector.gate.set()
        return messages

    run = serve_frozen(
        tmp_path,
        write_files("Sentry", f"{PATIENT}\n{WITHOUT}"),
        b'{"fails":"late"}',
        look=look,
        environ={"SENTRY_DSN": make_dsn(collector)},
    )

    assert run.looks == [[]]
    assert read_messages(collector) == ["late"]  # when the process ended


def test_sentry_loses_no_error_of_a_web_app(tmp_path: Path, collector: Collector) -> None:
    code = (
        "import sentry_sdk\n"
        "from fastapi import FastAPI\n"
        "from streambda_runtime import after_invocation, callbacks\n"
        "sentry_sdk.init(shutdown_timeout=20)\n"
        "after_invocation(sentry_sdk.flush, timeout=20)\n"
        "handler = FastAPI()\n"
        "@handler.get('/fails')\n"
        "def fails():\n"
        "    sentry_sdk.set_tag('aws_request_id', '" + REQUEST_ID + "')\n"
        "    raise ValueError('in a route')\n"
    )
    http = {"method": "GET", "path": "/fails", "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"}
    event = read_event(
        "function_url", rawPath="/fails", requestContext={"http": http, "domainName": "a.example"}
    )

    run = serve_frozen(
        tmp_path,
        {"main": code},
        event,
        event,
        look=lambda: read_messages(collector),
        environ={"SENTRY_DSN": make_dsn(collector)},
    )

    assert run.looks == [["in a route"], ["in a route"] * 2], run.err


def read_spans(collector: Collector) -> list[Span]:
    requests = [ExportTraceServiceRequest.FromString(body) for body in list(collector.bodies)]
    return [
        span
        for request in requests
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def make_otel_environ(collector: Collector) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.address}",
        "OTEL_BSP_SCHEDULE_DELAY": "600000",  # in ms: not by itself, however slow the machine is
    }


@pytest.mark.parametrize("workers", [{}, {"AWS_LAMBDA_MAX_CONCURRENCY": "1"}], ids=["", "worker"])
def test_opentelemetry_loses_no_span(
    tmp_path: Path, collector: Collector, workers: dict[str, str]
) -> None:
    run = serve_frozen(
        tmp_path,
        write_files("OpenTelemetry"),
        *[b"{}"] * COUNT,
        look=lambda: len(read_spans(collector)),
        environ=make_otel_environ(collector) | workers,
    )

    assert run.looks == list(range(1, COUNT + 1)), run.err
    assert [post.body for post in run.posts] == [b"firstlast"] * COUNT


def test_without_the_callback_opentelemetrys_spans_are_late(
    tmp_path: Path, collector: Collector
) -> None:
    run = serve_frozen(
        tmp_path,
        write_files("OpenTelemetry", WITHOUT),
        *[b"{}"] * COUNT,
        look=lambda: len(read_spans(collector)),
        environ=make_otel_environ(collector),
    )

    assert run.looks == [0] * COUNT
    assert len(read_spans(collector)) == COUNT  # when the process ended


def test_a_collector_that_does_not_answer_holds_up_no_invocation(
    tmp_path: Path, collector: Collector
) -> None:
    collector.gate.clear()
    frozen = iter(range(2))

    def look() -> int:
        count = len(read_spans(collector))
        if next(frozen) == 1:
            collector.gate.set()
        return count

    run = serve_frozen(
        tmp_path,
        write_files("OpenTelemetry", "callback.timeout_s = 0.5"),
        *[b"{}"] * 2,
        look=look,
        environ=make_otel_environ(collector),
    )

    assert run.looks == [0, 0]
    assert [post.body for post in run.posts] == [b"firstlast"] * 2
    first, second, *_ = run.err.splitlines()
    name = "opentelemetry.sdk.trace.TracerProvider.force_flush"
    assert first.startswith(f"[streambda] after_invocation: {name} has not returned after 0.5 s")
    assert second.startswith(f"[streambda] after_invocation: {name} was not called: ")
    assert len(read_spans(collector)) == 2  # when the process ended


def test_opentelemetrys_span_is_as_long_as_the_stream(tmp_path: Path, collector: Collector) -> None:
    arrivals: list[int] = []
    with ChunkGate(*[b"first"] * 2) as gate:

        def take(data: bytes) -> None:
            if b"first" in data:
                arrivals.append(time.time_ns())
            gate(data)

        serve_frozen(
            tmp_path,
            write_files("OpenTelemetry"),
            json.dumps({"gate": gate.port}).encode(),
            json.dumps({"gate": gate.port, "fails": "midway"}).encode(),
            look=lambda: len(read_spans(collector)),
            environ=make_otel_environ(collector),
            on_data=take,
        )

    spans = read_spans(collector)
    assert [span.status.code for span in spans] == [
        Status.STATUS_CODE_UNSET,
        Status.STATUS_CODE_ERROR,
    ]
    assert [event.name for event in spans[1].events] == ["exception"]
    for span, arrival in zip(spans, arrivals, strict=True):
        # The second chunk could not be made before the first had arrived.
        assert span.start_time_unix_nano < arrival < span.end_time_unix_nano
        (first_byte,) = [
            one.value.double_value for one in span.attributes if one.key == "time_to_first_byte_ms"
        ]
        duration_ms = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert 0 < first_byte <= duration_ms


POWERTOOLS = {
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_METRICS_NAMESPACE": "words",
    "POWERTOOLS_SERVICE_NAME": "tested",
}
TRACED = next_headers(
    Trace_Id="Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
)


def read_lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out").read_text().splitlines()]


def read_metrics(folder: Path) -> list[list[float]]:
    """The values of the metric, as they were written."""
    return [line["Words"] for line in read_lines(folder) if "_aws" in line]


@pytest.fixture
def daemon() -> Iterator[DatagramCollector]:
    daemon = DatagramCollector()
    yield daemon
    daemon.close()


def test_powertools_loses_nothing(tmp_path: Path, daemon: DatagramCollector) -> None:
    def look() -> tuple[int, list[list[float]], int]:
        daemon.receive(len(daemon.documents) + 1)
        logged = [line for line in read_lines(tmp_path) if "message" in line]
        assert all(line["function_request_id"] == REQUEST_ID for line in logged)
        return len(daemon.documents), read_metrics(tmp_path), len(logged)

    run = serve_frozen(
        tmp_path,
        write_files("Powertools for AWS Lambda"),
        *[b"{}"] * COUNT,
        look=look,
        environ=POWERTOOLS | {"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
        headers=TRACED,
    )

    assert run.looks == [(one, [[1.0, 1.0]] * one, one) for one in range(1, COUNT + 1)], run.err
    assert "warning" not in run.err.lower()


def test_powertools_log_metrics_is_late_for_a_stream(
    tmp_path: Path, daemon: DatagramCollector
) -> None:
    run = serve_frozen(
        tmp_path,
        write_files(
            "Powertools for AWS Lambda", f"{WITHOUT}\nhandler = recipe.metrics.log_metrics(handler)"
        ),
        *[b"{}"] * 2,
        look=lambda: len(read_metrics(tmp_path)),
        environ=POWERTOOLS | {"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
        headers=TRACED,
    )

    assert run.looks == [0, 1]


@pytest.mark.parametrize("blocks", [1, 2], ids=["generator", "async generator"])
def test_powertools_subsegment_is_as_long_as_the_stream(
    tmp_path: Path, daemon: DatagramCollector, blocks: int
) -> None:
    arrivals: list[float] = []
    with ChunkGate(b"first") as gate:

        def take(data: bytes) -> None:
            if b"first" in data:
                arrivals.append(time.time())
            gate(data)

        serve_frozen(
            tmp_path,
            write_files("Powertools for AWS Lambda", blocks=blocks),
            json.dumps({"gate": gate.port}).encode(),
            look=lambda: daemon.receive(1),
            environ=POWERTOOLS | {"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
            headers=TRACED,
            on_data=take,
        )

    (segment,) = daemon.documents
    assert segment["name"].startswith("## ")
    assert segment["start_time"] < arrivals[0] < segment["end_time"]
