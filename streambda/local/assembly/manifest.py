"""The documents of a CDK assembly, read from disk: manifest, templates, assets, metadata."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.errors import AssemblyError

# Versions of the cloud assembly's schema. What is read here has not changed since 36 (CDK 2.143)
# and is expected to stay; an assembly outside of this range is refused rather than misread.
MIN_SCHEMA = 36
MAX_SCHEMA = 99

ADVICE = "run `npx cdk synth` and pass the folder it writes, or pass --app COMMAND"

PATH_METADATA = "aws:cdk:path"
LOGICAL_ID_METADATA = "aws:cdk:logicalId"

NESTED_STACK = "AWS::CloudFormation::Stack"

# "aws://unknown-account/unknown-region" for a stack that is deployed wherever one wants.
ENVIRONMENT = re.compile(
    r"aws://(?:unknown-account|(?P<account>\d{12}))/(?:unknown-region|(?P<region>[a-z0-9-]+))"
)


# defer_build, and `model_construct` below: a model is built when a document is read, and those that
# are only part of others are not built for themselves. That would be done at every start.
class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)


class _Pascal(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, defer_build=True)


class MetadataEntry(_Camel):
    type: str
    data: Any = None


MetadataByPath = dict[str, list[MetadataEntry]]


class ArtifactProperties(_Camel):
    template_file: str | None = None
    stack_name: str | None = None
    file: str | None = None
    directory_name: str | None = None


class Artifact(_Camel):
    type: str
    environment: str | None = None  # of a stack: "aws://ACCOUNT/REGION"
    properties: ArtifactProperties = ArtifactProperties.model_construct()
    metadata: MetadataByPath = {}
    additional_metadata_file: str | None = None


class Manifest(_Camel):
    version: str
    artifacts: dict[str, Artifact] = {}


class AssetSource(_Camel):
    path: str | None = None


class FileDestination(_Camel):
    object_key: str


class FileAsset(_Camel):
    source: AssetSource
    destinations: dict[str, FileDestination] = {}


class AssetManifest(_Camel):
    files: dict[str, FileAsset] = {}


class ExtraMetadata(RootModel[MetadataByPath]):
    """Metadata in a file of its own, beside the template."""


class Resource(_Pascal):
    type: str
    properties: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    condition: str | None = None


class Export(_Pascal):
    name: Any


class Output(_Pascal):
    value: Any
    description: Any = None
    export: Export | None = None
    condition: str | None = None


class Parameter(_Pascal):
    type: str = "String"
    default: Any = None
    allowed_values: list[Any] | None = None
    allowed_pattern: str | None = None
    constraint_description: str | None = None
    max_length: Any = None
    max_value: Any = None
    min_length: Any = None
    min_value: Any = None
    no_echo: Any = None

    @property
    def is_secret(self) -> bool:
        return is_true(self.no_echo)


class Template(_Pascal):
    description: Any = None
    resources: dict[str, Resource] = {}
    outputs: dict[str, Output] = {}
    parameters: dict[str, Parameter] = {}
    conditions: dict[str, Any] = {}
    mappings: dict[str, dict[str, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Args:
    from_template: It is a template of its own, and no part of an assembly: its functions have the
        names that CloudFormation would make up, and what is wrong with one is a gap of that one.
    gaps: What of the template is not understood.
    nested: Its nested stacks, by logical id.
    """

    name: str
    template: Template
    construct_paths: Mapping[str, str]  # by logical id
    assets: Mapping[str, Path]  # by S3 key
    # None: the app leaves it open, and it is that of whoever deploys.
    region: str | None = None
    account_id: str | None = None
    from_template: bool = False
    gaps: tuple[UnsupportedResource, ...] = ()
    nested: Mapping[str, "Stack"] = field(default_factory=dict)

    def resources_of_type(self, name: str) -> Iterator[tuple[str, Resource]]:
        """With their logical ids; `name` as "AWS::Lambda::Function"."""
        for logical_id, resource in self.template.resources.items():
            if resource.type == name:
                yield logical_id, resource


Document = TypeVar("Document", bound=BaseModel)


def read_stacks(folder: Path) -> tuple[Stack, ...]:
    """Every stack of the assembly, with those of its stages. Raises `AssemblyError`."""
    if not (folder / "manifest.json").is_file():
        problem = f"there is no folder {folder}"
        if folder.exists():
            problem = f"{folder} is not a CDK assembly: it has no manifest.json"
        raise AssemblyError(f"{problem}: {ADVICE}, or a template")
    return tuple(_read_stacks(folder, ()))


def _read_stacks(folder: Path, around: tuple[Path, ...]) -> Iterator[Stack]:
    """`around` are the assemblies that this one is part of."""
    real = folder.resolve()
    if real in around:
        raise AssemblyError(f"{folder} is part of itself, expected no circular reference")
    manifest = read_json(folder / "manifest.json", Manifest)
    check_schema(manifest.version, folder)
    assets = _find_assets(folder, manifest)
    for name, artifact in manifest.artifacts.items():
        properties = artifact.properties
        if artifact.type == "aws:cloudformation:stack" and properties.template_file:
            template = read_json(folder / properties.template_file, Template)
            place = ENVIRONMENT.fullmatch(artifact.environment or "")
            stack = Stack(
                name=properties.stack_name or name,
                template=template,
                construct_paths=_read_construct_paths(folder, artifact, template),
                assets=assets,
                region=place["region"] if place else None,
                account_id=place["account"] if place else None,
            )
            yield _with_nested(stack, (folder / properties.template_file,))
        elif artifact.type == "cdk:cloud-assembly" and properties.directory_name:
            yield from _read_stacks(folder / properties.directory_name, (*around, real))


def _with_nested(stack: Stack, around: tuple[Path, ...]) -> Stack:
    """Nested stacks are in the place of the one around them; their templates are assets."""
    nested = {}
    for logical_id, resource in stack.resources_of_type(NESTED_STACK):
        path = _find_nested_template(stack, resource)
        if path is None:
            continue
        if path in around:
            raise AssemblyError(f"{path} is part of itself, expected no circular reference")
        template = read_json(path, Template)
        inner = replace(
            stack,
            name=f"{stack.name}-{logical_id}",
            template=template,
            construct_paths=dict(_list_template_paths(template)),
        )
        nested[logical_id] = _with_nested(inner, (*around, path))
    return replace(stack, nested=nested)


def _find_nested_template(stack: Stack, resource: Resource) -> Path | None:
    """The asset whose key is part of the address."""
    address = json.dumps(resource.properties.get("TemplateURL"))
    return next((path for key, path in stack.assets.items() if key in address), None)


def check_schema(version: str, folder: Path) -> None:
    major = version.partition(".")[0]
    if not major.isdecimal() or not MIN_SCHEMA <= int(major) <= MAX_SCHEMA:
        raise AssemblyError(
            f"{folder} has assembly schema version {version!r}, "
            f"supported are {MIN_SCHEMA} to {MAX_SCHEMA}: synthesise it with another aws-cdk-lib"
        )


def _find_assets(folder: Path, manifest: Manifest) -> dict[str, Path]:
    """Where each file asset is, by the S3 key that templates give it."""
    found: dict[str, Path] = {}
    for artifact in manifest.artifacts.values():
        if artifact.type != "cdk:asset-manifest" or not artifact.properties.file:
            continue
        assets = read_json(folder / artifact.properties.file, AssetManifest)
        for asset in assets.files.values():
            if asset.source.path is None:
                continue
            for destination in asset.destinations.values():
                found[destination.object_key] = folder / asset.source.path
    return found


def _read_construct_paths(folder: Path, artifact: Artifact, template: Template) -> dict[str, str]:
    """Paths in the app, by logical id.

    The CDK CLI asks for them in the template. An app that was synthesised without it has them in
    the manifest, or in a file of its own beside the template.
    """
    metadata = dict(artifact.metadata)
    if artifact.additional_metadata_file:
        metadata |= read_json(folder / artifact.additional_metadata_file, ExtraMetadata).root
    found = {
        entry.data: path
        for path, entries in metadata.items()
        for entry in entries
        if entry.type == LOGICAL_ID_METADATA and isinstance(entry.data, str)
    }
    return found | dict(_list_template_paths(template))


def _list_template_paths(template: Template) -> Iterator[tuple[str, str]]:
    for logical_id, resource in template.resources.items():
        if isinstance(path := resource.metadata.get(PATH_METADATA), str):
            yield logical_id, path


def read_json(path: Path, model: type[Document]) -> Document:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise AssemblyError(f"cannot read {path}: {error.strerror}; {ADVICE}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise AssemblyError(f"{path} is not as expected: {what}; {ADVICE}") from error


def is_true(value: Any) -> bool:
    """Templates write booleans as such and as text."""
    return value is True or str(value).lower() == "true"
