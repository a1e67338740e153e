"""A CloudWatch dashboard that shows how streams go: one row of graphs for each function."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from streambda.cdk.observability.stream_metrics import (
    MAXIMUM,
    P50,
    P99,
    SUM,
    MeasuredFunction,
    StreamMetrics,
)

_COLUMNS = 24  # of every CloudWatch dashboard


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    statistic: str
    label: str
    of_service: bool = False  # AWS Lambda's own, not the runtime's


# Title -> lines. What users ask first comes first: how long until something arrived?
_GRAPHS: dict[str, tuple[_Line, ...]] = {
    "time to first byte (ms)": (
        _Line("TimeToFirstByte", P50, "p50"),
        _Line("TimeToFirstByte", P99, "p99"),
    ),
    "duration (ms)": (
        _Line("Duration", P50, "p50"),
        _Line("Duration", P99, "p99"),
    ),
    "cut, failed and throttled": (
        _Line("CutStreams", SUM, "cut streams"),
        _Line("Errors", SUM, "errors", of_service=True),
        _Line("Throttles", SUM, "throttles", of_service=True),
    ),
    "sent": (
        _Line("Chunks", SUM, "chunks"),
        _Line("Bytes", SUM, "bytes"),
        _Line("BytesPast6MB", SUM, "bytes past 6 MB, at 2 MB/s"),
    ),
    "environments": (
        _Line("ConcurrentExecutions", MAXIMUM, "at once", of_service=True),
        _Line("ColdStart", SUM, "cold starts"),
    ),
}


class StreamDashboard(Construct):
    """A dashboard of streaming functions; `dashboard` is CloudWatch's own."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        functions: Sequence[MeasuredFunction],
        dashboard_name: str | None = None,
        period: cdk.Duration | None = None,
    ) -> None:
        """Make the dashboard.

        Args:
            functions: Each a `StreamingFunction` with `metrics=`, shown from top to bottom.
            dashboard_name: By default one that CloudFormation makes.
            period: Of each data point; by default 5 minutes.

        Raises:
            ValueError: there is no function, or one logs no metrics.
        """
        super().__init__(scope, id)
        if not functions:
            raise ValueError("functions is empty, expected at least one StreamingFunction")
        rows = [_make_row(function, StreamMetrics(function, period)) for function in functions]
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=dashboard_name, widgets=rows
        )


def _make_row(function: MeasuredFunction, metrics: StreamMetrics) -> list[cloudwatch.IWidget]:
    width = _COLUMNS // len(_GRAPHS)
    return [
        cloudwatch.GraphWidget(
            title=f"{function.node.id}: {title}",
            width=width,
            left=[_make_metric(line, metrics) for line in lines],
        )
        for title, lines in _GRAPHS.items()
    ]


def _make_metric(line: _Line, metrics: StreamMetrics) -> cloudwatch.Metric:
    source = metrics.service if line.of_service else metrics.stream
    return source(line.name, line.statistic, line.label)
