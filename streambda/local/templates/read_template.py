"""Reads a template file with its nested stacks: the `Stack` that a CDK app would have made."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Output, Parameter, Resource, Stack, Template
from streambda.local.assembly.parameters import Parameters
from streambda.local.model.constants import REGION
from streambda.local.model.errors import NOT_AS_EXPECTED, AssemblyError
from streambda.local.model.given_values import GivenValues
from streambda.local.model.one_line import describe_error
from streambda.local.model.place import Place
from streambda.local.templates.budget import Budget
from streambda.local.templates.checks import (
    check_build_methods,
    check_modes,
    check_template,
    check_types,
)
from streambda.local.templates.documents import read_document
from streambda.local.templates.esbuild import BundleFolder, bundle_functions
from streambda.local.templates.gaps import Gaps
from streambda.local.templates.includes import Includes
from streambda.local.templates.local_files import LocalFiles
from streambda.local.templates.other_tools import BUILT_BY_SAM, PACKAGE_IT, PACKAGES_OF
from streambda.local.templates.sam import SamTranslation, is_sam

# What CloudFormation lets a stack be called.
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
# Keys of a serverless.yml of any name, which is not a template.
SERVERLESS_KEYS = frozenset({"provider", "service"})
# Folders in which tools put what they have built: the app's is the one around.
BUILD_FOLDERS = frozenset({BUILT_BY_SAM, PACKAGES_OF, "build", "dist"})

Document = dict[str, Any]
Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nesting:
    """Where a template is: the name of its stack, its file, and the files around.

    `budget` is that of all of them.
    """

    name: str
    path: Path
    budget: Budget
    around: tuple[Path, ...] = ()
    bundles: BundleFolder | None = None


def read_template(
    path: Path,
    given: GivenValues,
    name: str | None = None,
    bundles: BundleFolder | None = None,
) -> Stack:
    """Args:
        name: The stack's; by default that of its folder.
        bundles: Without it, code that esbuild bundles is as it lies in its folder.

    Raises `AssemblyError`, with one line.
    """
    at = _Nesting(
        name=name or name_stack(path), path=path.absolute(), budget=Budget(), bundles=bundles
    )
    try:
        return _read(at, given)
    except AssemblyError:
        raise
    except NOT_AS_EXPECTED as error:
        raise AssemblyError(f"{path} is not as expected: {describe_error(error)}") from error


def name_stack(path: Path) -> str:
    """After the folder that the template's app is in."""
    folder = path.absolute().parent
    while folder.name in BUILD_FOLDERS:
        folder = folder.parent
    name = NOT_IN_NAMES.sub("-", folder.name).strip("-")
    return name if name[:1].isalpha() else f"app-{name}".rstrip("-")


def _read(at: _Nesting, given: GivenValues) -> Stack:
    duplicates: list[str] = []
    document = read_document(at.path, duplicates)
    at.budget.take_values(document)
    resources = document.get("Resources")
    if resources is None and document.keys() >= SERVERLESS_KEYS:
        raise AssemblyError(f"{at.path} is of the Serverless Framework: {PACKAGE_IT}")
    if "Transform" not in document and (not isinstance(resources, dict) or not resources):
        raise AssemblyError(f"{at.path}: At least one Resources member must be defined.")
    gaps = Gaps(resources if isinstance(resources, dict) else {})
    for line in duplicates:
        gaps.add(at.path.name, line)
    for section in [name for name, one in document.items() if one is None]:
        del document[section]
        gaps.add(section, f"[/{section}] 'null' values are not allowed in templates")
    try:
        early = _EarlyValues(at.name, document, given, gaps)
        document = early.keep_valid(document)
        document = Includes(at.path, gaps, early.text, at.budget).expand(document)
        document = {**document, "Resources": _keep_resources(document.get("Resources"), gaps)}
        files = LocalFiles(at.path, gaps, early.text)
        check_build_methods(document, at.path, gaps)
        document = files.follow_metadata(document)
        if at.bundles and BUILT_BY_SAM not in at.path.parts:
            document = bundle_functions(document, at.path.parent, early.text, gaps, at.bundles)
        nested = _read_nested(files.list_nested(document), at, given, gaps)
        document = files.replace_paths(document)
        check_modes(document, gaps)
        translated = is_sam(document)
        if translated:
            translation = SamTranslation(gaps, early.parameters, early.place.region)
            document = translation.translate(document)
        check_types(document, gaps, translated=translated)
        check_template(document, gaps)
    except AssemblyError as error:
        raise AssemblyError(f"{at.path}: {error}") from error
    document = _with_bodies(document, files.assets, gaps)
    stack = Stack(
        name=at.name,
        template=_make_template(document, gaps),
        construct_paths={},
        assets={key: path for key, path in files.assets.items() if path.exists()},
        from_template=True,
        nested=nested,
    )
    return replace(stack, gaps=tuple(gaps))


class _EarlyValues:
    """Texts of values before the translation, as far as parameters and mappings say them."""

    def __init__(self, name: str, document: Document, given: GivenValues, gaps: Gaps) -> None:
        sections = {key: document.get(key) for key in ("Conditions", "Mappings", "Parameters")}
        template = self._template = _make_template(sections, gaps)
        own = {
            key.rpartition(":")[2]: value
            for key, value in sorted(given.parameters.items(), key=lambda item: ":" in item[0])
            if key.rpartition(":")[0] in {"", name}
        }
        known = {key: value for key, value in own.items() if key in template.parameters}
        self.place = Place(region=given.region or REGION)
        self.parameters: Mapping[str, str] = known
        stack = Stack(name=name, template=template, construct_paths={}, assets={})
        values = Parameters(template.parameters, known)
        self._resolver = Resolver(stack, {}, values, self.place)

    def keep_valid(self, document: Document) -> Document:
        """`document` with what of these sections is as expected: SAM wants all of it to be."""
        known: dict[str, Mapping[str, Any]] = {
            "Mappings": self._template.mappings,
            "Parameters": self._template.parameters,
        }
        kept = {
            section: {name: one for name, one in document[section].items() if name in names}
            for section, names in known.items()
            if isinstance(document.get(section), dict)
        }
        rest = {name: one for name, one in document.items() if name not in known}
        return rest | {section: items for section, items in kept.items() if items}

    def text(self, value: Any) -> str:
        try:
            return self._resolver.text(value)
        except NOT_AS_EXPECTED:
            return ""


def _keep_resources(resources: Any, gaps: Gaps) -> Document:
    if not isinstance(resources, dict):
        raise AssemblyError("At least one Resources member must be defined.")
    kept = {}
    for logical_id, resource in resources.items():
        if not isinstance(resource, dict):
            gaps.add(logical_id, "it is not an object; in YAML this may be its indentation")
        elif not isinstance(resource.get("Type"), str):
            gaps.add(logical_id, "Every Resources object must contain a Type member.")
        else:
            kept[logical_id] = resource
    return kept


def _read_nested(
    paths: Mapping[str, Path], at: _Nesting, given: GivenValues, gaps: Gaps
) -> dict[str, Stack]:
    nested = {}
    around = (*at.around, at.path.resolve())
    for logical_id, path in paths.items():
        if path.is_dir():
            gaps.add(logical_id, f"its template {path} is a folder, expected a file")
        elif path.resolve() in around:
            gaps.add(logical_id, f"its template {path} is part of itself")
        else:
            inner = replace(at, name=f"{at.name}-{logical_id}", path=path, around=around)
            try:
                at.budget.take_file()
                nested[logical_id] = _read(inner, given)
            except AssemblyError as error:
                gaps.add(logical_id, str(error))
    return nested


def _with_bodies(document: Document, assets: Mapping[str, Path], gaps: Gaps) -> Document:
    """OpenAPI documents that are files here, in the place of their addresses."""
    resources = {}
    for logical_id, resource in document["Resources"].items():
        properties = resource.get("Properties")
        location = properties.get("BodyS3Location") if isinstance(properties, dict) else None
        path = assets.get(str(location.get("Key"))) if isinstance(location, dict) else None
        if path is not None and path.exists():
            try:
                body = read_document(path)
                resource = {**resource, "Properties": {**properties, "Body": body}}
            except AssemblyError as error:
                gaps.add(logical_id, str(error))
        resources[logical_id] = resource
    return {**document, "Resources": resources}


def _make_template(document: Document, gaps: Gaps) -> Template:
    """What of each section is as expected."""
    return Template.model_construct(
        resources=dict(_validate("Resources", document, Resource, gaps)),
        outputs=dict(_validate("Outputs", document, Output, gaps)),
        parameters=dict(_validate("Parameters", document, Parameter, gaps)),
        conditions=dict(_list_section("Conditions", document, gaps)),
        mappings={
            name: rows
            for name, rows in _list_section("Mappings", document, gaps)
            if _is_table(name, rows, gaps)
        },
    )


def _list_section(name: str, document: Document, gaps: Gaps) -> Iterator[tuple[str, Any]]:
    section = document.get(name) or {}
    if isinstance(section, dict):
        yield from section.items()
    else:
        gaps.add(name, "it is not an object: it is left out")


def _validate(
    section: str, document: Document, model: type[Item], gaps: Gaps
) -> Iterator[tuple[str, Item]]:
    for name, item in _list_section(section, document, gaps):
        try:
            yield name, model.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join([section, name, *(str(part) for part in first["loc"])])
            gaps.add(name if section == "Resources" else section, f"{where}: {first['msg']}")


def _is_table(name: str, rows: Any, gaps: Gaps) -> bool:
    if isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values()):
        return True
    gaps.add("Mappings", f"{name} is not as expected: Every Mappings member must be a map")
    return False
