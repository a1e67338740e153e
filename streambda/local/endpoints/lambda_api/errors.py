"""How Lambda's API, and API Gateway's, answer with an error."""

import json
import uuid

from starlette.types import Send

from streambda.local.http.headers import CONTENT_TYPE, REQUEST_ID, RawHeaders
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.lambda_errors import AwsError, ErrorCode

ERROR_TYPE = b"x-amzn-errortype"

# retryAfterSeconds of TooManyRequestsException.
RETRY_AFTER_S = b"1"

# These come from API Gateway, or from the layer in front of Lambda, which says less and writes
# "message" in lower case.
IN_FRONT = frozenset(
    {
        ErrorCode.BAD_REQUEST,
        ErrorCode.INCOMPLETE_SIGNATURE,
        ErrorCode.INVALID_SIGNATURE,
        ErrorCode.MISSING_AUTHENTICATION_TOKEN,
        ErrorCode.NOT_FOUND,
        ErrorCode.UNRECOGNIZED_CLIENT,
        ErrorCode.VALIDATION,
    }
)


# In these documents of Lambda the message has a capital.
CAPITAL = frozenset({ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.UNKNOWN_OPERATION})


async def send_error(send: Send, error: AwsError) -> None:
    headers: RawHeaders = [
        (CONTENT_TYPE, b"application/json"),
        (ERROR_TYPE, error.code.exception.encode()),
        (REQUEST_ID, str(uuid.uuid4()).encode()),
    ]
    if error.code is ErrorCode.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", RETRY_AFTER_S))
    body = json.dumps(to_document(error)).encode()
    await send_response(send, HttpResponse(error.code.status, headers, body))


def to_document(error: AwsError) -> dict[str, str]:
    """The members are those of the error's shape in the service model."""
    if error.code in IN_FRONT:
        return {"message": str(error)}
    message = "Message" if error.code in CAPITAL else "message"
    document = {"Type": error.code.blame, message: str(error)}
    return {**document, "Reason": error.reason} if error.reason else document
