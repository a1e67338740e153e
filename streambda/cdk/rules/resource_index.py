"""The resources of a stage by their type, and which streaming functions they name."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from streambda.cdk.rules.references import References, read_resources
from streambda.cdk.rules.templates import (
    Resource,
    StackTemplate,
    Value,
    logical_id,
)

# Its property that names a function -> what has it.
_STANDS_FOR_FUNCTION = {
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
}
# In an ARN, also in one of which parts are known only at deployment.
_FUNCTION_NAME = re.compile(
    r"(?::lambda:(?P<region>[a-z0-9-]*):(?P<account>\d*))?:function:(?P<name>[\w-]{1,64})"
)


class CheckedFunction(IConstruct, Protocol):
    """What rules know of a `StreamingFunction`."""

    @property
    def timeout(self) -> cdk.Duration: ...

    @property
    def function(self) -> lambda_.Function: ...


class ResourceIndex:
    """All that a stage will deploy, read once.

    `functions` are those of the whole app: an ARN may name one of another stage.
    """

    def __init__(
        self,
        stage: cdk.Stage,
        stacks: Sequence[StackTemplate],
        functions: Sequence[CheckedFunction],
    ) -> None:
        self.stage = stage
        self.functions = functions
        self._references = References(stacks)
        self._by_type: dict[str, list[Resource]] = {}
        for stack in stacks:
            for resource in read_resources(stack):
                self._by_type.setdefault(resource.type, []).append(resource)
        self._functions = {_key_of(it): it for it in functions}
        self._named = {name: it for it in functions if (name := _name_of(it))}

    def resources(self, *types: str) -> Iterator[Resource]:
        """Those of types like "AWS::ApiGateway::Method"."""
        for type in types:
            yield from self._by_type.get(type, ())

    def find_targets(self, stack: StackTemplate, value: Value) -> list[Resource]:
        """The resources that `value`, in the template of `stack`, names."""
        return list(self._references.resources(stack, value))

    def find_function(self, stack: StackTemplate, value: Value) -> CheckedFunction | None:
        """The streaming function that `value` names: itself, its alias, its version or its URL."""
        for target in self.find_targets(stack, value):
            if function := self._functions.get(target.key):
                return function
            named = target.properties.get(_STANDS_FOR_FUNCTION.get(target.type, ""))
            if named is not None and (function := self.find_function(target.stack, named)):
                return function
        return self._find_by_name(value)

    def find_timeout_ms(self, function: CheckedFunction | None) -> int | None:
        """What the template says, where it is of this stage: it may be an override.

        None where it is known only at deployment, and without a function.
        """
        if function is None:
            return None
        for resource in self.resources("AWS::Lambda::Function"):
            if self._functions.get(resource.key) is function:
                seconds = resource.properties.get("Timeout")
                return int(seconds * 1000) if isinstance(seconds, int | float) else None
        timeout = function.timeout
        return None if timeout.is_unresolved() else int(timeout.to_milliseconds())

    def _find_by_name(self, value: Value) -> CheckedFunction | None:
        if not self._named or value is None:
            return None
        if isinstance(value, str) and value in self._named:
            return self._named[value]
        for found in _FUNCTION_NAME.finditer(_as_text(value)):
            function = self._named.get(found["name"])
            if function is not None and _may_be_there(function, found["region"], found["account"]):
                return function
        return None


def resources_of(function: CheckedFunction) -> Iterator[cdk.CfnResource]:
    """The resources of a function, its roles among them."""
    for construct in function.node.find_all():
        if isinstance(construct, cdk.CfnResource):
            yield construct


def place_of(function: CheckedFunction) -> cdk.Stack:
    """The stack of the Lambda function, which has its region and its account."""
    return cdk.Stack.of(function)


def as_list(value: Value) -> list[Value]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def as_mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _as_text(value: Value) -> str:
    # A document in YAML may have dates, and keys that JSON has not.
    return json.dumps(value, default=str, skipkeys=True)


def _key_of(function: CheckedFunction) -> tuple[str, str]:
    resource = function.function.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    return logical_id(resource)


def _name_of(function: CheckedFunction) -> str | None:
    resource = function.function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    name = resource.function_name
    return None if name is None or cdk.Token.is_unresolved(name) else name


def _may_be_there(function: CheckedFunction, region: str | None, account: str | None) -> bool:
    stack = place_of(function)
    pairs = ((region, stack.region), (account, stack.account))
    return all(not said or cdk.Token.is_unresolved(known) or said == known for said, known in pairs)
