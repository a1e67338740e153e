"""The environment variables of functions, and which of them are known only after deployment.

Other resources of a template only have to find each other, and so may have any name. Variables are
for handlers: what a handler asks AWS for must be what is deployed. So a variable is made of what
the template states, of parameters, and of a deployed stack. Whatever is missing is named.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streambda.local.assembly import physical_names
from streambda.local.assembly.intrinsics import OUTPUTS, Resolver, placeholder
from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.assembly.parameters import Parameters
from streambda.local.model.constants import ACCOUNT_ID
from streambda.local.model.deployed_stack import DeployedStack
from streambda.local.model.place import Place

# CloudFormation puts the value of a secret or of an SSM parameter in its place.
DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")

ACCOUNT = "AWS::AccountId"
MADE_UP_IDS = ("AWS::AccountId", "AWS::StackId")

# These run here, under a name that this machine's endpoints know.
LOCAL_TYPES = frozenset({"AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::Lambda::Version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """The value of a function's variable, perhaps with gaps."""

    value: str
    needs: tuple[str, ...] = ()  # what is known only after deployment


class VariableResolver(Resolver):
    """Args:
    exports: As for `Resolver`, or `Variable`s.
    deployed: The stack as it is deployed, if that is known.
    account_known: Whether the account of `place` is not made up.
    """

    def __init__(
        self,
        stack: Stack,
        exports: Mapping[str, Any],
        parameters: Parameters,
        place: Place,
        deployed: DeployedStack | None = None,
        *,
        account_known: bool = True,
    ) -> None:
        super().__init__(stack, exports, parameters, place)
        self._deployed = deployed
        self._gaps: list[tuple[str, str]] = []  # what is missing, and the text in its place
        self._account_known = account_known
        if deployed:
            self._pseudo |= {"AWS::StackId": deployed.stack_id, "AWS::StackName": deployed.name}
        self._outputs = match_outputs(stack, deployed) if deployed else {}

    def read(self, value: Any) -> Variable | None:
        """None where CloudFormation sets no variable."""
        # A nested stack may ask this one while it reads a value of its own.
        before, self._gaps = self._gaps, []
        try:
            return self._read(value)
        finally:
            self._gaps = before

    def _read(self, value: Any) -> Variable | None:
        resolved = self.resolve(value)
        if resolved is None:
            return None
        text = self.text(resolved)
        references = DYNAMIC_REFERENCE.findall(text)
        # Of a reference that has a gap itself, only the reference is named.
        inside = "".join(references)
        if self._holds_made_up_account(value):
            self._gaps.append((ACCOUNT, ""))
        needs = [needed for needed, shown in self._gaps if not shown or shown not in inside]
        return Variable(value=text, needs=tuple(dict.fromkeys([*needs, *references])))

    def _read_of(self, other: Resolver, value: Any) -> Any:
        assert isinstance(other, VariableResolver), "stacks are nested with those of their kind"
        variable = other.read(value)
        return None if variable is None else self._take(variable)

    def _take(self, variable: Variable) -> str:
        """The value of another stack's variable, with what it needs."""
        self._gaps.extend((needed, "") for needed in variable.needs)
        return variable.value

    def _holds_made_up_account(self, value: Any) -> bool:
        """An app that asks for the developer's account has got this one into its texts."""
        known = self._account_known and self.place.account_id == ACCOUNT_ID
        return not known and ACCOUNT_ID in json.dumps(value)

    def resolve(self, value: Any) -> Any:
        if self._outputs and isinstance(value, dict):
            output = self._outputs.get(_canonical(value))
            if output is not None:
                return output
        return super().resolve(value)

    def _unknown(self, what: str, needs: str = "") -> str:
        """Args: `needs` describes more of it, for the list of what is missing."""
        self._gaps.append((needs or what, placeholder(what)))
        return placeholder(what)

    def _ref(self, name: str) -> Any:
        if name in MADE_UP_IDS and not self._known(name):
            self._gaps.append((name, ""))
        return super()._ref(name)

    def _known(self, name: str) -> bool:
        return self._account_known if name == ACCOUNT else self._deployed is not None

    def _refer(self, name: str, resource: Resource) -> Any:
        if (physical_id := self._physical_id(name, resource)) is not None:
            return physical_id
        if resource.type in LOCAL_TYPES:
            return super()._refer(name, resource)
        return self._unknown(name, f"{name} ({resource.type})")

    def _attribute(self, name: str, attribute: str, resource: Resource) -> Any:
        kind = (resource.type, attribute)
        if self._deployed:
            nested = self._deployed.nested_outputs.get(f"{name}.{attribute}")
            if nested is not None:
                return nested
        if name in self._nested and attribute.startswith(OUTPUTS):
            return self._nested_output(name, attribute.removeprefix(OUTPUTS))
        if kind in physical_names.SAME_AS_PROPERTY and attribute in resource.properties:
            return self.text(resource.properties[attribute])
        if (physical_id := self._physical_id(name, resource)) is not None:
            if kind in physical_names.ATTRIBUTES:
                return self._fill(physical_names.ATTRIBUTES[kind], physical_id)
            if resource.type in physical_names.PATHS and attribute == "Arn":
                return self._make_iam_arn(physical_id, resource)
        elif resource.type in LOCAL_TYPES and attribute == "Arn":
            return super()._attribute(name, attribute, resource)
        return self._unknown(f"{name}.{attribute}", f"{name}.{attribute} ({resource.type})")

    def _imported(self, name: str) -> Any:
        if name not in self._exports:
            return self._unknown(name, f"export {name}")
        value = self._exports[name]
        return self._take(value) if isinstance(value, Variable) else value

    def _physical_id(self, name: str, resource: Resource) -> str | None:
        """From the deployed stack, else from a name in the template."""
        if self._deployed and (found := self._deployed.resources.get(name)):
            return found.physical_id if found.type == resource.type else None
        if resource.type not in physical_names.NAMED:
            return None
        key, pattern = physical_names.NAMED[resource.type]
        given = self.text(resource.properties.get(key))
        return self._fill(pattern, given) if given else None

    def _fill(self, pattern: str, physical_id: str) -> str:
        if physical_names.needs_account(pattern) and not self._account_known:
            self._gaps.append((ACCOUNT, ""))
        return physical_names.fill(pattern, physical_id, self.place)

    def _make_iam_arn(self, name: str, resource: Resource) -> str:
        if not self._account_known:
            self._gaps.append((ACCOUNT, ""))
        path = self.text(resource.properties.get("Path", "/"))
        kind = physical_names.PATHS[resource.type]
        return physical_names.make_iam_arn(kind, path, name, self.place)


def match_outputs(stack: Stack, deployed: DeployedStack) -> dict[str, str]:
    """What an expression is worth, where an output of the deployed stack is that expression.

    So an attribute that does not follow from a name, such as a function URL, is known if the app
    has it as an output.
    """
    return {
        _canonical(output.value): deployed.outputs[name]
        for name, output in stack.template.outputs.items()
        if isinstance(output.value, dict) and name in deployed.outputs
    }


def _canonical(value: dict[str, Any]) -> str:
    # Fn::GetAtt is written in two ways.
    argument = value.get("Fn::GetAtt")
    if isinstance(argument, str):
        value = {"Fn::GetAtt": argument.split(".", 1)}
    return json.dumps(value, sort_keys=True)
