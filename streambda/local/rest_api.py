"""The door that a REST API is: /{stage}/… in, a method's integration, HTTP out as it is made.

A streamed integration needs a prelude and looks for it whatever the content type is; a buffered
one answers once, from the JSON document that it was given.
"""

import json

from starlette.types import Receive, Scope, Send

from streambda.local import headers
from streambda.local.collected import (
    Collected,
    NoProxyResponse,
    WholeAnswer,
    collect,
    proxy_answer,
    streamed_answer,
)
from streambda.local.environments import TooManyRequests
from streambda.local.functions import LambdaIntegration, LocalFunction, MockIntegration, RestApi
from streambda.local.headers import BadHeader
from streambda.local.http_event import HttpCall
from streambda.local.http_message import RequestTooLarge, discard, read_call, send_whole, stream_out
from streambda.local.invocation_stream import InvocationStream
from streambda.local.opening import read_prelude
from streambda.local.prelude import PreludeError, is_prelude_type
from streambda.local.rest_event import RestTarget, rest_event
from streambda.local.rest_routes import Match, match
from streambda.local.service import LambdaService


class RestApiDoor:
    def __init__(self, api: RestApi, service: LambdaService) -> None:
        self._api = api
        self._stages = {stage.name: stage for stage in api.stages}
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await read_call(scope, receive)
        except RequestTooLarge:
            await send_message(send, 413, "Request Too Long")
            return
        stage, _, rest = call.path.removeprefix("/").partition("/")
        found = match(self._api.routes, call.method, rest) if stage in self._stages else None
        if found is None:
            await send_message(send, 403, "Missing Authentication Token")
            return
        integration = found.route.integration
        if isinstance(integration, LambdaIntegration):
            await self._lambda(integration, call, self._target(stage, f"/{rest}", found), send)
        elif isinstance(integration, MockIntegration):
            await send_whole(send, integration.status, headers.raw(integration.headers), b"")
        else:
            await send_message(send, 501, "the local cloud serves Lambda and mock integrations")

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
        self, integration: LambdaIntegration, call: HttpCall, target: RestTarget, send: Send
    ) -> None:
        function = self._service.names.find(integration.function_name)
        try:
            stream = self._invoke(function, call, target)
        except TooManyRequests:
            await send_message(send, 500, "Internal server error")
            return
        answer = self._stream if integration.streaming else self._collect
        try:
            await answer(stream, call, send)
        except (PreludeError, BadHeader, NoProxyResponse) as error:
            self._service.log(function.name, f"REST API answers 502: {error}")
            await bad_gateway(send)
            await discard(stream)

    def _invoke(
        self, function: LocalFunction, call: HttpCall, target: RestTarget
    ) -> InvocationStream:
        return self._service.invoke(
            function,
            json.dumps(rest_event(call, target)).encode(),
            request_id=call.request_id,
            trace_id=call.trace_id,
        )

    async def _stream(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        opening = await read_prelude(stream)
        if opening is None:
            await bad_gateway(send)
            return
        pairs = headers.raw(headers.merged(opening.prelude), opening.prelude.cookies)
        head = completed(pairs, call)
        await stream_out(send, opening.prelude.status, head, opening.first, stream)

    async def _collect(self, stream: InvocationStream, call: HttpCall, send: Send) -> None:
        collected = await collect(stream)
        if collected.failure:
            await bad_gateway(send)
            return
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


async def bad_gateway(send: Send) -> None:
    await send_message(send, 502, "Internal server error")


async def send_message(send: Send, status: int, message: str) -> None:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    await send_whole(send, status, {"content-type": "application/json"}, body)
