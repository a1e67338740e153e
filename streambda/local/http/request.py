"""An HTTP request as the endpoints see it: read whole, with the headers that AWS adds."""

import re
import secrets
import time
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from streambda.local.http.protocol import SENT_NAMES
from streambda.local.invocation.stream import InvocationRequest

# Headers of which AWS goes on with what the client has sent.
TRACE = "x-amzn-trace-id"
FORWARDED = "x-forwarded-for"
CONTINUED = frozenset({TRACE, FORWARDED})

# The trace that a caller is already in, in its X-Amzn-Trace-Id.
TRACE_ROOT = re.compile(r"(?:^|;)\s*(Root=1-[0-9a-f]{8}-[0-9a-f]{24})\s*(?:;|$)")


class RequestTooLarge(Exception):
    """A request, or the event made of it, with more bytes than AWS takes."""


class ClientLeft(Exception):
    """The client closed its connection before it had sent all of its request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request with all of its body."""

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
    client_port: int = 0
    sent_names: Sequence[bytes] = ()  # of `headers`, as the client wrote them; () is the same
    aws_headers: Mapping[str, str] = field(default_factory=dict)  # those that AWS adds

    def to_invocation(self, function_arn: str, event: bytes) -> InvocationRequest:
        """The invocation that this request is for, with the same ids."""
        return InvocationRequest(
            request_id=self.request_id,
            function_arn=function_arn,
            event=event,
            trace_id=self.trace_id,
        )

    def header(self, name: str) -> str | None:
        for key, value in self.headers:
            if key == name:
                return value
        return None

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def time_epoch_ms(self) -> int:
        return int(self.time.timestamp() * 1000)

    @property
    def extended_request_id(self) -> str:
        """API Gateway's second id: 15 characters of base64, and an equals sign."""
        return b64encode(self.request_id.encode()[-11:]).decode("ascii")

    @property
    def domain_name(self) -> str:
        host = self.header("host") or "localhost"
        return host if host.endswith("]") else host.rpartition(":")[0] or host

    @property
    def clf_time(self) -> str:
        """As in the Common Log Format: 12/Mar/2020:19:03:58 +0000."""
        return _format_clf_time(self.time.replace(microsecond=0))


@lru_cache(maxsize=8)
def _format_clf_time(second: datetime) -> str:
    return f"{second:%d/%b/%Y:%H:%M:%S %z}"


async def read_request(scope: Scope, receive: Receive, limit: int | None) -> HttpRequest:
    """Raises `ClientLeft`, and `RequestTooLarge` beyond `limit` bytes of body, if not None."""
    client, port = scope.get("client") or ("127.0.0.1", 0)
    # The parser leaves the white space behind a value, which is not a part of it: RFC 9112, 5.1.
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1").strip(" \t"))
        for name, value in scope["headers"]
    )
    continued = group_values(pair for pair in headers if pair[0] in CONTINUED)
    trace_id = find_trace(continued.get(TRACE, ())) or new_trace_id()
    return HttpRequest(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("ascii"),
        path=scope["path"],
        query=scope["query_string"].decode("ascii"),
        headers=headers,
        sent_names=scope.get(SENT_NAMES, ()),
        body=await read_body(receive, limit),
        client=client,
        client_port=port,
        protocol=f"HTTP/{scope['http_version']}",
        request_id=str(uuid.uuid4()),
        trace_id=trace_id,
        time=datetime.now(UTC),
        aws_headers={
            TRACE: trace_id,
            FORWARDED: ", ".join([*continued.get(FORWARDED, ()), client]),
            "x-forwarded-port": str((scope.get("server") or ("", port))[1]),
            "x-forwarded-proto": scope["scheme"],
        },
    )


async def read_body(receive: Receive, limit: int | None) -> bytes:
    # Starlette's `Request` does this too, but its import takes a tenth of the local cloud's start.
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        check_size(len(body), limit)
        more = message.get("more_body", False)
    return bytes(body)


def check_size(size: int, limit: int | None) -> None:
    """Raises `RequestTooLarge`, in Lambda's words."""
    if limit is not None and size > limit:
        raise RequestTooLarge(
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        )


def find_trace(values: Iterable[str]) -> str | None:
    """Of the headers X-Amzn-Trace-Id: "Root=1-…", without what else they say."""
    return next((found[1] for value in values if (found := TRACE_ROOT.search(value))), None)


def new_trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def group_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Every value of every name, in order."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups
