"""A request to one of AWS's own APIs: read whole, and its signature checked."""

from starlette.types import Receive, Scope

from streambda.local.auth.signature import SignatureError
from streambda.local.endpoints.context import EndpointContext
from streambda.local.http.request import HttpRequest, RequestTooLarge, read_request
from streambda.local.model.lambda_errors import BY_EXCEPTION, AwsError, ErrorCode


async def read_signed(
    context: EndpointContext, scope: Scope, receive: Receive, service: str
) -> HttpRequest:
    """Raises `AwsError`."""
    try:
        request = await read_request(scope, receive, context.limits.event)
        context.guard.identify_signer(request, service)
    except RequestTooLarge as error:
        raise AwsError(ErrorCode.REQUEST_TOO_LARGE, str(error)) from error
    except SignatureError as error:
        raise AwsError(BY_EXCEPTION[error.exception], str(error)) from error
    return request
