"""What both kinds of HTTP event have in common. No I/O."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from streambda.local.invocation.stream import InvocationRequest

# What AWS hands to a function as text; every other body is base64.
TEXT_TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/xml",
    }
)
TEXT_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One request as an endpoint has read it."""

    method: str
    raw_path: str  # as it was sent, percent-encoded
    path: str  # decoded
    query: str
    headers: tuple[tuple[str, str], ...]  # lower-case names
    body: bytes
    client: str
    protocol: str
    request_id: str
    trace_id: str
    time: datetime
    extra: Mapping[str, str] = field(default_factory=dict)  # headers that AWS adds

    def invocation(self, function_arn: str, event: bytes) -> InvocationRequest:
        """What is asked of the function, under this request's ids."""
        return InvocationRequest(
            request_id=self.request_id,
            function_arn=function_arn,
            event=event,
            trace_id=self.trace_id,
        )

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def all_headers(self) -> tuple[tuple[str, str], ...]:
        return (*self.headers, *self.extra.items())

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def time_epoch_ms(self) -> int:
        return int(self.time.timestamp() * 1000)

    @property
    def domain_name(self) -> str:
        host = self.header("host") or "localhost"
        return host if host.endswith("]") else host.rpartition(":")[0] or host

    @property
    def clf_time(self) -> str:
        """As in the Common Log Format: 12/Mar/2020:19:03:58 +0000."""
        return f"{self.time:%d/%b/%Y:%H:%M:%S %z}"


@dataclass(frozen=True, slots=True)
class EventBody:
    text: str | None
    is_base64: bool

    @classmethod
    def of(cls, call: HttpCall) -> "EventBody":
        if not call.body:
            return cls(None, False)
        if is_text(call.header("content-type")):
            try:
                return cls(call.body.decode(), False)
            except UnicodeDecodeError:
                pass  # a wrong label must not cost bytes
        return cls(b64encode(call.body).decode("ascii"), True)


def is_text(content_type: str | None) -> bool:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return (
        media_type.startswith("text/")
        or media_type in TEXT_TYPES
        or media_type.endswith(TEXT_SUFFIXES)
    )


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Every value of every name, in order."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
