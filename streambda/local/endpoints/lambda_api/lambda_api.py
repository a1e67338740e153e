"""The Lambda API endpoint: Invoke and InvokeWithResponseStream, as the SDKs call them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.lambda_api.errors import send_error
from streambda.local.endpoints.lambda_api.invoke_request import (
    InvocationType,
    InvokeRequest,
    read_invoke_request,
)
from streambda.local.endpoints.lambda_api.invoke_response import InvokeResponder, Respond
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.signed_request import read_signed
from streambda.local.http.late_app import LateApp
from streambda.local.http.request import HttpRequest
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.constants import STREAMING_PATH
from streambda.local.model.functions import LocalFunction
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# Invoke with the type Event, as it was before there were types.
ASYNC_PATH = "/2014-11-13/functions/{name}/invoke-async"
BUFFERED_PATH = "/2015-03-31/functions/{name}/invocations"

# The one name that the Runtime Interface Emulator answers to, whatever its function is called.
EMULATOR_NAME = "function"


class LambdaApiEndpoint:
    """Args:
    inventory: What the cloud has, for the operations that tell of it.
    only: The function that answers to the Runtime Interface Emulator's name too.
    """

    def __init__(
        self,
        context: EndpointContext,
        inventory: Inventory,
        only: LocalFunction | None = None,
    ) -> None:
        responder = InvokeResponder(context, inventory)
        streaming = {InvocationType.REQUEST_RESPONSE: responder.respond_with_events}
        buffered = {
            InvocationType.REQUEST_RESPONSE: responder.respond_buffered,
            InvocationType.EVENT: responder.respond_accepted,
        }
        accept = Operation(context, {InvocationType.EVENT: responder.respond_accepted}, only)
        self._invocations = {
            STREAMING_PATH: Operation(context, streaming, only),
            BUFFERED_PATH: Operation(context, buffered, only),
            ASYNC_PATH: accept,
            f"{ASYNC_PATH}/": accept,
        }
        self._patterns = [
            (re.compile(path.replace("{name}", "(?P<name>[^/]+)")), operation)
            for path, operation in self._invocations.items()
        ]
        self._router = LateApp(self._make_router)
        self._context = context
        self._inventory = inventory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # To invoke a function is what a first request mostly asks for, and needs no router.
        if scope["method"] == "POST":
            for pattern, operation in self._patterns:
                if found := pattern.fullmatch(scope["path"]):
                    scope["path_params"] = found.groupdict()
                    await operation(scope, receive, send)
                    return
        await self._router(scope, receive, send)

    def _make_router(self) -> ASGIApp:
        from starlette.routing import Route, Router

        from streambda.local.endpoints.management.management_api import list_operations, list_routes
        from streambda.local.endpoints.management.refusal import Refusal

        refusal = Refusal(self._context, list_operations())

        async def refuse(scope: Scope, _: Receive, send: Send) -> None:
            await refusal.send(scope, send)

        return Router(
            [
                *(Route(path, it, methods=["POST"]) for path, it in self._invocations.items()),
                *list_routes(self._context, self._inventory, refusal),
            ],
            redirect_slashes=False,
            default=refuse,
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One path of the API; an ASGI application."""

    context: EndpointContext
    responses: Mapping[InvocationType, Respond]
    only: LocalFunction | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            http_request = await read_signed(self.context, scope, receive, "lambda")
            function, qualifier = self._find(scope["path_params"]["name"], http_request)
            types = (*self.responses, InvocationType.DRY_RUN)
            request = read_invoke_request(
                http_request, function, types, self.context.limits, qualifier
            )
            if request.type is InvocationType.DRY_RUN:
                await send_response(send, HttpResponse(204, request.headers))
                return
            if request.type is InvocationType.EVENT and function.reserved_concurrency == 0:
                # AWS sends it to a dead-letter queue or a destination at once, if there is one.
                self.context.log(f"drops an event for {function.name}: its concurrency is 0")
                await send_response(send, HttpResponse(202, [request.request_id_header]))
                return
            stream = self._invoke(request)
        except AwsError as error:
            reason = str(error.__cause__) if error.reason else str(error)
            self.context.log_refusal(scope, error.code.status, reason)
            await send_error(send, error)
            return
        await self.responses[request.type](request, stream, send)

    def _find(self, name: str, request: HttpRequest) -> tuple[LocalFunction, str | None]:
        """The function, and the version or alias that is meant. Raises `AwsError`."""
        if name == EMULATOR_NAME and self.only:
            return self.only, None
        names = self.context.service.names
        qualifier = names.qualifier_of(name, dict(request.query_pairs).get("Qualifier"))
        return names.find(name, qualifier), qualifier

    def _invoke(self, request: InvokeRequest) -> InvocationStream:
        """Raises `AwsError`."""
        try:
            return self.context.invoke(request.function, request.invocation)
        except TooManyRequests as error:
            code = ErrorCode.TOO_MANY_REQUESTS
            raise AwsError(code, "Rate Exceeded.", error.reason) from error
