"""The metrics of one streaming function: the runtime's own, and AWS Lambda's.

The names of the runtime's are those of `streambda_runtime.platform.metrics`, which logs them in embedded
metric format, with the function's name as the only dimension.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from streambda.cdk.function import StreamingFunction

SUM = "Sum"
MAXIMUM = "Maximum"
P50, P99 = "p50", "p99"


class StreamMetrics:
    """CloudWatch metrics of `function`, one method each for where they come from."""

    def __init__(self, function: StreamingFunction, period: cdk.Duration | None = None) -> None:
        """Look at `function`; `period` is that of each data point, by default 5 minutes.

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
