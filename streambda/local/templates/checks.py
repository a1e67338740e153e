"""Finds what CloudFormation would refuse in a template and nothing else here reports. No I/O.

The words are CloudFormation's where it has some.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streambda.local.assembly.intrinsics import CONDITIONS, FUNCTIONS
from streambda.local.templates.esbuild import is_bundled
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.includes import SAM
from streambda.local.templates.local_files import find_common
from streambda.local.templates.other_tools import BUILT_BY_SAM
from streambda.local.templates.sam import PREFIX

# "${Name}" and "${Name.Attribute}", but not "${!Literal}".
SUBSTITUTION = re.compile(r"\$\{([^!{}]+)\}")

# They are not resolved here: what they stand for is known only on AWS, and has a placeholder.
ONLY_ON_AWS = frozenset(
    {"Fn::Cidr", "Fn::GetAZs", "Fn::GetStackOutput", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"}
)
BOOTSTRAP = "bootstrap"
KNOWN = frozenset({*FUNCTIONS, *CONDITIONS, *ONLY_ON_AWS, "Fn::EachMemberEquals", "Fn::Transform"})

# The types of SAM, for a proposal: which of them are translated is up to aws-sam-translator.
SAM_TYPES = ("Api", "Application", "Function", "HttpApi", "LayerVersion", "SimpleTable")
# What decides whether a response streams. In an event of SAM the mode has another name.
TRANSFER_MODE = "ResponseTransferMode"
MODES = {
    "InvokeMode": ("BUFFERED", "RESPONSE_STREAM"),
    TRANSFER_MODE: ("BUFFERED", "STREAM"),
    "responseTransferMode": ("BUFFERED", "STREAM"),
}
EVENT_MODES = ("BUFFERED", "RESPONSE_STREAM")


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
            gaps.add(logical_id, f"{name} is not an intrinsic function: its value is not known")
        missing = sorted(one for one in names - known if not one.startswith("AWS::"))
        if missing:
            where = "in the Resources block of the template"
            gaps.add(logical_id, f"Unresolved resource dependencies [{', '.join(missing)}] {where}")


def check_types(document: Mapping[str, Any], gaps: Gaps, *, translated: bool) -> None:
    """Adds to `gaps` the types of SAM that no translation has replaced."""
    for logical_id, resource in document["Resources"].items():
        kind = resource["Type"]
        if kind.startswith(PREFIX):
            similar = difflib.get_close_matches(kind.removeprefix(PREFIX), SAM_TYPES, 1)
            advice = f"expected Transform: {SAM} in the template"
            if translated:
                advice = (
                    f"did you mean {PREFIX}{similar[0]}?" if similar else "expected a type of SAM"
                )
            gaps.add(logical_id, f"Unrecognized resource types: [{kind}]: {advice}")


def check_modes(document: Mapping[str, Any], gaps: Gaps) -> None:
    """Adds to `gaps` the modes that AWS does not have: without a word, nothing would stream."""
    sections = {**document["Resources"], "Globals": document.get("Globals")}
    for name, section in sections.items():
        for key, value, expected in _list_modes(section):
            if isinstance(value, str) and value not in expected:
                gaps.add(name, f"{key} is {value!r}, expected {' or '.join(expected)}")


def _list_modes(section: Any) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Every mode in a part of a template, with the values that it may have."""
    stack = [(section, False)]
    while stack:
        value, in_event = stack.pop()
        if isinstance(value, list):
            stack += [(one, in_event) for one in value]
        elif isinstance(value, dict):
            for key, one in value.items():
                if key in MODES:
                    yield key, one, EVENT_MODES if in_event else MODES[key]
                stack.append((one, in_event or key == "Events"))


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
