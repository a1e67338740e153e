"""Reads a synthesised CDK assembly: the functions, URLs and APIs that the local cloud runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from streambda.local.assembly.broken_resources import drop_broken
from streambda.local.assembly.functions import read_function_urls, read_functions
from streambda.local.assembly.http_apis import is_served, link_http_api, read_http_apis
from streambda.local.assembly.integrations import link_api
from streambda.local.assembly.intrinsics import ResolvedStacks
from streambda.local.assembly.invoke_permissions import find_missing_permissions
from streambda.local.assembly.manifest import ADVICE, Stack, read_stacks
from streambda.local.assembly.own_addresses import OwnAddresses
from streambda.local.assembly.resolved_stacks import VariableResolvers, resolve_stacks
from streambda.local.assembly.rest_apis import read_rest_apis
from streambda.local.assembly.stack_description import describe_stacks
from streambda.local.assembly.triggers import read_function_resources
from streambda.local.assembly.unsupported import (
    find_gaps_of_http_apis,
    find_namesakes,
    find_unsupported,
    keep_first,
)
from streambda.local.model.assembly import Assembly
from streambda.local.model.errors import NOT_AS_EXPECTED, AssemblyError
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.given_values import GivenValues
from streambda.local.model.one_line import describe_error
from streambda.local.model.triggers import EventInvokeConfig, EventSourceMapping, InvokePermission

NOTHING_GIVEN = GivenValues()


def read_assembly(folder: Path, given: GivenValues = NOTHING_GIVEN) -> Assembly:
    """Raises `AssemblyError`, with one line that says what to do."""
    return link_stacks(read_stacks(folder), given, f"a template in {folder}", f"; {ADVICE}")


def link_stacks(
    stacks: Sequence[Stack], given: GivenValues, source: str, advice: str = ""
) -> Assembly:
    """Their functions, URLs and APIs, which know each other.

    Raises `AssemblyError`; the message calls them `source`.
    """
    try:
        resolved, variables = resolve_stacks(stacks, given)
        return _read(drop_broken(resolved, variables), variables, given)
    except AssemblyError:
        raise
    except NOT_AS_EXPECTED as error:
        # A template is free-form: what is wrong with one shows where it is used.
        reason = describe_error(error)
        raise AssemblyError(f"{source} is not as expected: {reason}{advice}") from error


def list_regions(folder: Path) -> Mapping[str, str | None]:
    """By the name of the stack; None where the app leaves it open. Raises `AssemblyError`."""
    return {stack.name: stack.region for stack in read_stacks(folder)}


def _read(stacks: ResolvedStacks, variables: VariableResolvers, given: GivenValues) -> Assembly:
    all_functions = tuple(read_functions(stacks, variables, given.layers))
    functions = keep_first(all_functions)
    names = FunctionNames(functions)
    apis = tuple(
        link_api(api, names)
        for stack, resolver in stacks
        for api in read_rest_apis(stack, resolver)
    )
    http_apis = tuple(
        link_http_api(api, names)
        for stack, resolver in stacks
        for api in read_http_apis(stack, resolver)
    )
    urls = tuple(read_function_urls(stacks, names))
    own = OwnAddresses.find(stacks, urls, apis, http_apis)
    apis = tuple(map(own.link, apis))
    http_apis = tuple(map(own.link_http, http_apis))
    return Assembly(
        functions=functions,
        function_urls=urls,
        rest_apis=apis,
        http_apis=tuple(api for api in http_apis if is_served(api)),
        unsupported=(
            *find_unsupported(stacks, functions, urls, apis, http_apis),
            *find_gaps_of_http_apis(http_apis, names),
            *find_namesakes(all_functions),
            *find_missing_permissions(stacks),
        ),
        stacks=tuple(describe_stacks(stacks)),
        permissions=tuple(read_function_resources(InvokePermission, stacks, names)),
        event_sources=tuple(read_function_resources(EventSourceMapping, stacks, names)),
        event_invoke_configs=tuple(read_function_resources(EventInvokeConfig, stacks, names)),
    )
