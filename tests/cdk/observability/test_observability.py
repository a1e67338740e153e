"""The dashboard and the alarms: they must name metrics that are really there."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from streambda.cdk import StreamAlarms, StreamDashboard
from streambda_runtime.platform import metrics
from tests.cdk.conftest import MakeFunction
from tests.support.templates import Template, only, resources, template_of

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
OF_LAMBDA = {"Errors", "Throttles", "ConcurrentExecutions"}


def graphs(template: Template) -> list[dict[str, Any]]:
    """A dashboard's body is JSON in pieces, with references between them."""
    _, pieces = only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"]
    text = "".join(it if isinstance(it, str) else next(iter(it.values())) for it in pieces)
    return [widget["properties"] for widget in json.loads(text)["widgets"]]


def metrics_shown(template: Template) -> set[tuple[str, str]]:
    """Namespace and name of every metric of the dashboard."""
    return {(line[0], line[1]) for graph in graphs(template) for line in graph["metrics"]}


def test_the_dashboard_shows_what_the_runtime_and_lambda_measure(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    StreamDashboard(stack, "Streams", functions=[make_function(metrics="MyApp")])

    found = metrics_shown(template_of(stack))
    own = {name for namespace, name in found if namespace == "MyApp"}
    assert own == set(metrics._UNITS)
    assert {name for namespace, name in found if namespace == "AWS/Lambda"} == OF_LAMBDA


@pytest.mark.slow
def test_the_dashboard_has_a_row_for_each_function(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    one, two = make_function("One", metrics="MyApp"), make_function("Two", metrics="MyApp")
    StreamDashboard(
        stack,
        "Streams",
        functions=[one, two],
        dashboard_name="streams",
        period=cdk.Duration.hours(1),
    )

    template = template_of(stack)
    titles = [graph["title"] for graph in graphs(template)]
    assert titles[0] == "One: time to first byte (ms)"
    assert titles[5] == "Two: time to first byte (ms)"
    assert len(titles) == 10
    assert only(template, "AWS::CloudWatch::Dashboard")["DashboardName"] == "streams"


def test_alarms_tell_a_topic_and_take_silence_for_health(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    topic = sns.Topic(stack, "Topic")
    StreamAlarms(stack, "Alarms", function=make_function(metrics="MyApp"), topic=topic, errors=5)

    template = template_of(stack)
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    [id] = resources(template, "AWS::SNS::Topic")
    assert {(it["Namespace"], it["MetricName"], it["Threshold"]) for it in alarms} == {
        ("MyApp", "CutStreams", 1),
        ("AWS/Lambda", "Errors", 5),
        ("AWS/Lambda", "Throttles", 1),
    }
    assert {it["TreatMissingData"] for it in alarms} == {"notBreaching"}
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": id}]


def test_alarms_are_silent_without_a_topic(stack: cdk.Stack, make_function: MakeFunction) -> None:
    StreamAlarms(stack, "Alarms", function=make_function(metrics="MyApp"))

    alarms = resources(template_of(stack), "AWS::CloudWatch::Alarm").values()
    assert len(alarms) == 3
    assert not any("AlarmActions" in it for it in alarms)


@pytest.mark.parametrize("kind", [StreamDashboard, StreamAlarms])
def test_a_function_without_metrics_is_refused(
    stack: cdk.Stack, make_function: MakeFunction, kind: type
) -> None:
    function = make_function()
    options = {"functions": [function]} if kind is StreamDashboard else {"function": function}

    with pytest.raises(ValueError, match=r"^Test/Hello has no metrics, expected StreamingFunction"):
        kind(stack, "It", **options)


def test_a_dashboard_of_nothing_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"^functions is empty, expected at least one"):
        StreamDashboard(stack, "Streams", functions=[])
