"""Resolves intrinsic functions of CloudFormation, as far as the local cloud needs their values.

What is known only after a deployment becomes a placeholder that a person can read. `variables.py`
resolves the environment variables of functions, and keeps account of the placeholders.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.assembly.parameters import Parameters
from streambda.local.assembly.references import ATTRIBUTES, REFERENCES, own_name
from streambda.local.model.errors import AssemblyError
from streambda.local.model.function_names import make_up_name, path_parts
from streambda.local.model.place import Place

OUTPUTS = "Outputs."  # the attributes of a nested stack

# What CloudFormation says of a function whose argument has another form.
FORMS: Mapping[str, str] = {
    "Fn::FindInMap": "every Fn::FindInMap object requires three parameters, the map name, map key "
    "and the attribute for return value",
    "Fn::GetAtt": "every Fn::GetAtt object requires two non-empty parameters, the resource name "
    "and the resource attribute",
    "Fn::If": "Fn::If requires a list argument with three elements",
    "Fn::Join": "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a "
    "list of strings to be joined",
    "Fn::Select": "Fn::Select requires a list argument with two elements: an integer index and a "
    "list",
    "Fn::Split": "every Fn::Split object requires two parameters, (1) a string delimiter and (2) "
    "a string to be split",
    "Fn::Sub": "Fn::Sub needs a string as first argument, and an optional second argument to "
    "specify a mapping of values to replace in the string",
    "Ref": "every Ref object must have a single String value",
}

SUBSTITUTION = re.compile(r"\$\{([^!{}]+)\}")


class Resolver:
    """Resolves values of one stack, so that resources of the local cloud find each other.

    Args:
        exports: The values that other stacks offer, by name.
        parameters: The values of the stack's parameters.
        place: Where the stack is deployed.
    """

    def __init__(
        self, stack: Stack, exports: Mapping[str, Any], parameters: Parameters, place: Place
    ) -> None:
        self.place = place
        self._stack = stack
        self._exports = exports
        self._parameters = parameters
        self._following: list[str] = []  # what refers to what, on the way to a value
        self._nested: dict[str, Resolver] = {}  # by the logical id of the nested stack
        # Of a nested stack: what the one around it gives for its parameters.
        self._outer: Resolver | None = None
        self._passed: Mapping[str, Any] = {}
        self._pseudo: dict[str, Any] = {
            "AWS::AccountId": place.account_id,
            "AWS::NoValue": None,
            "AWS::NotificationARNs": [],
            "AWS::Partition": place.partition,
            "AWS::Region": place.region,
            "AWS::StackId": place.arn("cloudformation", f"stack/{stack.name}/local"),
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": place.url_suffix,
        }

    @property
    def stack_name(self) -> str:
        return self._stack.name

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            resolved = [self.resolve(part) for part in value]
            # Only AWS::NoValue gives None, and takes itself out of a list.
            return [part for part in resolved if part is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in FUNCTIONS:
                return self._call(name, argument)
            if name.startswith("Fn::"):
                return self._unknown(name)
        properties = {key: self.resolve(part) for key, part in value.items()}
        return {key: part for key, part in properties.items() if part is not None}

    def _call(self, name: str, argument: Any) -> Any:
        """Raises `AssemblyError` for an argument of another form than the function's."""
        try:
            return FUNCTIONS[name](self, argument)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            form = FORMS.get(name, f"the argument of {name} is not as expected")
            raise AssemblyError(f"Template error: {form}") from error

    def nest(self, name: str, inner: "Resolver", passed: Mapping[str, Any]) -> None:
        """`inner` is that of the nested stack `name`, which gets `passed` for its parameters."""
        self._nested[name] = inner
        inner._outer, inner._passed = self, passed

    def text(self, value: Any) -> str:
        """A value where CloudFormation wants a string."""
        resolved = self.resolve(value)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        if isinstance(resolved, list):
            return ",".join(self.text(part) for part in resolved)
        return "" if resolved is None else str(resolved)

    def choose(self, value: Any) -> Any:
        """`value` as it is, or what its Fn::If chooses: for what is read part by part."""
        while isinstance(value, dict) and list(value) == ["Fn::If"]:
            value = self._branch(value["Fn::If"])
        return None if value == {"Ref": "AWS::NoValue"} else value

    def function_name(self, logical_id: str) -> str:
        """The explicit name, else one made from the path in the app."""
        given = self._stack.template.resources[logical_id].properties.get("FunctionName")
        if given is not None and (name := self.text(given)):
            return name
        if self._stack.from_template:
            return make_up_name(self._stack.name, logical_id)
        path = self._stack.construct_paths.get(logical_id)
        return "-".join(path_parts(path)) if path else f"{self._stack.name}-{logical_id}"

    def short_name(self, logical_id: str) -> str:
        """The last part of the path in the app that says something, else the logical id."""
        return path_parts(self._stack.construct_paths.get(logical_id, logical_id))[-1]

    def holds(self, condition: Any) -> bool:
        """Whether a condition is true: its name, or what defines it."""
        if isinstance(condition, str):
            if condition not in self._stack.template.conditions:
                raise AssemblyError(f"Template error: Unresolved condition dependency {condition}")
            with self._follow(f"condition {condition}"):
                return self.holds(self._stack.template.conditions[condition])
        if not isinstance(condition, dict) or len(condition.keys() & CONDITIONS.keys()) != 1:
            raise AssemblyError(f"Template error: {condition!r} is not a condition of the template")
        [(name, argument)] = condition.items()
        try:
            return CONDITIONS[name](self, argument)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            form = f"the argument of {name} is not as expected"
            raise AssemblyError(f"Template error: {form}") from error

    # What a subclass resolves in another way.

    def _unknown(self, what: str, _needs: str = "") -> str:
        return placeholder(what)

    def _refer(self, name: str, resource: Resource) -> Any:
        return REFERENCES.get(resource.type, own_name)(self, name, resource)

    def _attribute(self, name: str, attribute: str, resource: Resource) -> Any:
        if name in self._nested and attribute.startswith(OUTPUTS):
            return self._nested_output(name, attribute.removeprefix(OUTPUTS))
        found = ATTRIBUTES.get((resource.type, attribute))
        return found(self, name, resource) if found else self._unknown(f"{name}.{attribute}")

    def _nested_output(self, name: str, output: str) -> Any:
        inner = self._nested[name]
        found = inner._stack.template.outputs.get(output)
        return self._read_of(inner, found.value) if found else self._unknown(f"{name}.{output}")

    def _read_of(self, other: "Resolver", value: Any) -> Any:
        """A value of another stack: a nested one, or the one around."""
        return other.resolve(value)

    def _imported(self, name: str) -> Any:
        return self._exports[name] if name in self._exports else self._unknown(name)

    # The intrinsic functions.

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._stack.template.parameters:
            return self._parameter(name)
        resource = self._stack.template.resources.get(name)
        if resource is None:
            return self._unknown(name)
        with self._follow(name):
            return self._refer(name, resource)

    def _parameter(self, name: str) -> Any:
        if self._outer and name in self._passed and not self._parameters.is_given(name):
            return self._parameters.parse(name, self._read_of(self._outer, self._passed[name]))
        value = self._parameters.value(name)
        return self._unknown(name, self._parameters.describe(name)) if value is None else value

    def _get_att(self, argument: str | list[Any]) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        attribute = self.text(attribute)
        resource = self._stack.template.resources.get(name)
        if resource is None:
            return self._unknown(f"{name}.{attribute}")
        with self._follow(name):
            return self._attribute(name, attribute, resource)

    @contextmanager
    def _follow(self, name: str) -> Iterator[None]:
        """Raises `AssemblyError` where `name` is followed already: CloudFormation refuses that."""
        if name in self._following:
            circle = " -> ".join([*self._following[self._following.index(name) :], name])
            stack = self._stack.name
            raise AssemblyError(f"Circular dependency between resources of stack {stack}: {circle}")
        self._following.append(name)
        try:
            yield
        finally:
            self._following.pop()

    def _import_value(self, argument: Any) -> Any:
        return self._imported(self.text(argument))

    def _join(self, argument: Any) -> str:
        separator, values = argument
        return str(separator).join(self.text(value) for value in self.resolve(values))

    def _select(self, argument: Any) -> Any:
        index, values = argument[0], self.resolve(argument[1])
        try:
            return values[int(self.text(index))]
        except (IndexError, TypeError, ValueError):
            return self._unknown("Fn::Select")

    def _split(self, argument: Any) -> list[str]:
        separator, value = argument
        return self.text(value).split(str(separator))

    def _sub(self, argument: Any) -> str:
        pattern, own = (argument, {}) if isinstance(argument, str) else argument

        def value_of(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return self.text(own[name])
            return self.text({"Fn::GetAtt": name} if "." in name else {"Ref": name})

        # ${!name} is how a template writes a literal ${name}.
        return SUBSTITUTION.sub(value_of, pattern).replace("${!", "${")

    def _if(self, argument: list[Any]) -> Any:
        return self.resolve(self._branch(argument))

    def _branch(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return then if self.holds(condition) else otherwise

    def _find_in_map(self, argument: list[Any]) -> Any:
        table, first, second, *default = argument
        name, row_name, key = (self.text(one) for one in (table, first, second))
        row = self._stack.template.mappings.get(name, {}).get(row_name, {})
        if key in row:
            return row[key]
        if default and "DefaultValue" in default[0]:
            return self.resolve(default[0]["DefaultValue"])
        # CloudFormation refuses it: "Unable to get mapping for NAME::ROW::KEY".
        where = f"{name}::{row_name}::{key}"
        return self._unknown(where, f"the mapping {where}, which the template does not have")

    def _base64(self, argument: Any) -> str:
        return b64encode(self.text(argument).encode()).decode()

    def _length(self, argument: Any) -> int:
        return len(self.resolve(argument))

    def _to_json(self, argument: Any) -> str:
        return json.dumps(self.resolve(argument), separators=(",", ":"))


FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": lambda resolver, argument: resolver._ref(argument),
    "Fn::Base64": Resolver._base64,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::If": Resolver._if,
    "Fn::ImportValue": Resolver._import_value,
    "Fn::Join": Resolver._join,
    "Fn::Length": Resolver._length,
    "Fn::Select": Resolver._select,
    "Fn::Split": Resolver._split,
    "Fn::Sub": Resolver._sub,
    "Fn::ToJsonString": Resolver._to_json,
}

ResolvedStacks = Sequence[tuple[Stack, Resolver]]


def placeholder(what: str) -> str:
    return f"<{what}: known after deployment>"


def _all(resolver: Resolver, conditions: list[Any]) -> bool:
    return all(resolver.holds(one) for one in conditions)


def _any(resolver: Resolver, conditions: list[Any]) -> bool:
    return any(resolver.holds(one) for one in conditions)


def _not(resolver: Resolver, conditions: list[Any]) -> bool:
    return not resolver.holds(conditions[0])


def _equals(resolver: Resolver, values: list[Any]) -> bool:
    return resolver.text(values[0]) == resolver.text(values[1])


def _contains(resolver: Resolver, values: list[Any]) -> bool:
    return resolver.text(values[1]) in map(str, resolver.resolve(values[0]))


CONDITIONS: Mapping[str, Callable[[Resolver, Any], bool]] = {
    "Condition": Resolver.holds,
    "Fn::And": _all,
    "Fn::Contains": _contains,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _any,
}
