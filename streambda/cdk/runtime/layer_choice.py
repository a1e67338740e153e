"""Which Python layer is asked for, and the zip that it is: given, cached or built now."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from streambda.cdk.option_types import explain_mismatch
from streambda.cdk.runtime.managed_python import ManagedPython
from streambda.layer import (
    Architecture,
    LayerUnavailable,
    ensure_requested_layer,
    find_layer,
    make_request,
)
from streambda.layer.layer_info import LayerInfo, read_layer_info
from streambda.layer.recipe import recipe_folder
from streambda.layer.request import LayerRequest
from streambda.layer.sources.names import AUTO
from streambda.progress import report_progress

_TYPES = {
    "python": str | None,
    "source": str | None,
    "lock": str | Path | None,
    "fallback": str | None,
    "archive": str | Path | None,
}
# Context: the `fallback` of layers that have none of their own.
FALLBACK = "streambda:python-fallback"

_VERSIONS = ("python", "fallback")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChoice:
    """The options of `PythonLayer`, as given.

    Raises:
        TypeError: a value has a wrong type.
    """

    python: str | None = None
    source: str | None = None
    lock: str | Path | None = None
    fallback: str | None = None
    archive: str | Path | None = None

    def __post_init__(self) -> None:
        for name, type in _TYPES.items():
            value = getattr(self, name)
            if name in _VERSIONS and not isinstance(value, str | None):
                raise TypeError(f"{name} is {value!r}, expected a string such as '3.13'")
            if message := explain_mismatch(name, value, type):
                raise TypeError(message)

    def find_difference(self, other: "LayerChoice") -> str | None:
        """The first option that is set here, and is another in `other`."""
        return next(
            (
                f"{name} is {value!r}, not {getattr(other, name)!r}"
                for name in _TYPES
                if (value := getattr(self, name)) not in (None, getattr(other, name))
            ),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLayer:
    """`path` is None where there is no zip now; `info` then says what it would have.

    `wanted` is the Python that was asked for, None where any was right.
    """

    path: Path | None
    info: LayerInfo
    wanted: str | None


def find_zip(
    choice: LayerChoice, architecture: Architecture, fallback: str | None, *, build: bool
) -> FoundLayer:
    """The zip that is chosen, built now if `build` says so; `fallback` is where it names none.

    Raises:
        ValueError: there is no such version, source or archive, the archive is for another
            architecture or Python, or options exclude each other.
        streambda.layer.LayerUnavailable: no available source has the Python.
        streambda.layer.LayerError: the lock or the archive is not what it should be.
    """
    archive = _find_archive(choice)
    if archive is not None and zipfile.is_zipfile(archive):
        return _use_zip(choice, archive, architecture)
    request = _make_request(choice, archive, architecture, fallback)
    path = _build(request) if build else find_layer(recipe_folder(), request)
    if path is not None:
        return FoundLayer(path=path, info=read_layer_info(path), wanted=request.python)
    info = LayerInfo(
        python=request.python, version=None, source=None, architecture=request.architecture
    )
    return FoundLayer(path=None, info=info, wanted=request.python)


def _build(request: LayerRequest) -> Path:
    try:
        with report_progress() as report:
            return ensure_requested_layer(recipe_folder(), request, report)
    except LayerUnavailable as error:
        advice = [f"allow it for the whole app (-c {FALLBACK}={one})" for one in error.others]
        if error.python in ManagedPython.versions():
            advice.append(f"use runtime=ManagedPython({error.python!r}), which needs no layer")
        raise error.with_advice(*advice) from None


def _find_archive(choice: LayerChoice) -> Path | None:
    if choice.archive is None:
        return None
    path = Path(choice.archive).absolute()
    if not path.is_file():
        raise ValueError(
            f"archive is {str(choice.archive)!r}, expected a zip that `streambda layer build` has "
            f"made, or a release archive of python-build-standalone; there is no file {path}"
        )
    return path


def _use_zip(choice: LayerChoice, path: Path, architecture: Architecture) -> FoundLayer:
    for name in ("source", "lock", "fallback"):
        if getattr(choice, name) is not None:
            raise ValueError(f"archive and {name} are set, expected one of them: a zip is built")
    info = read_layer_info(path)
    if problem := info.find_mismatch(architecture, choice.python):
        raise ValueError(f"archive is {str(choice.archive)!r}, but {problem}")
    if info.python is None and choice.python is not None:
        info = LayerInfo(
            python=choice.python,
            version=info.version,
            source=info.source,
            architecture=info.architecture,
        )
    return FoundLayer(path=path, info=info, wanted=choice.python)


def _make_request(
    choice: LayerChoice, archive: Path | None, architecture: Architecture, fallback: str | None
) -> LayerRequest:
    lock = Path(choice.lock).absolute() if choice.lock is not None else None

    def request(fallback: str | None) -> LayerRequest:
        return make_request(
            architecture,
            source=choice.source or AUTO,
            python=choice.python,
            fallback=fallback,
            lock=lock,
            archive=archive,
        )

    asked = request(choice.fallback)
    # One for the whole app is for those layers that have another Python.
    if choice.fallback is None and archive is None and fallback not in (None, asked.python):
        return request(fallback)
    return asked
