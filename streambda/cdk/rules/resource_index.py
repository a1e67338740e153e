"""The constructs of an app as guards look at them: what is there, and which functions it names."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import IConstruct

if TYPE_CHECKING:
    from streambda.cdk.function import StreamingFunction

# A template's value, as `Stack.resolve` gives it: dicts have the CDK's camelCase keys.
Value = Any


class Tree:
    """All that a stage will deploy, read once: each look through jsii has a price."""

    def __init__(self, stage: cdk.Stage, functions: "list[StreamingFunction]") -> None:
        self.functions = functions
        self._by_type: dict[str, list[Any]] = {}
        for construct in stage.node.find_all():
            if isinstance(construct, cdk.CfnResource):
                self._by_type.setdefault(_type(construct), []).append(construct)
        self._names = {name: function for function in functions for name in _names(function)}

    def resources(self, type: str) -> list[Any]:
        """Those of a type like "aws_apigateway.CfnMethod".

        By name: to import the module of a type that no app here has would only slow the synthesis.
        """
        return self._by_type.get(type, [])

    def named_in(self, resource: cdk.CfnResource, value: Value) -> "StreamingFunction | None":
        """The function of ours whose ARN stands in `value`, itself or through alias or version.

        None as well where another stack's function is named: that reference is made later.
        """
        stack = cdk.Stack.of(resource)
        for name in _references(resolved(resource, value)):
            if function := self._names.get((stack.node.path, name)):
                return function
        return None


def resolved(resource: IConstruct, value: Value) -> Value:
    return cdk.Stack.of(resource).resolve(value)


def _type(resource: cdk.CfnResource) -> str:
    name: str = getattr(type(resource), "__jsii_type__", "")
    return name.removeprefix("aws-cdk-lib.")


def _names(function: "StreamingFunction") -> Iterator[tuple[str, str]]:
    for resource in made_for(function):
        if _type(resource).startswith("aws_lambda."):
            yield place_of(resource)


def made_for(function: "StreamingFunction") -> Iterator[cdk.CfnResource]:
    """The resources of a function, its roles among them."""
    for construct in function.node.find_all():
        if isinstance(construct, cdk.CfnResource):
            yield construct


def place_of(resource: cdk.CfnResource) -> tuple[str, str]:
    """Its stack's path, and its logical id there."""
    stack = cdk.Stack.of(resource)
    return stack.node.path, stack.get_logical_id(resource)


def _references(value: Value) -> Iterator[str]:
    """The logical ids that a resolved value refers to, by Ref or Fn::GetAtt."""
    if isinstance(value, Mapping):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
