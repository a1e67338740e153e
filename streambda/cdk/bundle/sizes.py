"""Checks at synthesis that a function's code and layers are not too large for Lambda.

Measured is what the CDK has put into its output folder, with bytecode and packages.
"""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from streambda.cdk.quotas import LAMBDA_DIRECT_UPLOAD_BYTES, LAMBDA_UNZIPPED_BYTES
from streambda.layer.cache import cache_folder

_ASSET = re.compile(r"(?:^|/)([0-9a-f]{64})\.zip$")
_LARGEST = 10
_NOTE = "streambda:zip-size"
# What belongs to a package but is not called like it: "numpy.libs", "numpy-2.0.dist-info".
_BESIDE = re.compile(r"(?:\.libs|-[^-]+\.(?:dist-info|data))$")


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
    total = sum(_measure(code).values()) + sum(sizes.values())
    if total > LAMBDA_UNZIPPED_BYTES:
        raise ValueError(_format_excess(function, _measure(code), sizes, total))
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
    return sum(_measure(asset).values()) if asset is not None else 0


def _find_asset(owner: cdk.IResource, code: object) -> Path | None:
    """The file or folder that the CDK uploads; None for code that is elsewhere."""
    key = cdk.Stack.of(owner).resolve(code).get("s3Key")
    match = _ASSET.search(key) if isinstance(key, str) else None
    if match is None:
        return None
    folder = Path(cdk.Stage.of(owner).asset_outdir)  # type: ignore[union-attr]
    places = (folder / f"asset.{match[1]}", folder / f"asset.{match[1]}.zip")
    return next((place for place in places if place.exists()), None)


# The name has the hash of the content; functions share assets.
@lru_cache(maxsize=256)
def _measure(asset: Path) -> Counter[str]:
    """Bytes, unzipped, by the package or the file of the user that has them."""
    sizes: Counter[str] = Counter()
    for name, size in _list_sizes(asset):
        sizes[_name_package(name, asset)] += size
    return sizes


def _list_sizes(asset: Path) -> Iterator[tuple[str, int]]:
    if asset.is_file():
        with zipfile.ZipFile(asset) as packed:
            yield from ((info.filename, info.file_size) for info in packed.infolist())
    else:
        for path in asset.rglob("*"):
            if path.is_file():
                yield path.relative_to(asset).as_posix(), path.stat().st_size


def _name_package(name: str, asset: Path) -> str:
    first, _, rest = name.partition("/")
    second = rest.partition("/")[0]
    base = _BESIDE.sub("", first)
    if base != first or not rest:
        return base
    # A folder for several packages, as "google", has no __init__.py (PEP 420).
    is_shared = (asset / first / second).is_dir() and not (asset / first / "__init__.py").exists()
    return f"{first}/{second}" if is_shared else first


def _format_excess(
    function: lambda_.Function, code: Counter[str], layers: dict[str, int], total: int
) -> str:
    largest = Counter({**code, **{f"layer {id}": size for id, size in layers.items()}})
    named = ", ".join(f"{name} {_format(size)}" for name, size in largest.most_common(_LARGEST))
    return (
        f"{function.node.path} has {_format(total)} of code and layers, unzipped, Lambda allows "
        f"{_format(LAMBDA_UNZIPPED_BYTES)}; expected fewer or smaller packages. "
        f"The largest: {named}"
    )


def _note_zip(function: lambda_.Function, code: Path) -> None:
    if sum(_measure(code).values()) <= LAMBDA_DIRECT_UPLOAD_BYTES:
        return
    size = _measure_zip(code)
    if size > LAMBDA_DIRECT_UPLOAD_BYTES:
        note = (
            f"the zip of its code has about {_format(size)}. The CDK deploys it through S3; tools "
            f"that upload it directly may send {_format(LAMBDA_DIRECT_UPLOAD_BYTES)}. Cold starts "
            "take longer with a large zip"
        )
        cdk.Annotations.of(function).add_info_v2(_NOTE, note)


def _measure_zip(code: Path) -> int:
    """About as large as the zip; measured once for each content, for it takes seconds."""
    known = cache_folder() / "sizes" / code.name
    if known.is_file() and (text := known.read_text("utf-8")).isdigit():
        return int(text)
    size = sum(
        len(zlib.compress(path.read_bytes(), 1)) for path in code.rglob("*") if path.is_file()
    )
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(str(size), "utf-8")
    return size


def _format(size: int) -> str:
    return f"{size / 1024**2:.0f} MB" if size >= 1024**2 else f"{size / 1024:.0f} KB"
