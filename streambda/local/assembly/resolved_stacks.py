"""The stacks of an assembly with their resolvers: places, parameters, conditions and exports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Stack
from streambda.local.assembly.parameters import Parameters, match_parameters
from streambda.local.assembly.variables import VariableResolver
from streambda.local.model.constants import ACCOUNT_ID, REGION
from streambda.local.model.deployed_stack import DeployedStack
from streambda.local.model.given_values import GivenValues
from streambda.local.model.place import Place

VariableResolvers = Mapping[str, VariableResolver]  # by the stack's name


def resolve_stacks(
    stacks: Sequence[Stack], given: GivenValues
) -> tuple[ResolvedStacks, VariableResolvers]:
    """Raises `AssemblyError` for a parameter that no template has or allows."""
    deployed = match_deployed(stacks, given.deployed)
    parameters = match_parameters(stacks, given.parameters)
    exports: dict[str, Any] = {}
    values: dict[str, Any] = {
        name: value for one in given.deployed for name, value in one.exports.items()
    }
    resolved: list[tuple[Stack, Resolver]] = []
    variables: dict[str, VariableResolver] = {}
    # Stacks come in the order of their dependencies, so that an export is there before its import.
    for whole in stacks:
        own = deployed.get(whole.name)
        chosen = Parameters(
            whole.template.parameters, parameters[whole.name], own.parameters if own else None
        )
        place = find_place(whole, own, given)
        stack = drop_unmet(whole, Resolver(whole, exports, chosen, place))
        resolver = Resolver(stack, exports, chosen, place)
        known = place.account_id != ACCOUNT_ID or bool(given.deployed)
        reader = VariableResolver(stack, values, chosen, place, own, account_known=known)
        resolved.append((stack, resolver))
        variables[stack.name] = reader
        for output in stack.template.outputs.values():
            if output.export:
                name = resolver.text(output.export.name)
                exports[name] = resolver.resolve(output.value)
                values.setdefault(name, reader.read(output.value))
    return resolved, variables


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
    resources = {
        name: one
        for name, one in template.resources.items()
        if one.condition is None or resolver.holds(one.condition)
    }
    outputs = {
        name: one
        for name, one in template.outputs.items()
        if one.condition is None or resolver.holds(one.condition)
    }
    update = {"resources": resources, "outputs": outputs}
    return replace(stack, template=template.model_copy(update=update))
