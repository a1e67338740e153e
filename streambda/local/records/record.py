"""One recorded invocation, and its form as a line of JSON. No I/O.

    {"version": 1, "request_id": …, "function": …, "endpoint": …, "started_at_ms": …,
     "masked": true, "event": {"text": …}, "status": …, "content_type": …,
     "prelude": {"at_ms": …, "text": …}, "chunks": [{"at_ms": …, "text": …}, …],
     "log": [{"at_ms": …, "text": …}, …], "end": {"at_ms": …, "outcome": …}}

Bytes that are UTF-8 are `text`, all others are `base64`. `at_ms` counts from the start of the
invocation. docs/record-and-replay.md describes every field.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

# What a record begins with, whether `encode_record` or json.dumps has written it.
BEGINNING = re.compile(rb'\s*\{"version": ?[0-9]')

# Of a long text, in characters: they are encoded within a millisecond.
PIECE_CHARS = 64 * 1024

_ENCODER = json.JSONEncoder(ensure_ascii=False)

Outcome = Literal["completed", "failed", "timed-out"]


class BadRecord(ValueError):
    """A line that is not a record."""


class CutRecord(BadRecord):
    """The beginning of a record: who wrote it was killed, or the disk was full."""


class _Value(BaseModel):
    # Unknown fields are refused: a field with a typing error would be lost without a word.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _encode(data: bytes) -> dict[str, Any]:
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode("ascii")}


class Content(_Value):
    """Bytes: `text` if they are UTF-8, else `base64`."""

    text: str | None = None
    base64: str | None = None

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls.model_construct(**_encode(data))

    @property
    def data(self) -> bytes:
        if self.text is not None:
            return self.text.encode("utf-8")
        return b64decode(self.base64 or "")

    @property
    def encoded(self) -> tuple[str, str]:
        """The name of the field that holds the bytes, and its value."""
        return ("text", self.text) if self.text is not None else ("base64", self.base64 or "")

    @field_validator("base64")
    @classmethod
    def _check_base64(cls, value: str | None) -> str | None:
        if value is not None:
            b64decode(value, validate=True)
        return value

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.text is None) == (self.base64 is None):
            raise ValueError("expected either text or base64")
        return self


class Chunk(Content):
    """Bytes that an endpoint read at one moment."""

    at_ms: float

    @classmethod
    def at(cls, at_ms: float, data: bytes) -> Self:
        # Not validated: this is done for every chunk of a stream.
        return cls.model_construct(at_ms=at_ms, **_encode(data))


class LoggedLine(_Value):
    at_ms: float
    text: str


class Omitted(_Value):
    """What came after a limit, and was only counted."""

    chunks: int = 0
    bytes: int = 0
    lines: int = 0


class End(_Value):
    """How the invocation ended; `code` and `details` are those of InvokeComplete."""

    at_ms: float
    outcome: Outcome
    code: str | None = None
    details: str | None = None


class InvocationRecord(_Value):
    """Args:
    endpoint: The kind of endpoint: function-url, rest-api or lambda-api; empty for a call from a
        program.
    started_at_ms: Since 1970.
    status: That the caller of a Function URL or a REST API got; None at other endpoints, and if
        the caller got none.
    content_type: Of the function's response; None if there was none.
    prelude: The JSON in front of an HTTP response's body, without the eight NUL bytes.
    masked: Whether secrets were replaced.
    """

    version: Literal[1] = 1
    request_id: str
    function: str
    endpoint: str = ""
    started_at_ms: int
    masked: bool = False
    event: Content
    status: int | None = None
    content_type: str | None = None
    prelude: Chunk | None = None
    chunks: tuple[Chunk, ...] = ()
    log: tuple[LoggedLine, ...] = ()
    omitted: Omitted | None = None
    end: End

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)


REASONS = {
    "json_invalid": "it is not JSON",
    "missing": "this field is missing",
    "extra_forbidden": "a record has no such field",
    "model_type": "expected an object",
}


def encode_record(record: InvocationRecord) -> bytes:
    """One line, with its end."""
    return b"".join(encode_pieces(record, record.chunks))


def encode_pieces(record: InvocationRecord, chunks: Iterable[Chunk]) -> Iterator[bytes]:
    """One line, with its end, in pieces of which none takes long.

    Args: `chunks` are in place of the record's own.
    """
    before = b"{"
    for name in InvocationRecord.model_fields:
        value = chunks if name == "chunks" else getattr(record, name)
        if value is None:
            continue
        yield before + b'"%s":' % name.encode()
        before = b","
        if name in {"chunks", "log"}:
            yield from _encode_list(value)
        else:
            yield from _encode_value(value)
    yield b"}\n"


def _encode_list(values: Iterable[Any]) -> Iterator[bytes]:
    before = b"["
    for value in values:
        yield before
        yield from _encode_value(value)
        before = b","
    yield b"]" if before == b"," else b"[]"


def _encode_value(value: Any) -> Iterator[bytes]:
    name, text = value.encoded if isinstance(value, Content) else ("", "")
    if len(text) <= PIECE_CHARS:
        yield _dump(value)
        return
    yield b'{"%s":"' % name.encode()
    for start in range(0, len(text), PIECE_CHARS):
        yield _dump(text[start : start + PIECE_CHARS])[1:-1]
    others = _dump(value.model_copy(update={name: None}))[1:]
    yield b'"' + others if others == b"}" else b'",' + others


def _dump(value: BaseModel | str | int) -> bytes:
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_none=True).encode("utf-8")
    return _ENCODER.encode(value).encode("utf-8")


def decode_record(line: bytes) -> InvocationRecord:
    """Raises BadRecord."""
    try:
        return InvocationRecord.model_validate_json(line)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    # Another version may have other fields: its number tells more than they do.
    first = next((one for one in errors if one["loc"] == ("version",)), errors[0])
    if first["type"] == "json_invalid" and BEGINNING.match(line):
        raise CutRecord("it is cut off")
    if first["loc"] == ("version",):
        raise BadRecord(f"its version is {first['input']!r}, expected 1")
    field = ".".join(map(str, first["loc"]))
    reason = REASONS.get(first["type"], first["msg"])
    raise BadRecord(f"{field}: {reason}" if field else reason)
