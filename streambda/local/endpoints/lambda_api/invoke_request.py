"""What a caller of Lambda's API asks for, read from its request. No I/O."""

import json
import re
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from streambda.local.http.headers import REQUEST_ID, RawHeaders
from streambda.local.http.request import HttpRequest
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.limits.limits import Limits
from streambda.local.model.function_names import find_version, qualify_arn
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode, fail_constraint

# TenantId in the service model of Lambda.
TENANT_ID = re.compile(r"[a-zA-Z0-9._:/=+\-@ ]{1,256}")


class InvocationType(StrEnum):
    """X-Amz-Invocation-Type."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"
    DRY_RUN = "DryRun"


class LogType(StrEnum):
    """X-Amz-Log-Type."""

    NONE = "None"
    TAIL = "Tail"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeRequest:
    """One call of an operation, checked."""

    function: LocalFunction
    qualifier: str | None
    version: str
    type: InvocationType
    log_type: LogType
    invocation: InvocationRequest

    @property
    def request_id_header(self) -> tuple[bytes, bytes]:
        return REQUEST_ID, self.invocation.request_id.encode()

    @property
    def headers(self) -> RawHeaders:
        """Those that every response has."""
        return [self.request_id_header, (b"x-amz-executed-version", self.version.encode())]


def read_invoke_request(
    request: HttpRequest,
    function: LocalFunction,
    types: Collection[InvocationType],
    limits: Limits,
    qualifier: str | None = None,
) -> InvokeRequest:
    """`types` are those that the operation serves, the usual one first. Raises `AwsError`."""
    invocation_type = request.header("x-amz-invocation-type") or next(iter(types))
    log_type = request.header("x-amz-log-type") or LogType.NONE
    check_value("invocationType", invocation_type, types)
    check_value("logType", log_type, tuple(LogType))
    if invocation_type == InvocationType.EVENT:
        check_async_size(len(request.body), limits.async_event)
    invocation = replace(
        request.to_invocation(qualify_arn(function, qualifier), read_event(request.body)),
        waits=invocation_type == InvocationType.EVENT,
        client_context=read_client_context(request.header("x-amz-client-context")),
        tenant_id=read_tenant_id(request.header("x-amz-tenant-id")),
    )
    return InvokeRequest(
        function=function,
        qualifier=qualifier,
        version=find_version(function, qualifier),
        type=InvocationType(invocation_type),
        log_type=LogType(log_type),
        invocation=invocation,
    )


def check_value(name: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise fail_constraint(name, value, f"satisfy enum value set: [{', '.join(allowed)}]")


def check_async_size(size: int, limit: int | None) -> None:
    if limit is not None and size > limit:
        message = f"{size} byte payload is too large for the Event invocation type"
        raise AwsError(ErrorCode.REQUEST_TOO_LARGE, f"{message} (limit {limit} bytes)")


def refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python's parser takes for JSON."""
    raise ValueError(f"Unrecognized token {name!r}")


DECODER = json.JSONDecoder(parse_constant=refuse_constant)


def check_json(data: bytes) -> None:
    """Raises `ValueError` and `RecursionError`."""
    DECODER.decode(data.decode(json.detect_encoding(data), "surrogatepass"))


def read_event(body: bytes) -> bytes:
    """An invocation without a payload has the empty object as its event."""
    try:
        check_json(body or b"{}")
    except (RecursionError, ValueError) as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error
    return body or b"{}"


def read_client_context(value: str | None) -> str | None:
    """X-Amz-Client-Context, which the runtime gets as JSON."""
    if value is None:
        return None
    try:
        return json.dumps(json.loads(b64decode(value, validate=True)))
    except (RecursionError, ValueError) as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error


def read_tenant_id(value: str | None) -> str | None:
    """X-Amz-Tenant-Id, which the runtime gets as it is."""
    if value is not None and not TENANT_ID.fullmatch(value):
        constraint = f"satisfy regular expression pattern: {TENANT_ID.pattern}"
        raise fail_constraint("tenantId", value, constraint)
    return value
