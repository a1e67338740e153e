"""What a template names by a path: code, layers, OpenAPI documents, templates of nested stacks.

`sam deploy` and `aws cloudformation package` upload these, and put addresses in S3 in their place.
So does this, with keys that exist only here: the translation of SAM takes nothing else.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streambda.local.templates.gaps import Gaps
from streambda.local.templates.includes import is_remote
from streambda.local.templates.loops import TextOf

BUCKET = "streambda-local"

# Types of SAM -> their properties that may be paths. A text takes the place of a text.
SAM_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
}

# Types of CloudFormation -> the property, and the names of bucket and key in its object.
PROPERTIES: Mapping[str, tuple[str, str, str]] = {
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Bucket", "Key"),
    "AWS::Lambda::Function": ("Code", "S3Bucket", "S3Key"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Bucket", "S3Key"),
}

# Functions that name no code: `sam deploy` uploads the folder of the template, and so does
# `aws cloudformation package`.
WHOLE_FOLDER: Mapping[str, str] = {
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::Function": "CodeUri",
}
CODE = frozenset({"Code", "CodeUri", "ImageUri", "InlineCode", "PackageType"})

# Types of nested stacks -> the property that is the address of the template.
NESTED: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

ASSET_PATH, ASSET_PROPERTY = "aws:asset:path", "aws:asset:property"


class LocalFiles:
    """Args:
    path: The template's file; paths in it are relative to its folder.
    text: Gives the text of a value.
    """

    def __init__(self, path: Path, gaps: Gaps, text: TextOf) -> None:
        self._folder = path.parent
        self._gaps = gaps
        self._text = text
        self.assets: dict[str, Path] = {}  # by S3 key
        self._common_code: frozenset[str] = frozenset()  # what Globals say of code

    def follow_metadata(self, document: dict[str, Any]) -> dict[str, Any]:
        """What the CDK writes beside each asset, so that tools find it: paths in `cdk.out`."""
        resources = {
            logical_id: self._follow_metadata(resource)
            for logical_id, resource in document["Resources"].items()
        }
        return {**document, "Resources": resources}

    def _follow_metadata(self, resource: dict[str, Any]) -> dict[str, Any]:
        metadata, properties = resource.get("Metadata"), resource.get("Properties")
        if not isinstance(metadata, dict) or not isinstance(properties, dict):
            return resource
        path, name = metadata.get(ASSET_PATH), metadata.get(ASSET_PROPERTY)
        if not isinstance(path, str) or name not in properties:
            return resource
        return {**resource, "Properties": {**properties, name: path}}

    def replace_paths(self, document: dict[str, Any]) -> dict[str, Any]:
        """`document` with addresses in place of paths; what does not exist is a gap."""
        found = {**document}
        self._common_code = CODE & find_common(document).keys()
        resources = {
            logical_id: self._replace_in_resource(logical_id, resource)
            for logical_id, resource in document["Resources"].items()
        }
        found["Resources"] = resources
        if function := find_common(document):
            changed = self._replace_texts("Globals", function, ("CodeUri",))
            found["Globals"] = {**document["Globals"], "Function": changed}
        return found

    def list_nested(self, document: Mapping[str, Any]) -> dict[str, Path]:
        """The template of each nested stack that is a file here, by logical id."""
        found = {}
        for logical_id, resource in document["Resources"].items():
            name = NESTED.get(resource.get("Type", ""))
            properties = resource.get("Properties")
            if name is None or not isinstance(properties, dict):
                continue
            address = properties.get(name)
            if isinstance(address, dict) and "ApplicationId" in address:
                self._gaps.add(logical_id, "the Serverless Application Repository is not here")
            elif path := self._find(logical_id, name, address):
                found[logical_id] = path
        return found

    def _replace_in_resource(self, logical_id: str, resource: Any) -> Any:
        kind, properties = resource.get("Type", ""), resource.get("Properties")
        if properties is None and kind in WHOLE_FOLDER:
            properties = {}
        if not isinstance(properties, dict):
            return resource
        if kind in WHOLE_FOLDER and not CODE & properties.keys() | self._common_code:
            properties = {**properties, WHOLE_FOLDER[kind]: "."}
        if kind in SAM_PROPERTIES:
            properties = self._replace_texts(logical_id, properties, SAM_PROPERTIES[kind])
        elif kind in PROPERTIES:
            properties = self._replace_object(logical_id, properties, *PROPERTIES[kind])
        return {**resource, "Properties": properties}

    def _replace_texts(
        self, logical_id: str, properties: dict[str, Any], names: tuple[str, ...]
    ) -> dict[str, Any]:
        found = {**properties}
        for name in names:
            if (value := properties.get(name)) is not None:
                key = self._make_key(logical_id, name, value, "Bucket", "Key")
                if key is not None:
                    found[name] = f"s3://{BUCKET}/{key}"
        return found

    def _replace_object(
        self, logical_id: str, properties: dict[str, Any], name: str, bucket: str, key_name: str
    ) -> dict[str, Any]:
        value = properties.get(name)
        if value is None or (isinstance(value, dict) and {"ZipFile", "ImageUri"} & value.keys()):
            return properties
        key = self._make_key(logical_id, name, value, bucket, key_name)
        if key is None:
            return properties
        return {**properties, name: {bucket: BUCKET, key_name: key}}

    def _make_key(
        self, logical_id: str, name: str, value: Any, bucket: str, key_name: str
    ) -> str | None:
        """The key of a file here; of one that is missing too, so that its resource is read."""
        if isinstance(value, dict) and bucket in value:
            # Packaged by another tool, which may have left the file beside the template.
            key = self._text(value.get(key_name))
            beside = self._folder / key.rpartition("/")[2]
            if beside.is_file():
                self.assets[key] = beside
                return key
            address = f"s3://{self._text(value[bucket])}/{key}"
            self._gaps.add(logical_id, describe_remote(name, address))
            return None
        path = self._find(logical_id, name, value)
        key = f"{len(self.assets)}"
        for known, other in self.assets.items():
            if other == path:
                return known
        self.assets[key] = path or self._folder / "missing" / key
        return key

    def _find(self, logical_id: str, name: str, value: Any) -> Path | None:
        address = self._text(value)
        if is_remote(address):
            self._gaps.add(logical_id, describe_remote(name, address))
            return None
        path = (self._folder / address).absolute()
        # Not of Path, which raises for some names. A device or a pipe might never end.
        found = os.path.isfile(path) or os.path.isdir(path)  # noqa: PTH112, PTH113
        if not address or not found:
            # The words of `sam package` and `aws cloudformation package`.
            self._gaps.add(
                logical_id,
                f"Parameter {name} of resource {logical_id} refers to a file or folder that does "
                f"not exist {path if address else json.dumps(value)}",
            )
            return None
        return Path(path)


def find_common(document: Mapping[str, Any]) -> dict[str, Any]:
    """What Globals say of functions."""
    sections = document.get("Globals")
    function = sections.get("Function") if isinstance(sections, dict) else None
    return function if isinstance(function, dict) else {}


def describe_remote(name: str, address: str) -> str:
    return f"{name} is {address}, which is only on AWS: give a folder or a zip of this machine"
