"""Every endpoint of an assembly: which there are, where they will be, and what serves them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.function_url.function_url import FunctionUrlEndpoint
from streambda.local.endpoints.lambda_api.lambda_api import invoke_endpoint
from streambda.local.endpoints.rest_api.rest_api import RestApiEndpoint
from streambda.local.faults.faulty_endpoint import FaultyEndpoint
from streambda.local.model.access import AuthKind
from streambda.local.model.endpoints import Endpoint, EndpointKind, EndpointRoute
from streambda.local.model.functions import Assembly, FunctionUrl, LambdaIntegration, RestApi
from streambda.local.model.start_mode import StartMode, start_mode


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """An application that gets a port, and the endpoints that it will be; their URLs are paths yet.

    Args:
        key: The same in two assemblies if the same endpoint is meant.
        made_of: Equal in two assemblies if the application need not be another one.
    """

    app: ASGIApp
    endpoints: tuple[Endpoint, ...]
    key: str
    made_of: object


@dataclass(frozen=True, slots=True)
class EndpointSpecs:
    """Makes every endpoint of an assembly."""

    assembly: Assembly
    context: Callable[[EndpointKind, str], EndpointContext]

    def specs(self) -> Iterator[EndpointSpec]:
        yield self._lambda_api()
        for url in self.assembly.function_urls:
            yield self._function_url(url)
        for api in self.assembly.rest_apis:
            yield self._rest_api(api)

    def _lambda_api(self) -> EndpointSpec:
        endpoint = Endpoint(kind=EndpointKind.LAMBDA_API, name="lambda", url="")
        context = self.context(endpoint.kind, endpoint.name)
        functions = self.assembly.functions
        only = functions[0] if len(functions) == 1 else None
        app = faulty(invoke_endpoint(context, only), context)
        return EndpointSpec(app, (endpoint,), key=endpoint.kind, made_of=only and only.name)

    def _function_url(self, url: FunctionUrl) -> EndpointSpec:
        context = self.context(EndpointKind.FUNCTION_URL, url.function_name)
        function = context.service.names.find(url.function_name)
        streams = url.streaming and start_mode(function) is not StartMode.MANAGED_PYTHON
        kind, name = EndpointKind.FUNCTION_URL, function.name
        endpoint = Endpoint(kind=kind, name=name, url="/", streams=streams, iam=url.iam)
        app = faulty(FunctionUrlEndpoint(url, function, context), context)
        key = f"{endpoint.kind} {url.stack} {url.logical_id}"
        return EndpointSpec(app, (endpoint,), key=key, made_of=(url, streams))

    def _rest_api(self, api: RestApi) -> EndpointSpec:
        context = self.context(EndpointKind.REST_API, api.name)
        app = faulty(RestApiEndpoint(api, context), context)
        key = f"{EndpointKind.REST_API} {api.stack} {api.logical_id}"
        return EndpointSpec(app, tuple(_stage_endpoints(api)), key=key, made_of=api)


def faulty(app: ASGIApp, context: EndpointContext) -> FaultyEndpoint:
    return FaultyEndpoint(app, lambda: context.faults, context.sleep)


def _stage_endpoints(api: RestApi) -> Iterator[Endpoint]:
    routes = tuple(
        EndpointRoute(
            method=route.method,
            path=route.path,
            streams=route.integration.streaming,
            iam=route.auth.kind is AuthKind.IAM,
        )
        for route in api.routes
        if isinstance(route.integration, LambdaIntegration)
    )
    for stage in api.stages:
        name, path = f"{api.name}/{stage.name}", f"/{stage.name}/"
        yield Endpoint(kind=EndpointKind.REST_API, name=name, url=path, routes=routes)
