"""The resources of a stage by their type, and which streaming functions they name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import aws_cdk as cdk
from constructs import IConstruct

# A template's value, as `Stack.resolve` gives it: dicts have the CDK's camelCase keys.
Value = Any


class CheckedFunction(IConstruct, Protocol):
    """What rules know of a `StreamingFunction`: the construct, and the function's timeout."""

    @property
    def timeout(self) -> cdk.Duration: ...


class ResourceIndex:
    """All that a stage will deploy, read once: every look through jsii takes time."""

    def __init__(self, stage: cdk.Stage, functions: Sequence[CheckedFunction]) -> None:
        self.functions = functions
        self._by_type: dict[str, list[Any]] = {}
        for construct in stage.node.find_all():
            if isinstance(construct, cdk.CfnResource):
                self._by_type.setdefault(_type_of(construct), []).append(construct)
        self._functions = {
            logical_id: function
            for function in functions
            for logical_id in _find_lambda_ids(function)
        }

    def resources(self, type: str) -> list[Any]:
        """Those of a type like "aws_apigateway.CfnMethod".

        By name: to import the module of a type that no app here has would only slow the synthesis.
        """
        return self._by_type.get(type, [])

    def find_function(self, resource: cdk.CfnResource, value: Value) -> CheckedFunction | None:
        """The streaming function whose ARN, or that of its alias or version, stands in `value`.

        None also where `value` names a function of another stack: that reference is made later.
        """
        stack = cdk.Stack.of(resource)
        for name in _find_references(resolve(resource, value)):
            if function := self._functions.get((stack.node.path, name)):
                return function
        return None


def resolve(resource: IConstruct, value: Value) -> Value:
    return cdk.Stack.of(resource).resolve(value)


def resources_of(function: CheckedFunction) -> Iterator[cdk.CfnResource]:
    """The resources of a function, its roles among them."""
    for construct in function.node.find_all():
        if isinstance(construct, cdk.CfnResource):
            yield construct


def logical_id(resource: cdk.CfnResource) -> tuple[str, str]:
    """The path of its stack, and its logical id there."""
    stack = cdk.Stack.of(resource)
    return stack.node.path, stack.get_logical_id(resource)


def _type_of(resource: cdk.CfnResource) -> str:
    name: str = getattr(type(resource), "__jsii_type__", "")
    return name.removeprefix("aws-cdk-lib.")


def _find_lambda_ids(function: CheckedFunction) -> Iterator[tuple[str, str]]:
    """The logical ids of the Lambda function, its alias and its versions."""
    for resource in resources_of(function):
        if _type_of(resource).startswith("aws_lambda."):
            yield logical_id(resource)


def _find_references(value: Value) -> Iterator[str]:
    """The logical ids that a resolved value refers to, by Ref or Fn::GetAtt."""
    if isinstance(value, Mapping):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _find_references(item)
