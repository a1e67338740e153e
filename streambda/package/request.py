"""What `streambda package` is asked for."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from streambda.bundle.handler import check_handler
from streambda.bundle.managed_python import (
    MANAGED_PYTHONS,
    WRAPPER_PATH,
    WRAPPER_VARIABLE,
    choose_target,
)
from streambda.bundle.options import DEFAULTS, BundleOptions
from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.layer import Architecture

PROVIDED = "provided.al2023"
_MANAGED = {f"python{version}": version for version in MANAGED_PYTHONS}
RUNTIMES = (PROVIDED, *_MANAGED)

_ABOUT_BUILD = ("--source", "--locked", "--fallback", "--lock")
_PYTHON = re.compile(r"3\.(1[1-9]|[2-9]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChoice:
    """Which Python layer comes along: built as the options of `ensure_layer` say, or `archive`.

    With `wanted` False there is none; code is then for `python` where that is given.
    """

    wanted: bool = True
    python: str | None = None
    source: str | None = None
    fallback: str | None = None
    locked: bool = False
    lock: Path | None = None
    archive: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRequest:
    """Raises ValueError if there is no such folder, handler or runtime, or options contradict."""

    entry: Path
    handler: str
    out: Path
    architecture: Architecture = Architecture.ARM64
    runtime: str = PROVIDED
    layer: LayerChoice = field(default_factory=LayerChoice)
    options: BundleOptions = DEFAULTS
    compiled: bool = True

    def __post_init__(self) -> None:
        if not self.entry.is_dir():
            raise ValueError(f"SRC is {str(self.entry)!r}, expected a folder: there is none")
        if self.runtime not in RUNTIMES:
            raise ValueError(f"--runtime is {self.runtime!r}, expected {' or '.join(RUNTIMES)}")
        if self.out.resolve() == self.entry.resolve():
            raise ValueError(f"--out is {str(self.out)!r}, expected another folder than SRC")
        if self.out.exists() and not self.out.is_dir():
            raise ValueError(f"--out is {str(self.out)!r}, expected a folder: it is a file")
        self._check_layer()
        check_handler(self.entry, self.handler)

    @property
    def managed_python(self) -> str | None:
        """Of Lambda's own runtime, such as "3.13"; None for provided.al2023."""
        return _MANAGED.get(self.runtime)

    @property
    def environment(self) -> dict[str, str]:
        """The variables without which the function does not stream."""
        return {} if self.managed_python is None else {WRAPPER_VARIABLE: WRAPPER_PATH}

    def find_target(self, python: str | None) -> PackageTarget | NoPackageTarget:
        """What packages are installed for where the layer brings `python`."""
        if self.managed_python is not None:
            return choose_target(self.managed_python, self.architecture)
        if python is None:
            return NoPackageTarget(
                "it is not known for which Python, expected --python with --no-layer, or a --layer "
                "that was built by streambda"
            )
        return PackageTarget(python, self.architecture)

    def _check_layer(self) -> None:
        layer = self.layer
        given = {
            "--layer": layer.archive is not None,
            "--no-layer": not layer.wanted,
            "--source": layer.source is not None,
            "--locked": layer.locked,
            "--fallback": layer.fallback is not None,
            "--lock": layer.lock is not None,
            "--python": layer.python is not None,
        }
        names = [name for name, is_given in given.items() if is_given]
        if self.managed_python is not None and names:
            raise ValueError(f"{names[0]} is given, expected none with --runtime {self.runtime}")
        if layer.archive is not None and len(names) > 1:
            raise ValueError(f"--layer and {names[1]} are given, expected one of them")
        about_build = [name for name in names if name in _ABOUT_BUILD]
        if not layer.wanted and about_build:
            raise ValueError(f"--no-layer and {about_build[0]} are given, expected one of them")
        if layer.python is not None and not _PYTHON.fullmatch(layer.python):
            raise ValueError(f"--python is {layer.python!r}, expected 3.11 or newer, such as 3.13")
        if layer.archive is not None and not layer.archive.is_file():
            raise ValueError(f"--layer is {str(layer.archive)!r}, expected a zip: there is none")
