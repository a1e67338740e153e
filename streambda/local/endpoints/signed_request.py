"""A request to one of AWS's own APIs: read whole, and its signature checked."""

from starlette.types import Receive, Scope

from streambda.local.auth.signature import SignatureError
from streambda.local.endpoints.context import EndpointContext
from streambda.local.http.request import HttpRequest, RequestTooLarge, read_request
from streambda.local.model.identity import Caller
from streambda.local.model.lambda_errors import BY_EXCEPTION, AwsError, ErrorCode


async def read_signed(
    context: EndpointContext, scope: Scope, receive: Receive, service: str
) -> HttpRequest:
    """Raises `AwsError`."""
    request = await read_request_of_tool(context, scope, receive)
    read_signer(context, request, service)
    return request


async def read_request_of_tool(
    context: EndpointContext, scope: Scope, receive: Receive
) -> HttpRequest:
    """Raises `AwsError`."""
    try:
        return await read_request(scope, receive, context.limits.event)
    except RequestTooLarge as error:
        raise AwsError(ErrorCode.REQUEST_TOO_LARGE, str(error)) from error


def read_signer(context: EndpointContext, request: HttpRequest, service: str) -> Caller | None:
    """None for an unsigned request that is accepted. Raises `AwsError`."""
    try:
        return context.guard.identify_signer(request, service)
    except SignatureError as error:
        raise AwsError(BY_EXCEPTION[error.exception], str(error)) from error
