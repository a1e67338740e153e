"""The endpoint that a REST API is: /{stage}/… in, a method's integration, HTTP out as it is made.

A streamed integration needs a prelude and looks for it whatever the content type is; a buffered
one answers once, from the JSON document that it was given.
"""

import asyncio
import json
import re
from typing import Any

from starlette.types import Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext, Throttled
from streambda.local.endpoints.rest_api.access import RestAccess
from streambda.local.endpoints.rest_api.event import RestTarget, rest_event
from streambda.local.endpoints.rest_api.gateway_errors import (
    GatewayError,
    GatewayRefusal,
    gateway_answer,
)
from streambda.local.endpoints.rest_api.routes import Match, match
from streambda.local.http import headers
from streambda.local.http.headers import BadHeader
from streambda.local.http.messages import (
    RequestTooLarge,
    ResponsePipeline,
    check_size,
    read_call,
    send_whole,
    stream_out,
)
from streambda.local.http.prelude import Pairs, PreludeError, is_prelude_type
from streambda.local.http.request import HttpCall
from streambda.local.http.response_start import ResponseStart, read_prelude
from streambda.local.http.whole_response import (
    Collected,
    NoProxyResponse,
    WholeAnswer,
    collect,
    proxy_answer,
    streamed_answer,
)
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.limits.pacing import OverLimit, Pace
from streambda.local.limits.response_timeouts import response_timeouts
from streambda.local.model.functions import (
    LambdaIntegration,
    LocalFunction,
    MockIntegration,
    RestApi,
)
from streambda.local.model.lambda_errors import AwsError

ALLOW_ORIGIN = "access-control-allow-origin"

# "Response transfer mode" in the API Gateway developer guide has a table of what goes together.
MISMATCH = (
    "ResponseTransferMode STREAM goes with …/response-streaming-invocations in the Uri, "
    "BUFFERED with …/invocations"
)


class RestApiEndpoint:
    def __init__(self, api: RestApi, context: EndpointContext) -> None:
        self._api = api
        self._stages = {stage.name: stage for stage in api.stages}
        self._context = context
        counts = context.limits.usage_plans is not None
        self._access = RestAccess(api, context.guard, self._ask, counts=counts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = "-"
        try:
            call = await read_call(scope, receive, self._context.limits.rest_request)
            request_id = call.request_id
            await self._serve(call, send)
        except RequestTooLarge:
            await self._refuse(GatewayRefusal(GatewayError.BODY_TOO_LONG), request_id, send)
        except GatewayRefusal as refusal:
            await self._refuse(refusal, request_id, send)

    async def _serve(self, call: HttpCall, send: Send) -> None:
        """Raises `GatewayRefusal` as long as nothing has been sent."""
        stage, _, rest = call.path.removeprefix("/").partition("/")
        found = match(self._api.routes, call.method, rest) if stage in self._stages else None
        if found is None:
            raise GatewayRefusal(GatewayError.MISSING_AUTHENTICATION_TOKEN)
        target = self._target(stage, f"/{rest}", found)
        identity = await self._access.admit(call, target, found.route)
        integration = found.route.integration
        if isinstance(integration, LambdaIntegration):
            await self._lambda(integration, call, rest_event(call, target, identity), send)
        elif isinstance(integration, MockIntegration):
            pairs = mock_headers(integration, call)
            await send_whole(send, integration.status, headers.raw(pairs), b"")
        else:
            raise GatewayRefusal(GatewayError.NOT_SERVED)

    async def _refuse(self, refusal: GatewayRefusal, request_id: str, send: Send) -> None:
        responses = self._api.access.gateway_responses
        answer = gateway_answer(refusal, responses, request_id)
        await send_whole(send, answer.status, answer.headers, answer.body)

    def _target(self, stage: str, path: str, found: Match) -> RestTarget:
        return RestTarget(
            api_id=self._api.logical_id.lower(),
            stage=stage,
            stage_variables=self._stages[stage].variables,
            resource_id=found.route.resource_id,
            resource_path=found.route.path,
            path=path,
            path_parameters=found.path_parameters,
        )

    async def _lambda(
        self, integration: LambdaIntegration, call: HttpCall, event: dict[str, Any], send: Send
    ) -> None:
        function = self._context.service.names.find(integration.function_name)
        if not integration.supported:
            self._context.service.log(function.name, f"REST API answers 500: {MISMATCH}")
            raise GatewayRefusal(GatewayError.INTEGRATION_FAILURE)
        stream = self._invoke(function, call, event)
        answer = self._stream if integration.streaming else self._collect
        try:
            await answer(stream, integration, call, send)
        except (PreludeError, BadHeader, NoProxyResponse) as error:
            self._context.service.log(function.name, f"REST API answers 502: {error}")
            self._context.run_on(stream)
            raise GatewayRefusal(GatewayError.BAD_GATEWAY) from error
        except (OverLimit, TimeoutError) as error:
            reason = str(error) or "it took too long"
            self._context.service.log(function.name, f"REST API cuts the response: {reason}")
            self._context.run_on(stream)

    def _invoke(
        self, function: LocalFunction, call: HttpCall, event: dict[str, Any]
    ) -> InvocationStream:
        data = json.dumps(event).encode()
        try:
            check_size(len(data), self._context.limits.event)
            return self._context.invoke(function, call.invocation(function.arn, data))
        except RequestTooLarge as error:
            raise GatewayRefusal(GatewayError.EVENT_TOO_LONG) from error
        except Throttled as error:
            raise GatewayRefusal(GatewayError.THROTTLED) from error
        except TooManyRequests as error:
            raise GatewayRefusal(GatewayError.INTEGRATION_FAILURE) from error

    async def _ask(self, reference: str, event: bytes, request_id: str, trace_id: str) -> Collected:
        """Invokes an authoriser. Raises `GatewayRefusal`."""
        try:
            function = self._context.service.names.find(":".join(reference.split(":")[:7]))
            request = InvocationRequest(
                request_id=request_id, function_arn=function.arn, event=event, trace_id=trace_id
            )
            stream = self._context.service.invoke(function, request)
        except AwsError as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error
        except TooManyRequests as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_FAILURE) from error
        return await collect(stream, self._context.limits.buffered_response)

    def _pace(self, integration: LambdaIntegration) -> Pace:
        return Pace.of_rest(
            self._context.limits, edge=self._api.edge, timeout_s=integration.timeout_s
        )

    async def _stream(
        self,
        stream: InvocationStream,
        integration: LambdaIntegration,
        call: HttpCall,
        send: Send,
    ) -> None:
        pace = self._pace(integration)
        start: ResponseStart | None = None
        try:
            async with response_timeouts(total_s=pace.total_s, idle_s=pace.idle_s) as reset_idle:
                start = await read_prelude(stream, self._context.limits.prelude)
                if start is None:
                    raise GatewayRefusal(GatewayError.BAD_GATEWAY)
                reset_idle()
                pairs = headers.raw(headers.merged(start.prelude), start.prelude.cookies)
                pipeline = ResponsePipeline(
                    pacer=pace.pacer(self._context.sleep), reset_idle=reset_idle
                )
                head = completed(pairs, call)
                await stream_out(send, start.prelude.status, head, start.first, stream, pipeline)
        except TimeoutError as error:
            if start:
                raise
            self._context.run_on(stream)
            raise GatewayRefusal(GatewayError.INTEGRATION_TIMEOUT) from error

    async def _collect(
        self,
        stream: InvocationStream,
        integration: LambdaIntegration,
        call: HttpCall,
        send: Send,
    ) -> None:
        try:
            async with asyncio.timeout(self._pace(integration).total_s):
                collected = await collect(stream, self._context.limits.buffered_response)
        except TimeoutError as error:
            self._context.run_on(stream)
            raise GatewayRefusal(GatewayError.INTEGRATION_TIMEOUT) from error
        if collected.failure:
            raise GatewayRefusal(GatewayError.BAD_GATEWAY)
        answer = buffered_answer(collected)
        await send_whole(send, answer.status, completed(answer.headers, call), answer.body)


def buffered_answer(collected: Collected) -> WholeAnswer:
    if not is_prelude_type(collected.content_type):
        return proxy_answer(collected.body)
    # "Response transfer mode" in the API Gateway developer guide: a streaming function behind a
    # buffered integration gives its status and headers, and no body.
    head = streamed_answer(collected)
    return WholeAnswer(head.status, head.headers, b"")


def completed(pairs: headers.RawHeaders, call: HttpCall) -> headers.RawHeaders:
    if not headers.has(pairs, b"content-type"):
        pairs = [*pairs, (b"content-type", b"application/json")]
    return [*pairs, (b"x-amzn-requestid", call.request_id.encode())]


def mock_headers(integration: MockIntegration, call: HttpCall) -> Pairs:
    """With the caller's origin in place of the one that is written down, if it may come too."""
    origin = call.header("origin")
    if origin is None or not any(re.fullmatch(one, origin) for one in integration.origins):
        return integration.headers
    kept = [pair for pair in integration.headers if pair[0].lower() != ALLOW_ORIGIN]
    return (*kept, (ALLOW_ORIGIN, origin))
