"""Reads an app's settings: cdk.json and cdk.context.json, and --context on the command line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streambda.local.model.errors import SynthesisError

CDK_JSON = "cdk.json"
CONTEXT_JSON = "cdk.context.json"
JSON_TYPES = {dict: "an object", list: "a list", str: "a string"}
# Of a wrong value in a message.
MOST_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Args: `include` and `exclude` are what `cdk watch` looks at; globs, relative to the app."""

    app: str | None
    context: Mapping[str, Any]
    include: tuple[str, ...]
    exclude: tuple[str, ...]


def read_settings(folder: Path) -> Settings:
    """Of the app in `folder`; a missing file counts as empty. Raises `SynthesisError`."""
    path = folder / CDK_JSON
    cdk = _read(path)
    watch = _check(path, "watch", cdk.get("watch", {}), dict)
    app = _check(path, "app", cdk.get("app"), str, list, type(None))
    return Settings(
        app=" ".join(map(str, app)) if isinstance(app, list) else app,
        # cdk.json wins, as in the CDK CLI: the other file has what the CLI has looked up itself.
        context=_read(folder / CONTEXT_JSON)
        | _check(path, "context", cdk.get("context", {}), dict),
        include=_globs(_check(path, "watch.include", watch.get("include", "**"), str, list)),
        exclude=_globs(_check(path, "watch.exclude", watch.get("exclude", []), str, list)),
    )


def parse_context(pairs: tuple[str, ...]) -> dict[str, str]:
    """`key=value`, as `cdk -c` takes them. Raises `SynthesisError`."""
    context = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise SynthesisError(f"--context is {pair!r}, expected KEY=VALUE")
        context[key] = value
    return context


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SynthesisError(f"cannot read {path}: {error}") from error
    if not isinstance(document, dict):
        raise SynthesisError(f"{path} is {_shorten(document)}, expected a JSON object")
    return document


def _check(path: Path, name: str, value: Any, *types: type) -> Any:
    """`value`, if it has one of the types. Raises `SynthesisError`."""
    if not isinstance(value, types):
        expected = " or ".join(JSON_TYPES[one] for one in types if one in JSON_TYPES)
        raise SynthesisError(f"{path}: {name} is {_shorten(value)}, expected {expected}")
    return value


def _shorten(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"


def _globs(value: str | list[Any]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))
