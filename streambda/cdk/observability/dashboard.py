"""A CloudWatch dashboard that shows how streams go: one row of graphs for each function."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from streambda.cdk.function import StreamingFunction
from streambda.cdk.observability.stream_metrics import MAXIMUM, P50, P99, SUM, StreamMetrics

_COLUMNS = 24  # of every CloudWatch dashboard


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    statistic: str
    label: str
    of_service: bool = False  # AWS Lambda's own, not the runtime's


# Title -> lines. The question comes first that users ask first: how long until something came?
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
        functions: Sequence[StreamingFunction],
        dashboard_name: str | None = None,
        period: cdk.Duration | None = None,
    ) -> None:
        """Make the dashboard.

        Args:
            functions: Shown from top to bottom; each made with `metrics=`.
            dashboard_name: By default one that CloudFormation makes.
            period: Of each data point; by default 5 minutes.

        Raises:
            ValueError: there is no function, or one logs no metrics.
        """
        super().__init__(scope, id)
        if not functions:
            raise ValueError("functions is empty, expected at least one StreamingFunction")
        rows = [_row(function, StreamMetrics(function, period)) for function in functions]
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=dashboard_name, widgets=rows
        )


def _row(function: StreamingFunction, metrics: StreamMetrics) -> list[cloudwatch.IWidget]:
    width = _COLUMNS // len(_GRAPHS)
    return [
        cloudwatch.GraphWidget(
            title=f"{function.node.id}: {title}",
            width=width,
            left=[_metric(line, metrics) for line in lines],
        )
        for title, lines in _GRAPHS.items()
    ]


def _metric(line: _Line, metrics: StreamMetrics) -> cloudwatch.Metric:
    source = metrics.service if line.of_service else metrics.stream
    return source(line.name, line.statistic, line.label)
