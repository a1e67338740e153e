"""The parameters of a template: their values, and whether a value is one that they allow.

From "Parameters" in the CloudFormation user guide. Nothing is read from Systems Manager: for a
parameter of a type such as `AWS::SSM::Parameter::Value<String>`, the default is only the name of
what holds the value.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from streambda.local.assembly.manifest import Parameter, Stack
from streambda.local.model.errors import AssemblyError
from streambda.local.model.patterns import SlowPattern, matches

SSM_TYPE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
LIST_TYPE = re.compile(r"CommaDelimitedList|List<.+>")

# The bootstrap stack's version, which the CDK asks for in every template.
OF_THE_CDK = frozenset({"BootstrapVersion"})


class Parameters:
    """The values of one stack's parameters.

    Args:
        given: By the developer; they win over `deployed`, and these over defaults.
        deployed: Those of the deployed stack.
    """

    def __init__(
        self,
        definitions: Mapping[str, Parameter],
        given: Mapping[str, str] | None = None,
        deployed: Mapping[str, str] | None = None,
    ) -> None:
        self._definitions = definitions
        self._values = {**(deployed or {}), **(given or {})}

    def value(self, name: str) -> Any:
        """A text, or a list of texts; None if there is no value before a deployment."""
        definition = self._definitions[name]
        value = self._values.get(name)
        if value is None and not SSM_TYPE.fullmatch(definition.type):
            value = None if definition.default is None else _to_text(definition.default)
        return None if value is None else self.parse(name, value)

    def is_given(self, name: str) -> bool:
        """By the developer or the deployed stack, in place of a default."""
        return name in self._values

    def parse(self, name: str, value: Any) -> Any:
        """A value of the parameter's type: a list of what is a list in one text."""
        if isinstance(value, str) and _is_list(self._definitions[name]):
            return [part.strip() for part in value.split(",")]
        return value

    def describe(self, name: str) -> str:
        """What has no value."""
        definition = self._definitions[name]
        if SSM_TYPE.fullmatch(definition.type) and definition.default is not None:
            return f"SSM parameter {definition.default} (parameter {name})"
        return f"parameter {name}"


def match_parameters(
    stacks: Iterable[Stack], given: Mapping[str, str]
) -> Mapping[str, Mapping[str, str]]:
    """The given values by stack. A name is NAME, in each stack that has it, or STACK:NAME.

    Raises `AssemblyError` for a name that no template has, and a value that is not allowed.
    """
    stacks = tuple(stacks)
    found: dict[str, dict[str, str]] = {stack.name: {} for stack in stacks}
    # STACK:NAME comes last, and so wins.
    for key, value in sorted(given.items(), key=lambda item: ":" in item[0]):
        wanted, _, name = key.rpartition(":")
        owners = [
            stack
            for stack in stacks
            if name in stack.template.parameters and wanted in {"", stack.name}
        ]
        if not owners:
            raise AssemblyError(_describe_unknown(key, stacks))
        for stack in owners:
            _check(name, value, stack.template.parameters[name])
            found[stack.name][name] = value
    return found


def _describe_unknown(key: str, stacks: Iterable[Stack]) -> str:
    names = sorted(
        {name for stack in stacks for name in stack.template.parameters.keys() - OF_THE_CDK}
    )
    known = f"expected one of {', '.join(names)}" if names else "the templates have no parameters"
    return f"--parameter {key}: no template has a parameter of this name, {known}"


def _check(name: str, value: str, definition: Parameter) -> None:
    """Raises `AssemblyError` unless CloudFormation would take `value`."""
    shown = "its value" if definition.is_secret else f"its value {value!r}"
    parts = [part.strip() for part in value.split(",")] if _is_list(definition) else [value]
    for expected, allows in _constraints(definition):
        # Each of a list; but the lengths are the whole text's.
        if not all(allows(part) for part in parts):
            hint = definition.constraint_description
            raise AssemblyError(
                f"--parameter {name}: {shown} is not allowed, expected {expected}"
                f"{f' ({hint})' if hint else ''}"
            )


Allows = Callable[[str], bool]


def _constraints(definition: Parameter) -> Iterator[tuple[str, Allows]]:
    """What each constraint expects, and the test for it."""
    if "Number" in definition.type:
        yield "a number", _is_number
    if (values := definition.allowed_values) is not None:
        allowed = [_to_text(value) for value in values]
        yield f"one of {', '.join(allowed)}", allowed.__contains__
    if (pattern := definition.allowed_pattern) is not None:
        yield f"to match {pattern}", lambda value: _matches(pattern, value)
    yield from _bounds(definition)


def _bounds(definition: Parameter) -> Iterator[tuple[str, Allows]]:
    least, most = definition.min_value, definition.max_value
    shortest, longest = definition.min_length, definition.max_length
    if least is not None:
        yield f"{least} or more", lambda value: _is_number(value) and float(value) >= float(least)
    if most is not None:
        yield f"{most} or less", lambda value: _is_number(value) and float(value) <= float(most)
    if shortest is not None:
        yield f"{shortest} characters or more", lambda value: len(value) >= int(shortest)
    if longest is not None:
        yield f"{longest} characters or less", lambda value: len(value) <= int(longest)


def _matches(pattern: str, value: str) -> bool:
    try:
        return matches(pattern, value)
    except (SlowPattern, ValueError):
        return True  # AWS will tell: its syntax is Java's, which is not known here in full


def _is_number(value: str) -> bool:
    try:
        return float("-inf") < float(value) < float("inf")
    except ValueError:
        return False


def _is_list(definition: Parameter) -> bool:
    inner = SSM_TYPE.fullmatch(definition.type)
    return LIST_TYPE.fullmatch(inner[1] if inner else definition.type) is not None


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
