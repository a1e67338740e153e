"""What other tools must know of the zips: manifest.json beside them.

It holds no time and no path of this machine: the same input gives the same bytes.
"""

import hashlib
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from streambda import __version__
from streambda.bundle.sizes import LAMBDA_DIRECT_UPLOAD_BYTES, format_size

FORMAT = 1  # raised when a field changes its meaning


@dataclass(frozen=True, slots=True)
class ZipFile:
    """`file` is beside the manifest. `code_sha256` is Lambda's CodeSha256, in base64."""

    file: str
    sha256: str
    code_sha256: str
    zipped_bytes: int
    unzipped_bytes: int

    @classmethod
    def read(cls, path: Path) -> "ZipFile":
        digest = hashlib.sha256(path.read_bytes())
        with zipfile.ZipFile(path) as packed:
            unzipped = sum(one.file_size for one in packed.infolist())
        return cls(
            file=path.name,
            sha256=digest.hexdigest(),
            code_sha256=b64encode(digest.digest()).decode(),
            zipped_bytes=path.stat().st_size,
            unzipped_bytes=unzipped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`hash` depends on what the zip is made from, and on neither a zlib nor a compiler.

    `environment` are the variables that the function must have; `python` is what it is compiled
    for, None where that is not known.
    """

    zip: ZipFile
    hash: str
    handler: str
    runtime: str
    architectures: list[str]
    environment: dict[str, str]
    python: str | None
    compiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    zip: ZipFile
    python: str | None
    description: str
    compatible_architectures: list[str]
    compatible_runtimes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    function: Function
    layer: Layer | None

    def describe(self) -> Iterator[str]:
        """A line for each zip, for people."""
        for one in (self.function, self.layer):
            if one is not None:
                zipped, unzipped = one.zip.zipped_bytes, one.zip.unzipped_bytes
                yield f"{one.zip.file}: {format_size(zipped)}, {format_size(unzipped)} unzipped"
                if zipped > LAMBDA_DIRECT_UPLOAD_BYTES:
                    most = format_size(LAMBDA_DIRECT_UPLOAD_BYTES)
                    yield f"{one.zip.file} has more than {most}: upload it by way of S3"

    def to_json(self) -> str:
        content = {
            "format": FORMAT,
            "streambda": __version__,
            "function": _flatten(self.function),
            "layer": _flatten(self.layer) if self.layer is not None else None,
        }
        return json.dumps(content, indent=2) + "\n"


def _flatten(one: Function | Layer) -> dict[str, object]:
    fields = asdict(one)
    return {**fields.pop("zip"), **fields}
