"""A route of an HTTP API that calls a URL: HTTP_PROXY, read to its end, as on AWS.

The request goes out as that of a REST API does. "Create HTTP proxy integrations for HTTP APIs",
developer guide: the URI takes the values of path variables.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.types import Message, Receive, Send

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.http_api.errors import HttpApiError, HttpApiRefusal
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.http_integration import HttpIntegrationServer
from streambda.local.endpoints.rest_api.integration_response import PREFIX
from streambda.local.http.request import HttpRequest
from streambda.local.model.http_apis import DEFAULT
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import Stage

# What an HTTP API answers where a REST API has one of these; for all others it is 500.
ERRORS = {
    GatewayError.INTEGRATION_TIMEOUT: HttpApiError.UNAVAILABLE,
    GatewayError.NETWORK_ERROR: HttpApiError.UNAVAILABLE,
    GatewayError.THROTTLED: HttpApiError.THROTTLED,
}

# Bodies go out as they are: an HTTP API has no binary media types.
ANYTHING = ("*/*",)


class UrlRoute:
    """Args: `signed` is whether the route wants a signature, which is not passed on."""

    def __init__(
        self, context: EndpointContext, integration: HttpIntegration, stage: Stage, *, signed: bool
    ) -> None:
        self._server = HttpIntegrationServer(context, edge=False, binary_media_types=ANYTHING)
        self._integration = integration
        self._stage = stage
        self._signed = signed

    async def serve(
        self, request: HttpRequest, event: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        """Raises `HttpApiRefusal`. Args: `event` is in payload 1.0, its path decoded."""
        path = event["pathParameters"] or {}
        encoded = {name: quote(value) for name, value in path.items()}
        integration = self._integration
        if event["resource"] == DEFAULT:
            integration = replace(integration, uri=append_path(integration.uri, request.path))
        try:
            await self._server.serve(
                integration,
                request,
                {**event, "pathParameters": encoded},
                self._stage,
                signed=self._signed,
                receive=receive,
                send=finish_headers(send, request),
            )
        except GatewayRefusal as refusal:
            error = ERRORS.get(refusal.error, HttpApiError.INTERNAL)
            raise HttpApiRefusal(error, refusal.why or "") from refusal


def append_path(uri: str, path: str) -> str:
    """ "When the $default route receives a request, API Gateway sends the full request path to the
    integration." """
    base, mark, query = uri.partition("?")
    return f"{base.rstrip('/')}{quote(path)}{mark}{query}"


def finish_headers(send: Send, request: HttpRequest) -> Send:
    """An HTTP API has its own name for the request's id, and renames no headers of a backend."""

    async def send_finished(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [one for one in message["headers"] if not one[0].startswith(PREFIX)]
            own = (b"apigw-requestid", request.request_id.encode())
            message = {**message, "headers": [*kept, own]}
        await send(message)

    return send_finished
