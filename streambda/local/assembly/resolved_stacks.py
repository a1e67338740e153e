"""The stacks of an assembly with their resolvers: places, parameters, conditions and exports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Output, Resource, Stack
from streambda.local.assembly.open_api import expand_open_apis
from streambda.local.assembly.parameters import Parameters, match_parameters
from streambda.local.assembly.variables import VariableResolver
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.constants import ACCOUNT_ID, REGION
from streambda.local.model.deployed_stack import DeployedStack
from streambda.local.model.errors import NOT_AS_EXPECTED, AssemblyError
from streambda.local.model.given_values import GivenValues
from streambda.local.model.place import Place

VariableResolvers = Mapping[str, VariableResolver]  # by the stack's name


def resolve_stacks(
    stacks: Sequence[Stack], given: GivenValues
) -> tuple[ResolvedStacks, VariableResolvers]:
    """With nested stacks, each behind the one around it.

    Raises `AssemblyError` for a parameter that no template has or allows.
    """
    everything = tuple(_flatten(stacks))
    tree = _StackTree(
        given,
        match_deployed(everything, given.deployed),
        match_parameters(everything, given.parameters),
    )
    # Stacks come in the order of their dependencies, so that an export is there before its import.
    for stack in stacks:
        tree.add(stack)
    return tree.resolved, tree.variables


def _flatten(stacks: Iterable[Stack]) -> Iterator[Stack]:
    for stack in stacks:
        yield stack
        yield from _flatten(stack.nested.values())


class _StackTree:
    """Stacks that are resolved, and what they offer each other."""

    def __init__(
        self,
        given: GivenValues,
        deployed: Mapping[str, DeployedStack],
        parameters: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.resolved: list[tuple[Stack, Resolver]] = []
        self.variables: dict[str, VariableResolver] = {}
        self._given = given
        self._deployed = deployed
        self._parameters = parameters
        self._exports: dict[str, Any] = {}
        self._values: dict[str, Any] = {
            name: value for one in given.deployed for name, value in one.exports.items()
        }

    def add(self, whole: Stack) -> None:
        self._read_exports(self._resolve(whole))

    def _resolve(self, whole: Stack, around: "_Around | None" = None) -> list[Stack]:
        """`whole` without what is not deployed, and its nested stacks."""
        own = self._deployed.get(whole.name)
        chosen = Parameters(
            whole.template.parameters,
            self._parameters[whole.name],
            own.parameters if own else None,
        )
        place = find_place(whole, own, self._given)
        first = Resolver(whole, self._exports, chosen, place)
        if around:
            around.resolver.nest(around.name, first, around.passed)
        stack = drop_unmet(whole, first)
        resolver = Resolver(stack, self._exports, chosen, place)
        known = place.account_id != ACCOUNT_ID or bool(self._given.deployed)
        reader = VariableResolver(stack, self._values, chosen, place, own, account_known=known)
        if around:
            around.resolver.nest(around.name, resolver, around.passed)
            around.reader.nest(around.name, reader, around.passed)
        stack = expand_open_apis(stack, resolver)
        self.resolved.append((stack, resolver))
        self.variables[stack.name] = reader
        found = [stack]
        for name, inner in stack.nested.items():
            if name in stack.template.resources:
                passed = _read_passed(stack, name, resolver)
                found += self._resolve(inner, _Around(resolver, reader, name, passed))
        return found

    def _read_exports(self, stacks: Iterable[Stack]) -> None:
        """When all that are nested in each other are resolved: they know each other's values."""
        resolvers = {stack.name: resolver for stack, resolver in self.resolved}
        for stack in stacks:
            for output in stack.template.outputs.values():
                try:
                    self._read_export(output, resolvers[stack.name], self.variables[stack.name])
                except NOT_AS_EXPECTED:
                    # Who imports it has a gap, and nobody else.
                    if not stack.from_template:
                        raise

    def _read_export(self, output: Output, resolver: Resolver, reader: VariableResolver) -> None:
        if output.export:
            name = resolver.text(output.export.name)
            self._exports[name] = resolver.resolve(output.value)
            self._values.setdefault(name, reader.read(output.value))


def _read_passed(stack: Stack, name: str, resolver: Resolver) -> Mapping[str, Any]:
    """What a nested stack gets for its parameters."""
    try:
        passed = resolver.choose(stack.template.resources[name].properties.get("Parameters"))
    except AssemblyError:
        if not stack.from_template:
            raise
        return {}  # the resource is a gap
    return passed if isinstance(passed, dict) else {}


@dataclass(frozen=True, slots=True)
class _Around:
    """The stack that another is nested in, under `name`, and what it gives for parameters."""

    resolver: Resolver
    reader: VariableResolver
    name: str
    passed: Mapping[str, Any]


def match_deployed(
    stacks: Sequence[Stack], deployed: Sequence[DeployedStack]
) -> Mapping[str, DeployedStack]:
    """By the name of the stack in the assembly: the one of the same name, else the most alike.

    A stack that is deployed under another name has the same resources: logical ids and types.
    """
    names = {stack.name for stack in stacks}
    found = {one.name: one for one in deployed if one.name in names}
    for one in deployed:
        free = [stack for stack in stacks if stack.name not in found]
        if one.name in names or not free:
            continue
        alike = max(free, key=lambda stack: count_shared(stack, one))
        if count_shared(alike, one):
            found[alike.name] = one
    return found


def count_shared(stack: Stack, deployed: DeployedStack) -> int:
    resources = stack.template.resources
    return sum(
        name in resources and resources[name].type == one.type
        for name, one in deployed.resources.items()
        if one.type != "AWS::CDK::Metadata"
    )


def find_place(stack: Stack, deployed: DeployedStack | None, given: GivenValues) -> Place:
    """What the app says counts first, then where it is deployed."""
    if deployed:
        region, account_id = deployed.place.region, deployed.place.account_id
    else:
        region = given.region or REGION
        account_id = given.deployed[0].place.account_id if given.deployed else ACCOUNT_ID
    # The one that the local cloud itself gives an app that asks for the developer's.
    stated = stack.account_id if stack.account_id != ACCOUNT_ID else None
    return Place(region=stack.region or region, account_id=stated or account_id)


def drop_unmet(stack: Stack, resolver: Resolver) -> Stack:
    """Without the resources and outputs whose condition is false: they are not deployed."""
    template = stack.template
    gaps: list[UnsupportedResource] = []

    def is_met(name: str, item: Resource | Output) -> bool:
        try:
            return item.condition is None or resolver.holds(item.condition)
        except AssemblyError as error:
            if not stack.from_template:
                raise
            kind = item.type if isinstance(item, Resource) else "output"
            gaps.append(UnsupportedResource(type=kind, name=name, reason=str(error), wrong=True))
            return False

    resources = {name: one for name, one in template.resources.items() if is_met(name, one)}
    outputs = {name: one for name, one in template.outputs.items() if is_met(name, one)}
    update = {"resources": resources, "outputs": outputs}
    return replace(stack, template=template.model_copy(update=update), gaps=(*stack.gaps, *gaps))
