"""Checks at synthesis that a function's code and layers are not too large for Lambda.

Measured is what the CDK has put into its output folder, with bytecode and packages.
"""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from streambda.bundle.sizes import (
    LAMBDA_DIRECT_UPLOAD_BYTES,
    check_total,
    format_size,
    measure,
)
from streambda.layer.cache import cache_folder

_ASSET = re.compile(r"(?:^|/)([0-9a-f]{64})\.zip$")
_NOTE = "streambda:zip-size"


def check_size(function: lambda_.Function, layers: Sequence[lambda_.ILayerVersion]) -> None:
    """Check the code of `function` together with its `layers`; note a zip of over 50 MB.

    Layers of which only the ARN is known count as nothing. Nothing is checked in a stack that the
    CDK does not need now, as in `cdk ls`.

    Raises:
        ValueError: they have more than 250 MB; the line names the largest packages.
    """
    if not cdk.Stack.of(function).bundling_required:
        return
    code = _find_code(function)
    if code is None:
        return
    sizes = {layer.node.id: _measure_layer(layer) for layer in layers}
    check_total(function.node.path, code, sizes)
    _note_zip(function, code)


def _find_code(function: lambda_.Function) -> Path | None:
    resource = function.node.default_child
    return (
        _find_asset(function, resource.code) if isinstance(resource, lambda_.CfnFunction) else None
    )


def _measure_layer(layer: lambda_.ILayerVersion) -> int:
    resource = layer.node.default_child
    if not isinstance(resource, lambda_.CfnLayerVersion):
        return 0
    asset = _find_asset(layer, resource.content)
    return sum(measure(asset).values()) if asset is not None else 0


def _find_asset(owner: cdk.IResource, code: object) -> Path | None:
    """The file or folder that the CDK uploads; None for code that is elsewhere."""
    key = cdk.Stack.of(owner).resolve(code).get("s3Key")
    match = _ASSET.search(key) if isinstance(key, str) else None
    if match is None:
        return None
    folder = Path(cdk.Stage.of(owner).asset_outdir)  # type: ignore[union-attr]
    places = (folder / f"asset.{match[1]}", folder / f"asset.{match[1]}.zip")
    return next((place for place in places if place.exists()), None)


def _note_zip(function: lambda_.Function, code: Path) -> None:
    if sum(measure(code).values()) <= LAMBDA_DIRECT_UPLOAD_BYTES:
        return
    size = _measure_zip(code)
    if size > LAMBDA_DIRECT_UPLOAD_BYTES:
        note = (
            f"the zip of its code has about {format_size(size)}. The CDK deploys it through S3; "
            f"tools that upload it directly may send {format_size(LAMBDA_DIRECT_UPLOAD_BYTES)}. "
            "Cold starts take longer with a large zip"
        )
        cdk.Annotations.of(function).add_info_v2(_NOTE, note)


def _measure_zip(code: Path) -> int:
    """About as large as the zip; measured once for each content, for it takes seconds."""
    if code.is_file():
        return code.stat().st_size
    known = cache_folder() / "sizes" / code.name
    if known.is_file() and (text := known.read_text("utf-8")).isdigit():
        return int(text)
    size = sum(
        len(zlib.compress(path.read_bytes(), 1)) for path in code.rglob("*") if path.is_file()
    )
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(str(size), "utf-8")
    return size
