"""The line of metrics, judged by the rules of the embedded metric format's specification."""

import json
import sys
from typing import Any

import pytest

from streambda_runtime import exchange
from streambda_runtime.invocation import Context
from streambda_runtime.platform import metrics
from streambda_runtime.platform.metrics import Metrics

# CloudWatch's units that are used here (MetricDatum, API reference of PutMetricData).
UNITS = {"Milliseconds", "Count", "Bytes"}


def context(request_id: str = "r-1", name: str = "talk") -> Context:
    headers = {"lambda-runtime-aws-request-id": request_id}
    return Context(headers, {"AWS_LAMBDA_FUNCTION_NAME": name})


class Clock:
    """Shows what the test sets it to, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one line that was written; it must be one, or CloudWatch reads none of it."""
    (text,) = capsys.readouterr().out.splitlines()
    document: dict[str, Any] = json.loads(text)
    judge(document)
    return document


def judge(document: dict[str, Any]) -> None:
    """What the specification asks of a document: members, their types, targets that exist."""
    assert document["_aws"].keys() == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(document["_aws"]["Timestamp"], int)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
        assert 0 < len(directive["Namespace"]) <= 255
        for dimensions in directive["Dimensions"]:
            assert len(dimensions) <= 30
            assert all(isinstance(document[name], str) and document[name] for name in dimensions)
        assert len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert metric.keys() == {"Name", "Unit"}
            assert metric["Unit"] in UNITS
            assert type(document[metric["Name"]]) in (int, float)


def test_the_line_of_a_whole_stream(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.1239)
    meter = Metrics("streambda", clock).meter(context())
    clock.now += 0.0125
    meter.count(11)
    clock.now += 1
    meter.count(2)

    meter.end(exchange.COMPLETE)

    assert capsys.readouterr().out == (
        '{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"streambda",'
        '"Dimensions":[["FunctionName"]],"Metrics":['
        '{"Name":"TimeToFirstByte","Unit":"Milliseconds"},'
        '{"Name":"Duration","Unit":"Milliseconds"},'
        '{"Name":"Chunks","Unit":"Count"},'
        '{"Name":"Bytes","Unit":"Bytes"},'
        '{"Name":"BytesPast6MB","Unit":"Bytes"},'
        '{"Name":"CutStreams","Unit":"Count"},'
        '{"Name":"ColdStart","Unit":"Count"}]}]},'
        '"FunctionName":"talk","RequestId":"r-1",'
        '"TimeToFirstByte":12.5,"Duration":1012.5,"Chunks":2,"Bytes":13,"BytesPast6MB":0,'
        '"CutStreams":0,"ColdStart":1,"Ended":"complete"}\n'
    )


def test_a_response_that_never_began_has_no_time_to_its_first_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    meter = Metrics("streambda").meter(context())
    meter.count(0)

    meter.end(exchange.ERROR)

    document = line(capsys)
    names = [metric["Name"] for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert "TimeToFirstByte" not in document
    assert "TimeToFirstByte" not in names
    assert (document["Chunks"], document["Ended"]) == (0, "error")


@pytest.mark.parametrize(
    ("how", "sent", "cut"),
    [
        (exchange.COMPLETE, 1, 0),
        (exchange.ERROR, 1, 1),
        (exchange.DEADLINE, 1, 1),
        (exchange.REFUSED, 1, 1),
        (exchange.ERROR, 0, 0),
    ],
)
def test_a_stream_is_cut_if_it_began_and_did_not_complete(
    capsys: pytest.CaptureFixture[str], how: str, sent: int, cut: int
) -> None:
    meter = Metrics("streambda").meter(context())
    meter.count(sent)

    meter.end(how)

    assert line(capsys)["CutStreams"] == cut


@pytest.mark.parametrize(("size", "past"), [(6_291_456, 0), (6_291_457, 1), (9_000_000, 2_708_544)])
def test_bytes_that_are_slow_and_charged_for_are_told_apart(
    capsys: pytest.CaptureFixture[str], size: int, past: int
) -> None:
    meter = Metrics("streambda").meter(context())
    meter.count(size - 1)
    meter.count(1)

    meter.end(exchange.REFUSED)

    document = line(capsys)
    assert (document["Bytes"], document["BytesPast6MB"]) == (size, past)


def test_only_the_first_invocation_is_a_cold_start(capsys: pytest.CaptureFixture[str]) -> None:
    environment = Metrics("streambda")

    def cold_start() -> int:
        environment.meter(context()).end(exchange.DEADLINE)
        value: int = line(capsys)["ColdStart"]
        return value

    assert [cold_start(), cold_start(), cold_start()] == [1, 0, 0]


def test_a_function_without_a_name_has_a_dimension_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Metrics("streambda").meter(context(name="")).end(exchange.COMPLETE)

    assert line(capsys)["FunctionName"] == "unknown"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_metrics_are_off_unless_asked_for(
    capsys: pytest.CaptureFixture[str], value: str | None
) -> None:
    environ = {} if value is None else {"STREAMBDA_METRICS": value}

    assert metrics.make_metrics(environ) is None
    assert capsys.readouterr().err == ""


def test_the_variable_names_the_namespace() -> None:
    environment = metrics.make_metrics({"STREAMBDA_METRICS": " Team/chat-1 "})

    assert environment is not None
    assert environment.namespace == "Team/chat-1"


@pytest.mark.parametrize("namespace", ["caf\u00e9", "a\nb", "x" * 256, "a,b"])
def test_a_namespace_that_cloudwatch_refuses_is_said_once(
    capsys: pytest.CaptureFixture[str], namespace: str
) -> None:
    assert metrics.make_metrics({"STREAMBDA_METRICS": namespace}) is None

    assert capsys.readouterr().err.startswith(f"[streambda] STREAMBDA_METRICS is {namespace!r}, ")


def test_the_line_goes_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def __init__(self) -> None:
            self.calls: list[str] = []

        def write(self, text: str) -> None:
            self.calls.append(text)

        def flush(self) -> None:
            self.calls.append("flush")

    stream = Stream()
    monkeypatch.setattr(sys, "stdout", stream)

    Metrics("streambda").meter(context()).end(exchange.COMPLETE)

    assert stream.calls[1:] == ["flush"]
    assert stream.calls[0].endswith("}\n")
