"""The endpoint that Lambda's own API is: Invoke and InvokeWithResponseStream, as the SDKs call them."""

from dataclasses import dataclass

from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from streambda.local.auth.signature import SignatureError
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api.invoke_request import InvokeCall, read_invoke
from streambda.local.endpoints.lambda_api.invoke_response import Answer, Answers
from streambda.local.http.messages import RequestTooLarge, read_call, send_whole
from streambda.local.http.request import HttpCall
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import BY_EXCEPTION, AwsError, ErrorAnswer, ErrorCode

STREAMING_PATH = "/2021-11-15/functions/{name}/response-streaming-invocations"
BUFFERED_PATH = "/2015-03-31/functions/{name}/invocations"

# The one name that the Runtime Interface Emulator answers to, whatever its function is called.
EMULATOR_NAME = "function"


@dataclass(frozen=True, slots=True)
class Operation:
    """One path of the API; an ASGI application."""

    context: EndpointContext
    answers: dict[str, Answer]  # by X-Amz-Invocation-Type
    only: LocalFunction | None = None  # the function that the emulator's name means

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            received = await self._received(scope, receive)
            function = self._function(scope["path_params"]["name"], received)
            kinds = (*self.answers, "DryRun")
            call = read_invoke(received, function, kinds, self.context.limits)
            if call.kind == "DryRun":
                await send_whole(send, 204, call.headers, b"")
                return
            stream = self._invoke(call)
        except AwsError as error:
            answer = ErrorAnswer.of(error)
            await send_whole(send, answer.status, answer.headers, answer.body)
            return
        await self.answers[call.kind](call, stream, send)

    async def _received(self, scope: Scope, receive: Receive) -> HttpCall:
        try:
            call = await read_call(scope, receive, self.context.limits.event)
            self.context.guard.signer(call, "lambda")
        except RequestTooLarge as error:
            raise AwsError(ErrorCode.REQUEST_TOO_LARGE, str(error)) from error
        except SignatureError as error:
            raise AwsError(BY_EXCEPTION[error.exception], str(error)) from error
        return call

    def _function(self, name: str, call: HttpCall) -> LocalFunction:
        """Raises `AwsError`."""
        if name == EMULATOR_NAME and self.only:
            return self.only
        return self.context.service.names.find(name, dict(call.query_pairs).get("Qualifier"))

    def _invoke(self, call: InvokeCall) -> InvocationStream:
        try:
            return self.context.invoke(call.function, call.request)
        except TooManyRequests as error:
            code = ErrorCode.TOO_MANY_REQUESTS
            raise AwsError(code, "Rate Exceeded.", error.reason) from error


def invoke_endpoint(context: EndpointContext, only: LocalFunction | None = None) -> Router:
    """`only` answers to the name that AWS's Runtime Interface Emulator knows its function by."""
    answers = Answers(context)
    streaming = Operation(context, {"RequestResponse": answers.stream_events}, only)
    whole: dict[str, Answer] = {"RequestResponse": answers.whole, "Event": answers.accept}
    return Router(
        [
            Route(STREAMING_PATH, streaming, methods=["POST"]),
            Route(BUFFERED_PATH, Operation(context, whole, only), methods=["POST"]),
        ],
        redirect_slashes=False,
        default=unknown_operation,
    )


async def unknown_operation(scope: Scope, receive: Receive, send: Send) -> None:
    error = AwsError(
        ErrorCode.UNKNOWN_OPERATION, f"no such call: {scope['method']} {scope['path']}"
    )
    answer = ErrorAnswer.of(error)
    await send_whole(send, answer.status, answer.headers, answer.body)
