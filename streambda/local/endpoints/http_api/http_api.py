"""The HTTP API endpoint: a request, its route, an invocation, and its whole response."""

import asyncio
import json
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext, Throttled, shorten
from streambda.local.endpoints.function_url import cors
from streambda.local.endpoints.function_url.function_url import infer_response
from streambda.local.endpoints.http_api.access import HttpApiAccess
from streambda.local.endpoints.http_api.errors import (
    HttpApiError,
    HttpApiRefusal,
    complete,
    id_headers,
    make_error_response,
)
from streambda.local.endpoints.http_api.event import HttpTarget, make_http_api_event
from streambda.local.endpoints.rest_api.routes import ANY, RouteMatch, match_route
from streambda.local.http.buffered_response import (
    BufferedResponse,
    InvalidProxyResponse,
    parse_proxy_response,
    read_buffered_response,
)
from streambda.local.http.headers import BadHeader, encode_headers
from streambda.local.http.prelude import PreludeError
from streambda.local.http.request import HttpRequest, RequestTooLarge, check_size, read_request
from streambda.local.http.response import HttpResponse, add_headers, send_response
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationStream
from streambda.local.limits.limits import ResponseLimits
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.functions import LocalFunction
from streambda.local.model.http_apis import DEFAULT, PAYLOAD_1_0, HttpApi, HttpRoute, RouteAuthKind
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.one_line import escape_controls
from streambda.local.model.rest_apis import LambdaIntegration, Stage

CORS_HEADERS = b"access-control-"


class HttpApiEndpoint:
    def __init__(self, api: HttpApi, context: EndpointContext) -> None:
        self._api = api
        self._context = context
        self._stages = {stage.name: stage for stage in api.stages}
        self._access = HttpApiAccess(context)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = "-"
        try:
            # "Payload size: 10 MB", quotas for HTTP APIs as for REST APIs.
            request = await read_request(scope, receive, self._context.limits.rest_request)
            request_id = request.request_id
            if self._api.cors:
                if cors.is_preflight(request):
                    pairs = cors.make_preflight_headers(self._api.cors, request)
                    headers = [*encode_headers(pairs), *id_headers(request_id)]
                    await send_response(send, HttpResponse(204, headers))
                    return
                send = replace_cors(send, cors.make_response_headers(self._api.cors, request))
            await self._serve(request, receive, send)
        except RequestTooLarge as error:
            self._context.log_refusal(scope, 413, str(error))
            await send_response(send, make_error_response(HttpApiError.TOO_LARGE, request_id))
        except HttpApiRefusal as refusal:
            if refusal.why:
                message = f"{refusal.error.message} ({refusal.why})"
                self._context.log_refusal(scope, refusal.error.status, message)
            await send_response(send, make_error_response(refusal.error, request_id))

    async def _serve(self, request: HttpRequest, receive: Receive, send: Send) -> None:
        """Raises `HttpApiRefusal` as long as nothing has been sent."""
        stage, path = self._find_stage(request.path)
        match = match_http_route(self._api.routes, request.method, path) if stage else None
        if stage is None or match is None:
            why = describe_missing(self._api.routes if stage else (), request.method, path)
            raise HttpApiRefusal(HttpApiError.NOT_FOUND, why)
        route = match.route
        integration = route.integration
        target = HttpTarget(
            api_id=self._api.api_id,
            stage=stage.name,
            stage_variables=self._context.locate_all(stage.variables),
            route_key=route.key,
            route_path=route.path,
            path_parameters=match.path_parameters,
            place=self._api.place,
        )
        authorizer = await self._access.admit(request, target, route.auth)
        if isinstance(integration, HttpIntegration):
            # Only here: most HTTP APIs are served without what speaks to backends.
            from streambda.local.endpoints.http_api.url_route import UrlRoute

            signed = route.auth.kind is RouteAuthKind.IAM
            event = make_http_api_event(request, target, PAYLOAD_1_0, authorizer)
            exchange = UrlRoute(self._context, integration, stage, signed=signed)
            await exchange.serve(request, event, receive, send)
            return
        if not isinstance(integration, LambdaIntegration):
            raise HttpApiRefusal(HttpApiError.NOT_SERVED, integration.reason)
        event = make_http_api_event(request, target, route.payload, authorizer)
        function = self._context.service.names.find(integration.function_name)
        qualifier = stage.fill(integration.qualifier or "") or None
        data = json.dumps(event).encode()
        stream = self._invoke(function, request, qualify_arn(function, qualifier), data)
        buffered = await self._read(stream, integration)
        await send_response(send, complete(self._parse(buffered, function, route), request))

    def _find_stage(self, path: str) -> tuple[Stage | None, str]:
        """The stage, and the path below it. A stage with a name is the first part of the path."""
        first, _, rest = path.lstrip("/").partition("/")
        if first != DEFAULT and first in self._stages:
            return self._stages[first], f"/{rest}"
        return self._stages.get(DEFAULT), path

    def _invoke(
        self, function: LocalFunction, request: HttpRequest, arn: str, event: bytes
    ) -> InvocationStream:
        """Raises `HttpApiRefusal`."""
        try:
            check_size(len(event), self._context.limits.event)
            return self._context.invoke(function, request.to_invocation(arn, event))
        except RequestTooLarge as error:
            raise HttpApiRefusal(HttpApiError.TOO_LARGE, str(error)) from error
        except Throttled as error:
            raise HttpApiRefusal(HttpApiError.THROTTLED, str(error)) from error
        except TooManyRequests as error:
            raise HttpApiRefusal(HttpApiError.UNAVAILABLE, str(error)) from error

    async def _read(
        self, stream: InvocationStream, integration: LambdaIntegration
    ) -> BufferedResponse:
        """Raises `HttpApiRefusal`."""
        limits = ResponseLimits.of_rest_api(
            self._context.limits,
            edge=False,
            streaming=False,
            timeout_s=integration.timeout_s,
            untimed=stream.untimed,
        )
        try:
            async with asyncio.timeout(limits.total_s):
                buffered = await read_buffered_response(
                    stream, self._context.limits.buffered_response
                )
        except TimeoutError as error:
            self._context.run_to_end(stream)
            why = "the function has not answered in time"
            raise HttpApiRefusal(HttpApiError.UNAVAILABLE, why) from error
        if buffered.failure:
            raise HttpApiRefusal(HttpApiError.INTERNAL)
        return buffered

    def _parse(
        self, buffered: BufferedResponse, function: LocalFunction, route: HttpRoute
    ) -> HttpResponse:
        """Only format 2.0 takes for a body what is no response. Raises `HttpApiRefusal`."""
        try:
            if route.payload == PAYLOAD_1_0 and not buffered.has_prelude:
                return parse_proxy_response(buffered.payload, inferred=True)
            return infer_response(buffered, self._context.limits.prelude)
        except (PreludeError, BadHeader, InvalidProxyResponse) as error:
            self._context.service.log(function.name, f"HTTP API answers 500: {error}")
            raise HttpApiRefusal(HttpApiError.INTERNAL) from error


def match_http_route(
    routes: Sequence[HttpRoute], method: str, path: str
) -> RouteMatch[HttpRoute] | None:
    """Only routes with this method count, so another method may have a less exact path.

    A slash at the end does count, other than in REST APIs: only {all+} takes it.
    """
    fitting = [one for one in routes if one.key != DEFAULT and one.method in {method, ANY}]
    if found := match_route(fitting, method, path, ignore_end=False):
        return found
    default = next((one for one in routes if one.key == DEFAULT), None)
    return RouteMatch(default, {}) if default else None


def describe_missing(routes: Sequence[HttpRoute], method: str, path: str) -> str:
    why = f"no route for {method} {shorten(escape_controls(path))}"
    if match_http_route(routes, method, path.rstrip("/")):
        why += ", only for the path without the slash at its end"
    return why


def replace_cors(send: Send, pairs: Sequence[tuple[str, str]]) -> Send:
    """With a CORS configuration, those headers of the function do not count."""

    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [one for one in message["headers"] if not one[0].startswith(CORS_HEADERS)]
            message = {**message, "headers": others}
        await send_with(message)

    send_with = add_headers(send, pairs)
    return send_without
