"""Resolves intrinsic functions of CloudFormation, as far as the local cloud needs their values.

What is known only after a deployment becomes a placeholder that a person can read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.model.constants import ACCOUNT_ID, REGION
from streambda.local.model.function_names import function_arn, path_parts

ROOT_RESOURCE = "root"

SUBSTITUTION = re.compile(r"\$\{([^!{}]+)\}")


class Resolver:
    """Resolves values of one stack; `exports` are the values that other stacks offer."""

    def __init__(self, stack: Stack, exports: Mapping[str, Any]) -> None:
        self._stack = stack
        self._exports = exports
        cloudformation = f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}"
        self._pseudo = {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::NoValue": None,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": f"{cloudformation}:stack/{stack.name}/local",
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(part) for part in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in self._functions:
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                return placeholder(name)
        resolved = {key: self.resolve(part) for key, part in value.items()}
        return {key: part for key, part in resolved.items() if part is not None}

    def text(self, value: Any) -> str:
        """A value where CloudFormation wants a string."""
        resolved = self.resolve(value)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        return "" if resolved is None else str(resolved)

    def function_name(self, logical_id: str) -> str:
        """The explicit name, else one made from the path in the app."""
        given = self._stack.template.resources[logical_id].properties.get("FunctionName")
        if given is not None:
            return self.text(given)
        path = self._stack.construct_paths.get(logical_id)
        return "-".join(path_parts(path)) if path else f"{self._stack.name}-{logical_id}"

    def short_name(self, logical_id: str) -> str:
        """The last part of the path in the app that says something, else the logical id."""
        return path_parts(self._stack.construct_paths.get(logical_id, logical_id))[-1]

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._stack.template.parameters:
            default = self._stack.template.parameters[name].default
            return placeholder(name) if default is None else default
        resource = self._stack.template.resources.get(name)
        if resource is None:
            return placeholder(name)
        return REFERENCES.get(resource.type, _own_name)(self, name, resource)

    def _get_att(self, argument: str | list[str]) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        resource = self._stack.template.resources.get(name)
        found = ATTRIBUTES.get((resource.type, attribute)) if resource else None
        if resource is None or found is None:
            return placeholder(f"{name}.{attribute}")
        return found(self, name, resource)

    def _import_value(self, argument: Any) -> Any:
        name = self.text(argument)
        return self._exports.get(name, placeholder(name))

    def _join(self, argument: Any) -> str:
        separator, values = argument
        return str(separator).join(self.text(value) for value in self.resolve(values))

    def _select(self, argument: Any) -> Any:
        index, values = argument[0], self.resolve(argument[1])
        try:
            return values[int(self.text(index))]
        except (IndexError, TypeError, ValueError):
            return placeholder("Fn::Select")

    def _split(self, argument: Any) -> list[str]:
        separator, value = argument
        return self.text(value).split(str(separator))

    def _sub(self, argument: Any) -> str:
        pattern, own = (argument, {}) if isinstance(argument, str) else argument

        def value_of(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return self.text(own[name])
            return self.text(self._get_att(name) if "." in name else self._ref(name))

        # ${!name} is how a template writes a literal ${name}.
        return SUBSTITUTION.sub(value_of, pattern).replace("${!", "${")


ResolvedStacks = Sequence[tuple[Stack, Resolver]]


def placeholder(what: str) -> str:
    return f"<{what}: known after deployment>"


Reference = Callable[[Resolver, str, Resource], Any]


def _own_name(resolver: Resolver, logical_id: str, resource: Resource) -> str:
    names = (key for key in resource.properties if key in NAMES.get(resource.type, ()))
    given = next(names, None)
    return resolver.text(resource.properties[given]) if given else logical_id


def _function_name(resolver: Resolver, logical_id: str, _: Resource) -> str:
    return resolver.function_name(logical_id)


def _function_arn(resolver: Resolver, logical_id: str, _: Resource) -> str:
    return function_arn(resolver.function_name(logical_id))


def _version_arn(resolver: Resolver, _: str, resource: Resource) -> str:
    # A version or an alias: there is only one code here, whatever it is called.
    name = resolver.text(resource.properties.get("FunctionName"))
    return name if name.startswith("arn:") else function_arn(name)


def _layer_arn(resolver: Resolver, logical_id: str, _: Resource) -> str:
    stack = resolver.text({"Ref": "AWS::StackName"})
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{stack}-{logical_id}:1"


def _role_arn(resolver: Resolver, logical_id: str, resource: Resource) -> str:
    name = _own_name(resolver, logical_id, resource)
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


def _root_resource(_: Resolver, logical_id: str, __: Resource) -> str:
    return f"{logical_id}-{ROOT_RESOURCE}"


NAMES = {
    "AWS::ApiGateway::Stage": ("StageName",),
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
}

REFERENCES: Mapping[str, Reference] = {
    "AWS::Lambda::Alias": _version_arn,
    "AWS::Lambda::Function": _function_name,
    "AWS::Lambda::LayerVersion": _layer_arn,
    "AWS::Lambda::Version": _version_arn,
}

ATTRIBUTES: Mapping[tuple[str, str], Reference] = {
    ("AWS::ApiGateway::RestApi", "RootResourceId"): _root_resource,
    ("AWS::IAM::Role", "Arn"): _role_arn,
    ("AWS::Lambda::Function", "Arn"): _function_arn,
}
