"""What can be set without a change of code: by `-c name=value`, cdk.json or STREAMBDA_NAME.

Nothing here needs an account: without `account` and `region` the template fits all of them.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from streambda.cdk.context import parse_choice

Choice = TypeVar("Choice")

# The first of each is the default.
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
URL_AUTH_TYPES = {
    "AWS_IAM": lambda_.FunctionUrlAuthType.AWS_IAM,
    "NONE": lambda_.FunctionUrlAuthType.NONE,
}
# "create" is for an account and region where no REST API has written logs before.
LOGS_ROLES = {"existing": False, "create": True}

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    stack_name: str
    stage_name: str  # of the REST API
    architecture: lambda_.Architecture
    function_url_auth: lambda_.FunctionUrlAuthType
    api_gateway_logs_role: bool  # whether to make it
    metrics: str | None  # a CloudWatch namespace; with it come dashboard and alarms
    environment: cdk.Environment | None
    tags: Mapping[str, str]

    @classmethod
    def of(cls, scope: IConstruct) -> "Settings":
        """Read them.

        Raises:
            ValueError: a value is not valid.
        """
        values = _Values(scope)
        return cls(
            stack_name=values.matching("stack_name", _STACK_NAME, "letters, digits and -")
            or "Streambda",
            stage_name=values.matching("stage_name", _STAGE_NAME, "letters, digits, - and _")
            or "prod",
            architecture=values.choice("architecture", ARCHITECTURES),
            function_url_auth=values.choice("function_url_auth", URL_AUTH_TYPES),
            api_gateway_logs_role=values.choice("api_gateway_logs_role", LOGS_ROLES),
            metrics=values.text("metrics"),
            environment=_environment(values),
            tags=_tags(values.text("tags") or ""),
        )


class _Values:
    """Values of the CDK's context; where one is not set, of the environment variable."""

    def __init__(self, scope: IConstruct) -> None:
        self._context = scope.node

    def text(self, name: str) -> str | None:
        value: Any = self._context.try_get_context(name)
        if value is None:
            value = os.environ.get(f"STREAMBDA_{name.upper()}")
        if value is None or isinstance(value, str):
            return value or None
        raise ValueError(f"context {name} is {value!r}, expected a string")

    def matching(self, name: str, pattern: re.Pattern[str], expected: str) -> str | None:
        value = self.text(name)
        if value is not None and not pattern.fullmatch(value):
            raise ValueError(f"context {name} is {value!r}, expected {expected}")
        return value

    def choice(self, name: str, choices: Mapping[str, Choice]) -> Choice:
        return parse_choice(name, self.text(name), choices)


def _environment(values: _Values) -> cdk.Environment | None:
    account = values.matching("account", _ACCOUNT, "12 digits")
    region = values.matching("region", _REGION, "a region such as 'eu-west-1'")
    return cdk.Environment(account=account, region=region) if account or region else None


def _tags(text: str) -> dict[str, str]:
    """ "team=search,stage=dev" """
    pairs = [item.partition("=") for item in text.split(",") if item]
    if wrong := [key for key, equals, _ in pairs if not (key and equals)]:
        raise ValueError(f"context tags has {wrong[0]!r}, expected 'name=value,name=value'")
    return {key.strip(): value.strip() for key, _, value in pairs}
