"""The REST API endpoint: a request to /{stage}/…, its method, and the method's integration."""

from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from streambda.local.endpoints.context import EndpointContext, shorten
from streambda.local.endpoints.rest_api.access import RestAccess
from streambda.local.endpoints.rest_api.event import RestTarget, make_rest_event
from streambda.local.endpoints.rest_api.gateway_errors import (
    GatewayError,
    GatewayRefusal,
    make_error_response,
)
from streambda.local.endpoints.rest_api.lambda_integration import LambdaIntegrationServer
from streambda.local.endpoints.rest_api.method_throttles import MethodThrottles
from streambda.local.endpoints.rest_api.routes import RouteMatch, match_route
from streambda.local.http.headers import encode_headers
from streambda.local.http.prelude import Pairs
from streambda.local.http.request import HttpRequest, RequestTooLarge, read_request
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.patterns import SlowPattern, matches
from streambda.local.model.rest_api_access import AuthKind
from streambda.local.model.rest_apis import LambdaIntegration, MockIntegration, RestApi, Route

if TYPE_CHECKING:
    from streambda.local.endpoints.rest_api.http_integration import HttpIntegrationServer

# Of an invocation that there was, and that its function's log tells of.
FAILURES = frozenset({GatewayError.BAD_GATEWAY, GatewayError.INTEGRATION_FAILURE})

ALLOW_ORIGIN = "access-control-allow-origin"


class RestApiEndpoint:
    def __init__(self, api: RestApi, context: EndpointContext) -> None:
        self._api = api
        self._context = context
        self._stages = {stage.name: stage for stage in api.stages}
        self._access = RestAccess(api, context)
        self._throttles = MethodThrottles(api.stages, context.guard.clock)
        self._lambda = LambdaIntegrationServer(
            context, edge=api.edge, binary_media_types=api.binary_media_types
        )

    @cached_property
    def _http(self) -> "HttpIntegrationServer":
        # Only here: an API without HTTP integrations is served without what speaks to backends.
        from streambda.local.endpoints.rest_api.http_integration import HttpIntegrationServer

        return HttpIntegrationServer(
            self._context, edge=self._api.edge, binary_media_types=self._api.binary_media_types
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = "-"
        limit = self._context.limits.rest_request
        try:
            request = await read_request(scope, receive, limit)
            request_id = request.request_id
            await self._serve(request, receive, send)
        except RequestTooLarge:
            error = GatewayError.BODY_TOO_LONG
            message = str(error.message).format(limit=limit)
            await self._send_error(GatewayRefusal(error, message), request_id, scope, send)
        except GatewayRefusal as refusal:
            await self._send_error(refusal, request_id, scope, send)

    async def _serve(self, request: HttpRequest, receive: Receive, send: Send) -> None:
        """Raises `GatewayRefusal` as long as nothing has been sent."""
        stage, path = split_stage(request.raw_path)
        known = stage in self._stages
        match = match_route(self._api.routes, request.method, path) if known else None
        if match is None:
            why = self._describe_unknown(request.method, stage, path)
            raise GatewayRefusal(GatewayError.MISSING_AUTHENTICATION_TOKEN, why=why)
        target = self._make_target(request, stage, path, match)
        if self._context.limits.usage_plans is not None:
            self._throttles.count(stage, match.route)
        identity = await self._access.admit(request, target, match.route)
        integration = match.route.integration
        if isinstance(integration, LambdaIntegration):
            event = make_rest_event(request, target, identity)
            await self._lambda.serve(integration, request, event, self._stages[stage], send)
        elif isinstance(integration, HttpIntegration):
            event = make_rest_event(request, target, identity)
            await self._http.serve(
                integration,
                request,
                event,
                self._stages[stage],
                signed=match.route.auth.kind is AuthKind.IAM,
                receive=receive,
                send=send,
            )
        elif isinstance(integration, MockIntegration):
            headers = encode_headers(make_mock_headers(integration, request))
            await send_response(send, HttpResponse(integration.status, headers))
        else:
            raise GatewayRefusal(GatewayError.NOT_SERVED, why=integration.reason)

    def _make_target(
        self, request: HttpRequest, stage: str, path: str, match: RouteMatch[Route]
    ) -> RestTarget:
        return RestTarget(
            api_id=self._api.api_id,
            stage=stage,
            stage_variables=self._context.locate_all(self._stages[stage].variables),
            deployment_id=self._stages[stage].deployment_id,
            binary_media_types=self._api.binary_media_types,
            full_path=f"/{request.raw_path.lstrip('/')}",
            resource_id=match.route.resource_id,
            resource_path=match.route.path,
            path=path,
            path_parameters=match.path_parameters,
            place=self._api.place,
        )

    def _describe_unknown(self, method: str, stage: str, path: str) -> str:
        """AWS says only that a token is missing."""
        if stage not in self._stages:
            return (
                f"no stage {shorten(stage)!r}, expected one of {', '.join(self._stages) or 'none'}"
            )
        return f"stage {stage} has no method {method} for {shorten(path)}"

    async def _send_error(
        self, refusal: GatewayRefusal, request_id: str, scope: Scope, send: Send
    ) -> None:
        message = refusal.message or refusal.exception
        why = f"{message} ({refusal.why})" if refusal.why else message
        # What a function has failed with is in its own log.
        if refusal.error not in FAILURES or refusal.why:
            self._context.log_refusal(scope, refusal.error.status, why)
        responses = self._api.access.gateway_responses
        await send_response(send, make_error_response(refusal, responses, request_id))


def split_stage(raw_path: str) -> tuple[str, str]:
    """The stage, and the path below it as sent. Several slashes in front of either count as one."""
    stage, _, path = raw_path.lstrip("/").partition("/")
    return stage, f"/{path.lstrip('/')}"


def _allows(pattern: str, origin: str) -> bool:
    """Of an expression that is none, or that takes too long, nothing is known: then it does not."""
    try:
        return matches(pattern, origin)
    except (SlowPattern, ValueError):
        return False


def make_mock_headers(integration: MockIntegration, request: HttpRequest) -> Pairs:
    """With the caller's origin in place of the one in the template, if the template allows it."""
    origin = request.header("origin")
    if origin is None or not any(_allows(one, origin) for one in integration.origins):
        return integration.headers
    others = [pair for pair in integration.headers if pair[0].lower() != ALLOW_ORIGIN]
    return (*others, (ALLOW_ORIGIN, origin))
