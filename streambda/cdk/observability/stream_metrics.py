"""The metrics of one streaming function: the runtime's own, and AWS Lambda's.

The runtime's metrics have the names in `streambda_runtime.platform.metrics`, which logs them in
embedded metric format, with the function's name as the only dimension.
"""

from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

SUM = "Sum"
MAXIMUM = "Maximum"
P50, P99 = "p50", "p99"


class MeasuredFunction(IConstruct, Protocol):
    """What this package knows of a `StreamingFunction`: its namespace of metrics, if it has one."""

    metrics: str | None
    function: lambda_.Function


class StreamMetrics:
    """CloudWatch metrics of `function`: one method for the runtime's, one for AWS Lambda's."""

    def __init__(self, function: MeasuredFunction, period: cdk.Duration | None = None) -> None:
        """Metrics of `function`; each data point is for one `period`, by default 5 minutes.

        Raises:
            ValueError: the function logs no metrics.
        """
        if function.metrics is None:
            raise ValueError(
                f"{function.node.path} has no metrics, expected StreamingFunction(metrics=…) "
                "with a CloudWatch namespace such as 'MyApp'"
            )
        self._namespace = function.metrics
        self._function = function.function
        self._period = period or cdk.Duration.minutes(5)

    def stream(self, name: str, statistic: str, label: str | None = None) -> cloudwatch.Metric:
        """What the runtime measured: TimeToFirstByte, Duration, Chunks, Bytes, CutStreams, …"""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"FunctionName": self._function.function_name},
            statistic=statistic,
            period=self._period,
            label=label,
        )

    def service(self, name: str, statistic: str, label: str | None = None) -> cloudwatch.Metric:
        """What AWS Lambda counts: Errors, Throttles, ConcurrentExecutions, …"""
        return self._function.metric(name, statistic=statistic, period=self._period, label=label)
