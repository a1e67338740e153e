"""What CloudFormation would refuse of a template, and nobody would find otherwise.

The words are CloudFormation's where it has some.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streambda.local.assembly.intrinsics import CONDITIONS, FUNCTIONS
from streambda.local.templates.esbuild import is_bundled
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.local_files import find_common
from streambda.local.templates.other_tools import BUILT_BY_SAM

# "${Name}" and "${Name.Attribute}", but not "${!Literal}".
SUBSTITUTION = re.compile(r"\$\{([^!{}]+)\}")

# They are not resolved here: what they stand for is known only on AWS, and has a placeholder.
ONLY_ON_AWS = frozenset(
    {"Fn::Cidr", "Fn::GetAZs", "Fn::GetStackOutput", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"}
)
BOOTSTRAP = "bootstrap"
KNOWN = frozenset({*FUNCTIONS, *CONDITIONS, *ONLY_ON_AWS, "Fn::EachMemberEquals", "Fn::Transform"})


def check_template(document: Mapping[str, Any], gaps: Gaps) -> None:
    """Adds to `gaps`: functions that do not exist, and references to nothing."""
    parameters = document.get("Parameters")
    known = {*document["Resources"], *(parameters if isinstance(parameters, dict) else ())}
    for logical_id, resource in document["Resources"].items():
        functions, names = set(), set()
        for name, argument in _walk(resource.get("Properties"), resource):
            if name not in KNOWN and name != "Ref":
                functions.add(name)
            names |= set(_list_references(name, argument))
        for name in sorted(functions):
            gaps.add(logical_id, f"{name} is no function of CloudFormation: its value is not known")
        missing = sorted(one for one in names - known if not one.startswith("AWS::"))
        if missing:
            where = "in the Resources block of the template"
            gaps.add(logical_id, f"Unresolved resource dependencies [{', '.join(missing)}] {where}")


def check_build_methods(document: Mapping[str, Any], path: Path, gaps: Gaps) -> None:
    """Adds to `gaps` code that only `sam build` makes: of Go, of Rust, of layers."""
    if BUILT_BY_SAM in path.parts:
        return
    common = find_common(document)
    for logical_id, resource in document["Resources"].items():
        metadata = resource.get("Metadata")
        if is_bundled(resource) or not isinstance(metadata, dict):
            continue
        method = metadata.get("BuildMethod")
        if method and not _is_built(common, resource, path.parent):
            advice = f"run `sam build`, and pass {BUILT_BY_SAM}/build/template.yaml"
            gaps.add(logical_id, f"its BuildMethod {method} is not run here: {advice}")


def _is_built(common: Mapping[str, Any], resource: Mapping[str, Any], folder: Path) -> bool:
    """Whether somebody has built it in its place, as with `go build`, or has zipped it."""
    properties = resource.get("Properties")
    code = {**common, **properties}.get("CodeUri") if isinstance(properties, dict) else None
    if not isinstance(code, str):
        return False
    return (folder / code).is_file() or (folder / code / BOOTSTRAP).is_file()


def _walk(*values: Any) -> Iterator[tuple[str, Any]]:
    """Every intrinsic function with its argument."""
    stack = list(values[:1])
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += value
        elif isinstance(value, dict):
            if len(value) == 1:
                [(name, argument)] = value.items()
                if name == "Ref" or name.startswith("Fn::"):
                    yield name, argument
            stack += value.values()


def _list_references(name: str, argument: Any) -> Iterator[str]:
    if name == "Ref" and isinstance(argument, str):
        yield argument
    elif name == "Fn::GetAtt":
        parts = argument.split(".") if isinstance(argument, str) else argument
        if isinstance(parts, list) and parts and isinstance(parts[0], str):
            yield parts[0]
    elif name == "Fn::Sub":
        pattern, own = argument, {}
        if isinstance(argument, list) and len(argument) == 2:
            pattern, own = argument
        if isinstance(pattern, str) and isinstance(own, dict):
            for found in SUBSTITUTION.findall(pattern):
                if found.strip() not in own:
                    yield found.strip().split(".")[0]
