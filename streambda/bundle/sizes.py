"""How much of Lambda's limits the code of a function and its layers take.

Measured is what will be deployed, with bytecode and packages.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

# The code of a function with all its layers, unzipped ("250 MB"), and a zip that is uploaded
# directly ("50 MB"); the CDK uploads to S3.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_UNZIPPED_BYTES = 250 * 1024**2
LAMBDA_DIRECT_UPLOAD_BYTES = 50 * 1024**2

_LARGEST = 10
# What belongs to a package but is not called like it: "numpy.libs", "numpy-2.0.dist-info".
_BESIDE = re.compile(r"(?:\.libs|-[^-]+\.(?:dist-info|data))$")


def check_total(owner: str, code: Path, layers: Mapping[str, int]) -> None:
    """Check that `code`, a folder, and `layers`, their bytes by name, fit into a function.

    Raises:
        ValueError: they have more than 250 MB; the line names the largest packages.
    """
    total = sum(measure(code).values()) + sum(layers.values())
    if total > LAMBDA_UNZIPPED_BYTES:
        largest = Counter({**measure(code), **{f"layer {name}": layers[name] for name in layers}})
        named = ", ".join(
            f"{name} {format_size(size)}" for name, size in largest.most_common(_LARGEST)
        )
        raise ValueError(
            f"{owner} has {format_size(total)} of code and layers, unzipped, Lambda allows "
            f"{format_size(LAMBDA_UNZIPPED_BYTES)}; expected fewer or smaller packages. "
            f"The largest: {named}"
        )


# An asset's name has the hash of the content; functions share assets.
@lru_cache(maxsize=256)
def measure(asset: Path) -> Counter[str]:
    """Bytes of a folder or a zip, unzipped, by the package or the file of the user that has them.

    Each path is measured once: nothing may be written there afterwards.
    """
    sizes: Counter[str] = Counter()
    for name, size in _list_sizes(asset):
        sizes[_name_package(name, asset)] += size
    return sizes


def format_size(size: int) -> str:
    return f"{size / 1024**2:.0f} MB" if size >= 1024**2 else f"{size / 1024:.0f} KB"


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
