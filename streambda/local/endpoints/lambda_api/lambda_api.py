"""The Lambda API endpoint: Invoke and InvokeWithResponseStream, as the SDKs call them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from streambda.local.auth.signature import SignatureError
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api.invoke_request import (
    InvocationType,
    InvokeRequest,
    read_invoke_request,
)
from streambda.local.endpoints.lambda_api.invoke_response import InvokeResponder, Respond
from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.request import HttpRequest, RequestTooLarge, read_request
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import BY_EXCEPTION, AwsError, ErrorCode

# An operation is POST /{version}/functions/{name}/{what}: its version, and what.
STREAMING = ("2021-11-15", "response-streaming-invocations")
BUFFERED = ("2015-03-31", "invocations")

NO_SUCH_METHOD = HttpResponse(
    405, [(b"allow", b"POST"), (CONTENT_TYPE, b"text/plain; charset=utf-8")], b"Method Not Allowed"
)

# The one name that the Runtime Interface Emulator answers to, whatever its function is called.
EMULATOR_NAME = "function"

# These come from the layer in front of Lambda, which says less and writes "message" in lower case.
IN_FRONT = frozenset(
    {
        ErrorCode.INCOMPLETE_SIGNATURE,
        ErrorCode.INVALID_SIGNATURE,
        ErrorCode.MISSING_AUTHENTICATION_TOKEN,
        ErrorCode.UNRECOGNIZED_CLIENT,
    }
)


class LambdaApiEndpoint:
    """Args: `only` is the function that answers to the Runtime Interface Emulator's name too."""

    def __init__(self, context: EndpointContext, only: LocalFunction | None = None) -> None:
        responder = InvokeResponder(context)
        streaming = {InvocationType.REQUEST_RESPONSE: responder.respond_with_events}
        buffered = {
            InvocationType.REQUEST_RESPONSE: responder.respond_buffered,
            InvocationType.EVENT: responder.respond_accepted,
        }
        self._operations = {
            STREAMING: Operation(context, streaming, only),
            BUFFERED: Operation(context, buffered, only),
        }
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"].split("/"):
            case ["", version, "functions", name, what] if name and (
                operation := self._operations.get((version, what))
            ):
                if scope["method"] == "POST":
                    await operation.serve(name, scope, receive, send)
                else:
                    await send_response(send, NO_SUCH_METHOD)
            case _:
                await self._refuse_operation(scope, send)

    async def _refuse_operation(self, scope: Scope, send: Send) -> None:
        message = f"no such operation: {scope['method']} {scope['path']}"
        error = AwsError(ErrorCode.UNKNOWN_OPERATION, message)
        self._context.log_refusal(scope, error.code.status, "no such operation")
        await send_error(send, error)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API. `serve` gets what an ASGI application gets, and a name."""

    context: EndpointContext
    responses: Mapping[InvocationType, Respond]
    only: LocalFunction | None

    async def serve(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            http_request = await self._read(scope, receive)
            function = self._find(name, http_request)
            types = (*self.responses, InvocationType.DRY_RUN)
            request = read_invoke_request(http_request, function, types, self.context.limits)
            if request.type is InvocationType.DRY_RUN:
                await send_response(send, HttpResponse(204, request.headers))
                return
            stream = self._invoke(request)
        except AwsError as error:
            reason = str(error.__cause__) if error.reason else str(error)
            self.context.log_refusal(scope, error.code.status, reason)
            await send_error(send, error)
            return
        await self.responses[request.type](request, stream, send)

    async def _read(self, scope: Scope, receive: Receive) -> HttpRequest:
        """Raises `AwsError`."""
        try:
            request = await read_request(scope, receive, self.context.limits.event)
            self.context.guard.identify_signer(request, "lambda")
        except RequestTooLarge as error:
            raise AwsError(ErrorCode.REQUEST_TOO_LARGE, str(error)) from error
        except SignatureError as error:
            raise AwsError(BY_EXCEPTION[error.exception], str(error)) from error
        return request

    def _find(self, name: str, request: HttpRequest) -> LocalFunction:
        """Raises `AwsError`."""
        if name == EMULATOR_NAME and self.only:
            return self.only
        qualifier = dict(request.query_pairs).get("Qualifier")
        return self.context.service.names.find(name, qualifier)

    def _invoke(self, request: InvokeRequest) -> InvocationStream:
        """Raises `AwsError`."""
        try:
            return self.context.invoke(request.function, request.invocation)
        except TooManyRequests as error:
            code = ErrorCode.TOO_MANY_REQUESTS
            raise AwsError(code, "Rate Exceeded.", error.reason) from error


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
