"""The prelude: a streamed HTTP response's metadata in front of its body. No I/O.

The runtime sends one JSON object, eight NUL bytes, and then the body. Where chunks begin and end
means nothing: the delimiter is looked for in the byte stream.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8

# What a handler returns that does not stream, in words.
WHOLE = 'a whole response, {"statusCode": …}'

Pairs = tuple[tuple[str, str], ...]


class Defect(Enum):
    TOO_LONG = "too-long"
    NO_DELIMITER = "no-delimiter"
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    UNKNOWN_KEY = "unknown-key"
    BAD_STATUS = "bad-status"
    BAD_HEADERS = "bad-headers"
    BAD_MULTI_VALUE_HEADERS = "bad-multi-value-headers"
    BAD_COOKIES = "bad-cookies"


class PreludeError(Exception):
    def __init__(self, defect: Defect, message: str) -> None:
        super().__init__(message)
        self.defect = defect


@dataclass(frozen=True, slots=True, kw_only=True)
class Prelude:
    """A streamed response's metadata."""

    status: int = 200
    headers: Pairs = ()
    multi_value_headers: Pairs = ()  # one pair per value
    cookies: tuple[str, ...] = ()


class DocumentReader:
    """Is fed with the first bytes of a response until the JSON of its prelude is there.

    Args: `most_bytes` is where the delimiter must end, `Limits.prelude`; None means no limit.
    """

    def __init__(self, most_bytes: int | None) -> None:
        self._max_bytes = most_bytes
        self.document: bytes | None = None  # without the delimiter
        self.seen = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Takes bytes; returns those that belong to the body. Raises `PreludeError`."""
        if self.document is not None:
            return data
        # A delimiter that begins in what was seen before can reach back by seven bytes.
        start = max(0, len(self.seen) - len(DELIMITER) + 1)
        self.seen += data
        end = self.seen.find(DELIMITER, start, self._max_bytes)
        if end >= 0:
            self.document = bytes(self.seen[:end])
            return bytes(self.seen[end + len(DELIMITER) :])
        if self._max_bytes is not None and len(self.seen) >= self._max_bytes:
            message = f"no prelude: no 8 NUL bytes within the first {self._max_bytes} bytes"
            raise PreludeError(Defect.TOO_LONG, message)
        return b""


class PreludeReader:
    """Is fed with the first bytes of a response until `prelude` is there.

    Args: `most_bytes` is that of `DocumentReader`.
    """

    def __init__(self, most_bytes: int | None) -> None:
        self._document = DocumentReader(most_bytes)
        self.prelude: Prelude | None = None

    def feed(self, data: bytes) -> bytes:
        """Takes bytes; returns those that belong to the body. Raises `PreludeError`."""
        if self.prelude:
            return data
        body = self._document.feed(data)
        if self._document.document is not None:
            self.prelude = parse_prelude(self._document.document)
        return body

    def end(self) -> Prelude:
        """The prelude, when the response is over."""
        if self.prelude:
            return self.prelude
        seen = len(self._document.seen)
        what = "a prelude (status and headers as JSON, then 8 NUL bytes)"
        message = f"the response ended after {seen} bytes without {what}"
        if is_proxy_response(self._document.seen):
            message += f": it is {WHOLE}, of a handler that does not stream"
        raise PreludeError(Defect.NO_DELIMITER, message)


def is_prelude_type(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == CONTENT_TYPE


def is_proxy_response(payload: bytes | bytearray) -> bool:
    """Whether it is the JSON that a handler behind a buffered endpoint returns."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "statusCode" in value


def parse_prelude(document: bytes) -> Prelude:
    """Of the JSON in front of the delimiter. Raises `PreludeError`."""
    try:
        value = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise PreludeError(Defect.NOT_JSON, f"the metadata is not JSON: {error}") from error
    if not isinstance(value, dict):
        message = f"the metadata is a JSON {type(value).__name__}, expected an object"
        raise PreludeError(Defect.NOT_AN_OBJECT, message)
    if unknown := sorted(value.keys() - READERS.keys()):
        message = f"the metadata has a key {unknown[0]!r}, expected {', '.join(READERS)}"
        raise PreludeError(Defect.UNKNOWN_KEY, message)
    parts = [READERS[key](part) for key, part in value.items() if part is not None]
    return Prelude(**dict(parts))


def _status(value: Any) -> tuple[str, int]:
    # 1xx is not a final response.
    if type(value) is not int or not 200 <= value <= 599:
        message = f"statusCode is {value!r}, expected a number from 200 to 599"
        raise PreludeError(Defect.BAD_STATUS, message)
    return "status", value


def _headers(value: Any) -> tuple[str, Pairs]:
    # API Gateway answers 502 to a list of values here; these go to multiValueHeaders.
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        message = f"headers is {value!r}, expected an object of strings"
        raise PreludeError(Defect.BAD_HEADERS, message)
    return "headers", tuple(value.items())


def _multi_value_headers(value: Any) -> tuple[str, Pairs]:
    if not isinstance(value, dict) or not all(_is_strings(part) for part in value.values()):
        message = f"multiValueHeaders is {value!r}, expected an object of lists of strings"
        raise PreludeError(Defect.BAD_MULTI_VALUE_HEADERS, message)
    return "multi_value_headers", tuple((name, one) for name in value for one in value[name])


def _cookies(value: Any) -> tuple[str, tuple[str, ...]]:
    if not _is_strings(value):
        message = f"cookies is {value!r}, expected a list of strings"
        raise PreludeError(Defect.BAD_COOKIES, message)
    return "cookies", tuple(value)


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


# Every key of the metadata, and what it becomes.
READERS: Mapping[str, Callable[[Any], tuple[str, Any]]] = MappingProxyType(
    {
        "statusCode": _status,
        "headers": _headers,
        "multiValueHeaders": _multi_value_headers,
        "cookies": _cookies,
    }
)
