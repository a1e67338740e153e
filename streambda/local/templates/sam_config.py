"""samconfig.toml: the parameters, the stack's name and the region that `sam deploy` would use."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streambda.local.model.errors import AssemblyError, LocalCloudError

DEFAULT_ENVIRONMENT = "default"
# Where `sam deploy` looks, the last wins.
COMMANDS = ("global", "deploy")
KEY, VALUE = "ParameterKey", "ParameterValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamConfig:
    stack_name: str | None = None
    region: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, option: str | Path) -> "SamConfig":
        """FILE or FILE:ENVIRONMENT, such as "samconfig.toml:prod". Raises `LocalCloudError`."""
        path, environment = split_option(option)
        tables = _read_file(path)
        if environment not in tables:
            names = ", ".join(sorted(name for name, one in tables.items() if isinstance(one, dict)))
            raise LocalCloudError(
                f"--sam-config {path}: there is no environment {environment!r}, expected one of "
                f"{names or 'none'}"
            )
        values: dict[str, Any] = {}
        for command in COMMANDS:
            at = (environment, command, "parameters")
            values |= _find_table(path, tables, at)
        return cls(
            stack_name=_read_text(path, values, "stack_name"),
            region=_read_text(path, values, "region"),
            parameters=dict(_read_overrides(path, values.get("parameter_overrides"))),
        )


def split_option(option: str | Path) -> tuple[Path, str]:
    text = str(option)
    if not Path(text).is_file() and ":" in text:
        path, _, environment = text.rpartition(":")
        return Path(path), environment
    return Path(text), DEFAULT_ENVIRONMENT


def _read_file(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        if path.suffix in {".yaml", ".yml"}:
            from streambda.local.templates.documents import read_document

            return read_document(path)
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise LocalCloudError(
            f"--sam-config {path}: cannot be read: {error.strerror}, expected samconfig.toml"
        ) from error
    except (ValueError, RecursionError, AssemblyError) as error:
        raise LocalCloudError(f"--sam-config {path}: {' '.join(str(error).split())}") from error


def _find_table(path: Path, table: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """An empty one if it is not there. Raises `LocalCloudError`."""
    found: Any = table
    for count, name in enumerate(names, 1):
        found = found.get(name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            what = f"{'.'.join(names[:count])} is {type(found).__name__}"
            raise LocalCloudError(f"--sam-config {path}: {what}, expected a table")
    return dict(found)


def _read_text(path: Path, values: Mapping[str, Any], name: str) -> str | None:
    """Raises `LocalCloudError`."""
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    kind = type(value).__name__
    raise LocalCloudError(f"--sam-config {path}: {name} is {kind}, expected text")


def _read_overrides(path: Path, overrides: Any) -> Iterator[tuple[str, str]]:
    """ "A=1 B=2", a list of these, "ParameterKey=A,ParameterValue=1 …", or in YAML an object."""
    if isinstance(overrides, dict):
        yield from ((name, str(value)) for name, value in overrides.items())
        return
    texts = [overrides] if isinstance(overrides, str) else overrides or ()
    if not isinstance(texts, list | tuple):
        what = f"parameter_overrides is {type(texts).__name__}"
        raise LocalCloudError(f"--sam-config {path}: {what}, expected text: NAME=VALUE")
    for text in texts:
        if isinstance(text, dict):
            yield from _read_overrides(path, text)
            continue
        try:
            words = shlex.split(str(text))
        except ValueError as error:
            raise LocalCloudError(f"--sam-config {path}: parameter_overrides: {error}") from error
        for word in words:
            name, equals, value = word.partition("=")
            if name == KEY:
                name, _, value = value.partition(f",{VALUE}=")
            if not equals or not name:
                # Without the text: it may be a secret.
                raise LocalCloudError(
                    f"--sam-config {path}: parameter_overrides has {name!r}, expected NAME=VALUE"
                )
            yield name, value
