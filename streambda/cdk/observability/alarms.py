"""Alarms on what a caller notices: cut streams, errors and throttled calls."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from streambda.cdk.observability.stream_metrics import SUM, MeasuredFunction, StreamMetrics


class StreamAlarms(Construct):
    """Three alarms of one function: `cut_streams`, `errors` and `throttles`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: MeasuredFunction,
        topic: sns.ITopic | None = None,
        cut_streams: int = 1,
        errors: int = 1,
        throttles: int = 1,
        period: cdk.Duration | None = None,
    ) -> None:
        """Make the alarms.

        Args:
            function: A `StreamingFunction` with `metrics=`.
            topic: Gets a message when an alarm changes to ALARM or to OK; by default there is
                none.
            cut_streams: How many within `period` set the alarm off. A stream is cut if it ends by
                an error or a time-out after its first byte.
            errors: The same for invocations that failed.
            throttles: The same for calls that found no free concurrency.
            period: By default 5 minutes.

        Raises:
            ValueError: `function` logs no metrics.
        """
        super().__init__(scope, id)
        metrics = StreamMetrics(function, period)
        self._action = actions.SnsAction(topic) if topic is not None else None
        name = function.node.path
        self.cut_streams = self._alarm(
            "CutStreams",
            metrics.stream("CutStreams", SUM),
            cut_streams,
            f"{name}: streams ended after their first byte by an error or a time-out",
        )
        self.errors = self._alarm(
            "Errors", metrics.service("Errors", SUM), errors, f"{name}: invocations failed"
        )
        self.throttles = self._alarm(
            "Throttles",
            metrics.service("Throttles", SUM),
            throttles,
            f"{name}: calls found no free concurrency",
        )

    def _alarm(
        self, id: str, metric: cloudwatch.IMetric, threshold: int, description: str
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # A function that nobody calls is well.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        if self._action is not None:
            alarm.add_alarm_action(self._action)
            alarm.add_ok_action(self._action)
        return alarm
