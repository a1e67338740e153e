"""Events from JSON, and results to JSON as simplejson writes them for Lambda's own runtime.

That is not what `json` writes: a Decimal keeps its digits, a named tuple is an object, bytes
inside of a document are text. A result that is bytes is sent as it is.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# From Python 3.12 on, text beyond ASCII is not escaped.
FIRST_WITH_UTF8 = (3, 12)


def unmarshal(body: bytes) -> Any:
    """Raises `FunctionError`."""
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"Unable to unmarshal input: {error}"
        raise FunctionError("Runtime.UnmarshalError", message) from error


class Marshaller:
    def __init__(self, *, ascii_only: bool) -> None:
        self._ascii_only = ascii_only
        self._in_progress: set[int] = set()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Marshaller:
        """As in the runtime that AWS_EXECUTION_ENV names, such as "AWS_Lambda_python3.13"."""
        version = environ.get("AWS_EXECUTION_ENV", "").rpartition("python")[2]
        parts = tuple(int(part) for part in version.split(".") if part.isdecimal())
        return cls(ascii_only=parts < FIRST_WITH_UTF8)

    def marshal(self, result: object) -> tuple[bytes, str]:
        """The body and its content type. Raises `FunctionError`."""
        if isinstance(result, bytes):
            return result, "application/unknown"
        self._in_progress.clear()
        try:
            return self._to_json(result).encode(), "application/json"
        except Exception as error:  # whatever a user's object raises
            message = f"Unable to marshal response: {error}"
            raise FunctionError("Runtime.MarshalError", message) from error

    def _to_json(self, value: Any) -> str:
        if value is None or isinstance(value, (str, int, float)):
            return json.dumps(value, ensure_ascii=self._ascii_only)
        if isinstance(value, bytes):
            return self._to_json(value.decode())
        if isinstance(value, Decimal):
            return "NaN" if value.is_nan() else str(value)
        if id(value) in self._in_progress:
            raise ValueError("Circular reference detected")
        self._in_progress.add(id(value))
        try:
            return self._container_to_json(value)
        finally:
            self._in_progress.discard(id(value))

    def _container_to_json(self, value: Any) -> str:
        if not isinstance(value, type) and callable(as_dict := getattr(value, "_asdict", None)):
            value = as_dict()
        if isinstance(value, dict):
            return "{" + ", ".join(self._pairs_to_json(value)) + "}"
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(map(self._to_json, value)) + "]"
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    def _pairs_to_json(self, value: dict[Any, Any]) -> Iterator[str]:
        for key, inner in value.items():
            yield f"{self._key_to_json(key)}: {self._to_json(inner)}"

    def _key_to_json(self, key: object) -> str:
        if isinstance(key, (str, bytes)):
            return self._to_json(key)
        if key is None or isinstance(key, (int, float)):
            return f'"{json.dumps(key)}"'
        kinds = "str, int, float, bool or None"
        raise TypeError(f"keys must be {kinds}, not {type(key).__name__}")
