"""A Python layer that exists already, in this account or in another, by its ARN."""

import re
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.cdk.option_types import explain_mismatch
from streambda.cdk.runtime.architecture import layer_architecture

# The layer's name and version, as in Lambda's API.
# https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):\d{12}:layer:[A-Za-z0-9_-]{1,140}(?P<version>:\d+)?"
)
_EXAMPLE = "'arn:aws:lambda:eu-west-1:123456789012:layer:python:1'"

_PYTHON = re.compile(r"3\.(?P<minor>\d{1,3})")
_OLDEST_MINOR = 11  # which streambda's runtime needs


@dataclass(frozen=True, slots=True)
class ImportedPythonLayer:
    """The version of a layer with its Python in /opt/python-rt, for `StreamingFunction(layer=…)`.

    Nothing is built or deployed for it, and any number of stacks can use it. `architecture` None is
    that of each function.

    Raises:
        TypeError: a value has a wrong type.
        ValueError: `layer_version_arn` is not the ARN of a layer's version, `python` not a version
            such as "3.13" from 3.11 on, or `architecture` is neither arm64 nor x86_64.
    """

    layer_version_arn: str
    python: str
    architecture: lambda_.Architecture | None = None

    def __post_init__(self) -> None:
        for name, value, type in (
            ("arn", self.layer_version_arn, str),
            ("architecture", self.architecture, lambda_.Architecture | None),
        ):
            if message := explain_mismatch(name, value, type):
                raise TypeError(message)
        _check_arn(self.layer_version_arn)
        _check_python(self.python)
        if self.architecture is not None:
            layer_architecture(self.architecture)

    def import_into(
        self, scope: Construct, architecture: lambda_.Architecture
    ) -> lambda_.ILayerVersion:
        """The layer for a function of `architecture` in `scope`.

        Raises:
            ValueError: the layer is for another architecture, or in another region than the stack
                of `scope`; Lambda takes none from there.
        """
        if self.architecture is not None and self.architecture.name != architecture.name:
            raise ValueError(
                f"layer {self.layer_version_arn} is for {self.architecture.name}, expected one for "
                f"{architecture.name}, the function's architecture"
            )
        stack = cdk.Stack.of(scope)
        match = _ARN.fullmatch(self.layer_version_arn)
        if match and not cdk.Token.is_unresolved(stack.region) and match["region"] != stack.region:
            raise ValueError(
                f"layer is {self.layer_version_arn}, expected a layer in {stack.region}, the "
                f"region of {scope.node.path}"
            )
        return lambda_.LayerVersion.from_layer_version_attributes(
            scope,
            "PythonLayer",
            layer_version_arn=self.layer_version_arn,
            compatible_runtimes=[lambda_.Runtime.PROVIDED_AL2023],
        )


def _check_arn(arn: str) -> None:
    if cdk.Token.is_unresolved(arn):  # all of it or a part is known only at deployment
        return
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"arn is {arn!r}, expected that of a layer's version, such as {_EXAMPLE}")
    if match["version"] is None:
        raise ValueError(
            f"arn is {arn!r}, expected that of a version of the layer, with a number at its end, "
            f"such as {arn + ':1'!r}"
        )


def _check_python(python: object) -> None:
    if not isinstance(python, str):
        raise TypeError(f"python is {python!r}, expected a string such as '3.13'")
    match = _PYTHON.fullmatch(python)
    if match is None:
        raise ValueError(f"python is {python!r}, expected two numbers such as '3.13'")
    if int(match["minor"]) < _OLDEST_MINOR:
        raise ValueError(
            f"python is {python!r}, expected '3.{_OLDEST_MINOR}' or newer, which streambda needs"
        )
