"""What a caller of Lambda's API asks for, read from its request. No I/O."""

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace

from streambda.local.http.request import HttpCall
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.limits.limits import Limits
from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# TenantId in the service model of Lambda.
TENANT_ID = re.compile(r"[a-zA-Z0-9._:/=+\-@ ]{1,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeCall:
    function: LocalFunction
    kind: str
    tail: bool
    request: InvocationRequest

    @property
    def headers(self) -> dict[str, str]:
        return {"x-amzn-requestid": self.request.request_id, "x-amz-executed-version": VERSION}


def read_invoke(
    call: HttpCall, function: LocalFunction, kinds: Sequence[str], limits: Limits
) -> InvokeCall:
    """`kinds` are the values of X-Amz-Invocation-Type that are served. Raises `AwsError`."""
    kind = call.header("x-amz-invocation-type") or "RequestResponse"
    log_type = call.header("x-amz-log-type") or "None"
    expect("X-Amz-Invocation-Type", kind, kinds)
    expect("X-Amz-Log-Type", log_type, ("None", "Tail"))
    if kind == "Event":
        check_async_size(len(call.body), limits.async_event)
    request = replace(
        call.invocation(function.arn, checked_event(call.body)),
        client_context=client_context(call.header("x-amz-client-context")),
        tenant_id=tenant_id(call.header("x-amz-tenant-id")),
    )
    return InvokeCall(function=function, kind=kind, tail=log_type == "Tail", request=request)


def check_async_size(size: int, limit: int | None) -> None:
    if limit is not None and size > limit:
        message = f"{size} byte payload is too large for the Event invocation type"
        raise AwsError(ErrorCode.REQUEST_TOO_LARGE, f"{message} (limit {limit} bytes)")


def tenant_id(value: str | None) -> str | None:
    """X-Amz-Tenant-Id, which the runtime gets as it is."""
    if value is not None and not TENANT_ID.fullmatch(value):
        message = f"X-Amz-Tenant-Id is {value!r}, expected 1 to 256 of {TENANT_ID.pattern}"
        raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, message)
    return value


def expect(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        message = f"{name} is {value!r}, expected one of {', '.join(allowed)}"
        raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, message)


def checked_event(body: bytes) -> bytes:
    """An invocation without a payload has the empty object as its event."""
    try:
        json.loads(body or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error
    return body or b"{}"


def client_context(value: str | None) -> str | None:
    """X-Amz-Client-Context, which the runtime gets as JSON."""
    if value is None:
        return None
    try:
        return json.dumps(json.loads(b64decode(value, validate=True)))
    except ValueError as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError(ErrorCode.INVALID_REQUEST_CONTENT, message) from error
