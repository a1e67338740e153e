"""How Lambda's API, and API Gateway's, answer with an error."""

import json

from starlette.types import Send

from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# These come from API Gateway, or from the layer in front of Lambda, which says less and writes
# "message" in lower case.
IN_FRONT = frozenset(
    {
        ErrorCode.INCOMPLETE_SIGNATURE,
        ErrorCode.INVALID_SIGNATURE,
        ErrorCode.MISSING_AUTHENTICATION_TOKEN,
        ErrorCode.NOT_FOUND,
        ErrorCode.UNRECOGNIZED_CLIENT,
    }
)


async def send_error(send: Send, error: AwsError) -> None:
    document = {"Type": error.code.blame, "Message": str(error)}
    if error.reason:
        document["Reason"] = error.reason
    if error.code in IN_FRONT:
        document = {"message": str(error)}
    headers = [
        (CONTENT_TYPE, b"application/json"),
        (b"x-amzn-errortype", error.code.exception.encode()),
    ]
    body = json.dumps(document).encode()
    await send_response(send, HttpResponse(error.code.status, headers, body))
