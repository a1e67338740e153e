"""Reads an app's settings: cdk.json and cdk.context.json, and --context on the command line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streambda.local.model.errors import SynthesisError

CDK_JSON = "cdk.json"
CONTEXT_JSON = "cdk.context.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Args: `include` and `exclude` are what `cdk watch` looks at; globs, relative to the app."""

    app: str | None
    context: Mapping[str, Any]
    include: tuple[str, ...]
    exclude: tuple[str, ...]


def read_settings(folder: Path) -> Settings:
    """Of the app in `folder`; a missing file counts as empty. Raises `SynthesisError`."""
    cdk = _read(folder / CDK_JSON)
    watch = cdk.get("watch", {})
    app = cdk.get("app")
    return Settings(
        app=" ".join(app) if isinstance(app, list) else app,
        # cdk.json wins, as in the CDK CLI: the other file has what the CLI has looked up itself.
        context=_read(folder / CONTEXT_JSON) | cdk.get("context", {}),
        include=_globs(watch.get("include", "**")),
        exclude=_globs(watch.get("exclude", ())),
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
        raise SynthesisError(f"{path} holds {type(document).__name__}, expected a JSON object")
    return document


def _globs(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
