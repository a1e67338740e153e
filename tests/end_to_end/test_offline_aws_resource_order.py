"""The order in which the offline AWS creates the resources of a template."""

from graphlib import CycleError
from typing import Any

import pytest

from tests.support.offline_aws.cloudformation.resource_order import (
    find_dependencies,
    order_resources,
)


@pytest.mark.parametrize(
    "dependent",
    [
        {"DependsOn": "First"},
        {"DependsOn": ["First"]},
        {"Properties": {"Name": {"Ref": "First"}}},
        {"Properties": {"Arns": [{"Fn::GetAtt": ["First", "Arn"]}]}},
        {"Properties": {"Arn": {"Fn::GetAtt": "First.Arn"}}},
        {"Properties": {"Arn": {"Fn::Join": ["", ["a", {"Ref": "First"}]]}}},
        {"Properties": {"Arn": {"Fn::Sub": "arn:${First.Arn}:${AWS::Region}"}}},
        {"Properties": {"Arn": {"Fn::Sub": ["${It}", {"It": {"Ref": "First"}}]}}},
    ],
)
def test_a_dependency_comes_first(dependent: dict[str, Any]) -> None:
    resources = {"After": dependent, "First": {"Properties": {"Name": "After"}}}

    assert order_resources(resources) == ["First", "After"]


def test_a_parameter_is_a_dependency_but_not_a_resource() -> None:
    resource = {"Properties": {"Name": {"Ref": "Parameter"}}}

    assert find_dependencies(resource) == {"Parameter"}
    assert order_resources({"Only": resource}) == ["Only"]


def test_a_circle_has_no_order() -> None:
    with pytest.raises(CycleError):
        order_resources({"One": {"DependsOn": "Other"}, "Other": {"DependsOn": "One"}})
