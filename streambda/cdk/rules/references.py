"""Which resource a value of a template names, through whatever leads from one stack to another."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from streambda.cdk.rules.templates import Resource, StackTemplate, Value

# `${Words.Arn}` in Fn::Sub; `${!Literal}` and `${AWS::Region}` are none.
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")
_SSM = re.compile(r"\{\{resolve:ssm:([^:}]+)")
_SSM_PARAMETER = "AWS::SSM::Parameter"
_READER = "Custom::CrossRegionExportReader"
_WRITER = "Custom::CrossRegionExportWriter"
# A chain of references that is longer runs in a circle.
_MOST_STEPS = 32


class References:
    """Follows the references of all stacks of a stage."""

    def __init__(self, stacks: Sequence[StackTemplate]) -> None:
        self._stacks = {it.path: it for it in stacks}
        self._by_name = {(it.name, it.region): it for it in stacks if it.name}
        self._exports = dict(_find_exports(stacks))
        self._written = dict(_find_written(stacks))

    def resources(self, stack: StackTemplate, value: Value, steps: int = 0) -> Iterator[Resource]:
        """Those that `value`, in the template of `stack`, names by Ref, Fn::GetAtt or Fn::Sub.

        An import, an output of another stack, a parameter of a nested stack and an SSM parameter
        stand for what they were made from.
        """
        if steps > _MOST_STEPS:
            return
        for source, found in self._follow(stack, value):
            if isinstance(found, Resource):
                yield found
            else:
                yield from self.resources(source, found, steps + 1)

    def _follow(
        self, stack: StackTemplate, value: Value
    ) -> Iterator[tuple[StackTemplate, Resource | Value]]:
        """One step: a resource, or another value and the stack whose template has it."""
        if isinstance(value, str):
            yield from self._follow_text(value)
        elif isinstance(value, list):
            for item in value:
                yield from self._follow(stack, item)
        elif isinstance(value, Mapping):
            for key, content in value.items():
                yield from self._follow_key(stack, key, content)

    def _follow_key(
        self, stack: StackTemplate, key: str, content: Value
    ) -> Iterator[tuple[StackTemplate, Resource | Value]]:
        match key:
            case "Ref" if isinstance(content, str):
                yield from self._follow_name(stack, content, None)
            case "Fn::GetAtt":
                name, _, attribute = _join_attribute(content).partition(".")
                yield from self._follow_name(stack, name, attribute)
            case "Fn::Sub":
                for name, attribute in _IN_TEXT.findall(_text_of_sub(content)):
                    yield from self._follow_name(stack, name, attribute or None)
                yield from self._follow(stack, content)
            case "Fn::ImportValue":
                if (export := self._exports.get(_as_key(content))) is not None:
                    yield export
            case "Fn::GetStackOutput" if isinstance(content, Mapping):
                yield from self._follow_output(stack, content)
            case _:
                yield from self._follow(stack, content)

    def _follow_name(
        self, stack: StackTemplate, name: str, attribute: str | None
    ) -> Iterator[tuple[StackTemplate, Resource | Value]]:
        resource = _read_resource(stack, name)
        if resource is None:
            yield from self._follow_parameter(stack, name)
        elif resource.type == "AWS::CloudFormation::Stack" and attribute:
            yield from self._follow_nested(resource, attribute.removeprefix("Outputs."))
        elif resource.type == _READER and attribute in self._written:
            yield self._written[attribute]
        elif resource.type == _SSM_PARAMETER:
            yield stack, resource.properties.get("Value")
        else:
            yield stack, resource

    def _follow_parameter(
        self, stack: StackTemplate, name: str
    ) -> Iterator[tuple[StackTemplate, Value]]:
        parameter = stack.section("Parameters").get(name)
        if not isinstance(parameter, Mapping):
            return
        if stack.parent is not None and stack.parent[0] in self._stacks:
            parent = self._stacks[stack.parent[0]]
            nested = _read_resource(parent, stack.parent[1])
            given = nested.properties.get("Parameters") if nested else None
            if isinstance(given, Mapping) and name in given:
                yield parent, given[name]
        default = parameter.get("Default")
        if str(parameter.get("Type")).startswith("AWS::SSM::Parameter::Value"):
            yield from self._follow_ssm(default)
        else:
            yield stack, default

    def _follow_nested(
        self, nested: Resource, output: str
    ) -> Iterator[tuple[StackTemplate, Value]]:
        for stack in self._stacks.values():
            if stack.parent == nested.key:
                yield stack, _value_of_output(stack, output)

    def _follow_output(
        self, stack: StackTemplate, content: Mapping[str, Value]
    ) -> Iterator[tuple[StackTemplate, Value]]:
        name, region = content.get("StackName"), content.get("Region", stack.region)
        region = region if isinstance(region, str) else stack.region
        source = self._by_name.get((name, region)) if isinstance(name, str) else None
        if source is not None:
            yield source, _value_of_output(source, content.get("OutputName"))

    def _follow_text(self, text: str) -> Iterator[tuple[StackTemplate, Value]]:
        for name in _SSM.findall(text):
            yield from self._follow_ssm(name)

    def _follow_ssm(self, name: Value) -> Iterator[tuple[StackTemplate, Value]]:
        if name in self._written:
            yield self._written[name]
        for stack in self._stacks.values():
            for resource in read_resources(stack):
                properties = resource.properties
                if resource.type == _SSM_PARAMETER and properties.get("Name") == name:
                    yield stack, properties.get("Value")


def read_resources(stack: StackTemplate) -> Iterator[Resource]:
    for id in stack.section("Resources"):
        if resource := _read_resource(stack, id):
            yield resource


def _read_resource(stack: StackTemplate, id: str) -> Resource | None:
    found = stack.section("Resources").get(id)
    if not isinstance(found, Mapping):
        return None
    properties = found.get("Properties")
    return Resource(
        stack=stack,
        id=id,
        type=str(found.get("Type")),
        properties=properties if isinstance(properties, Mapping) else {},
    )


def _find_exports(
    stacks: Sequence[StackTemplate],
) -> Iterator[tuple[str, tuple[StackTemplate, Value]]]:
    for stack in stacks:
        for output in stack.section("Outputs").values():
            export = output.get("Export")
            if isinstance(export, Mapping):
                yield _as_key(export.get("Name")), (stack, output.get("Value"))


def _find_written(
    stacks: Sequence[StackTemplate],
) -> Iterator[tuple[str, tuple[StackTemplate, Value]]]:
    """What the CDK's own resource writes into SSM parameters of another region."""
    for stack in stacks:
        for resource in read_resources(stack):
            if resource.type == _WRITER:
                exports = resource.properties["WriterProps"]["exports"]
                yield from ((name, (stack, value)) for name, value in exports.items())


def _value_of_output(stack: StackTemplate, name: Value) -> Value:
    output = stack.section("Outputs").get(name) if isinstance(name, str) else None
    return output.get("Value") if isinstance(output, Mapping) else None


def _join_attribute(content: Value) -> str:
    """Of Fn::GetAtt, which is a list of two or one string; parts that are not text are left out."""
    parts = content if isinstance(content, list) else [content]
    return ".".join(it for it in parts if isinstance(it, str))


def _text_of_sub(content: Value) -> str:
    text = content[0] if isinstance(content, list) and content else content
    return text if isinstance(text, str) else ""


def _as_key(value: Value) -> str:
    return json.dumps(value, sort_keys=True)
