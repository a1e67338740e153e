"""Events from JSON, and results to JSON as simplejson writes them for Lambda's own runtime.

That is not what `json` writes: a Decimal keeps its digits, a named tuple is an object, bytes
inside of a document are text. A result that is bytes is sent as it is.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from streambda.local.managed_python.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# From Python 3.12 on, text beyond ASCII is not escaped.
FIRST_WITH_UTF8 = (3, 12)


def unmarshal(body: bytes) -> Any:
    """Raises `Fault`."""
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"Unable to unmarshal input: {error}"
        raise Fault("Runtime.UnmarshalError", message) from error


class Marshaller:
    def __init__(self, *, ascii_only: bool) -> None:
        self._ascii_only = ascii_only
        self._open: set[int] = set()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Marshaller:
        """As the managed runtime would that AWS_EXECUTION_ENV names, "AWS_Lambda_python3.13"."""
        version = environ.get("AWS_EXECUTION_ENV", "").rpartition("python")[2]
        parts = tuple(int(part) for part in version.split(".") if part.isdecimal())
        return cls(ascii_only=parts < FIRST_WITH_UTF8)

    def marshal(self, result: object) -> tuple[bytes, str]:
        """The body and its content type. Raises `Fault`."""
        if isinstance(result, bytes):
            return result, "application/unknown"
        self._open.clear()
        try:
            return self._text(result).encode(), "application/json"
        except Exception as error:  # also what a user's object raises
            message = f"Unable to marshal response: {error}"
            raise Fault("Runtime.MarshalError", message) from error

    def _text(self, value: Any) -> str:
        if value is None or isinstance(value, (str, int, float)):
            return json.dumps(value, ensure_ascii=self._ascii_only)
        if isinstance(value, bytes):
            return self._text(value.decode())
        if isinstance(value, Decimal):
            return "NaN" if value.is_nan() else str(value)
        if id(value) in self._open:
            raise ValueError("Circular reference detected")
        self._open.add(id(value))
        try:
            return self._container(value)
        finally:
            self._open.discard(id(value))

    def _container(self, value: Any) -> str:
        if not isinstance(value, type) and callable(as_dict := getattr(value, "_asdict", None)):
            value = as_dict()
        if isinstance(value, dict):
            return "{" + ", ".join(self._pairs(value)) + "}"
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(map(self._text, value)) + "]"
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    def _pairs(self, value: dict[Any, Any]) -> Iterator[str]:
        for key, inner in value.items():
            yield f"{self._key(key)}: {self._text(inner)}"

    def _key(self, key: object) -> str:
        if isinstance(key, (str, bytes)):
            return self._text(key)
        if key is None or isinstance(key, (int, float)):
            return f'"{json.dumps(key)}"'
        kinds = "str, int, float, bool or None"
        raise TypeError(f"keys must be {kinds}, not {type(key).__name__}")
