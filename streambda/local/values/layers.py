"""Layers that only AWS has: `--layer ARN=FOLDER`, or a zip, which take their place here."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.layer_names import is_layer

# "ARN=FOLDER" or "ARN=ZIP", several of them, or folders and zips by ARN.
LayerOption = str | Iterable[str] | Mapping[str, str | Path] | None


def parse_layers(option: LayerOption) -> Mapping[str, Path]:
    """Folders and zips by ARN, or by a part of it: see `is_layer`.

    Raises `LocalCloudError` for a text without a path, and for a path that is not there.
    """
    if isinstance(option, Mapping):
        pairs: Iterable[tuple[str, str | Path]] = option.items()
    else:
        texts = (option,) if isinstance(option, str) else option or ()
        pairs = (_split(text) for text in texts)
    return {name: _check_path(name, Path(path)) for name, path in pairs}


def _split(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not name or not equals or not path:
        raise LocalCloudError(f"--layer {text}: expected ARN=FOLDER or ARN=ZIP")
    return name, path


def _check_path(name: str, path: Path) -> Path:
    if not path.exists():
        raise LocalCloudError(f"--layer {name}: there is no {path}, expected a folder or a zip")
    if path.is_file() and not zipfile.is_zipfile(path):
        raise LocalCloudError(f"--layer {name}: {path} is not a zip, expected a folder or a zip")
    return path.absolute()


def check_names(given: Mapping[str, Path], functions: Iterable[LocalFunction]) -> None:
    """Raises `LocalCloudError` for a layer that no function has."""
    known = {arn for function in functions for arn in function.layer_arns}
    for name in given:
        if not any(is_layer(name, arn) for arn in known):
            expected = ", ".join(sorted(known)) or "none: no function has any layer"
            raise LocalCloudError(f"--layer {name}: no function has it, expected {expected}")
