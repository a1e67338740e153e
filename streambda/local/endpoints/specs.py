"""Every endpoint of an assembly, not running yet: its kind, its path, and what serves it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.function_url.function_url import FunctionUrlEndpoint
from streambda.local.endpoints.lambda_api.lambda_api import LambdaApiEndpoint
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.rest_api.rest_api import RestApiEndpoint
from streambda.local.faults.faulty_endpoint import FaultyEndpoint
from streambda.local.http.late_app import LateApp
from streambda.local.model.assembly import Assembly
from streambda.local.model.endpoints import Endpoint, EndpointKind, EndpointRoute
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.http_apis import DEFAULT, HttpApi, RouteAuthKind
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.place import Place
from streambda.local.model.rest_api_access import AuthKind
from streambda.local.model.rest_apis import LambdaIntegration, RestApi
from streambda.local.model.start_mode import is_buffered

# Gets the kind of an endpoint, a name for its log lines, and the places that it serves.
MakeContext = Callable[[EndpointKind, str, Sequence[Place]], EndpointContext]


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """An application that gets a port, and its endpoints, whose URLs are only paths yet.

    Args:
        key: The same in two assemblies if the same endpoint is meant.
        definition: Equal in two assemblies if the application need not change.
    """

    app: ASGIApp
    endpoints: tuple[Endpoint, ...]
    key: str
    definition: object


def make_specs(
    assembly: Assembly, make_context: MakeContext, inventory: Inventory
) -> Iterator[EndpointSpec]:
    """Lambda's API first, then function URLs, REST APIs and HTTP APIs in the order of the template.

    Lambda's API tells what is in `inventory`, which goes on with `assembly`.
    """
    inventory.assembly = assembly
    yield _make_lambda_api(assembly.functions, make_context, inventory)
    for url in assembly.function_urls:
        yield _make_function_url(url, FunctionNames(assembly.functions).find, make_context)
    for api in assembly.rest_apis:
        yield _make_rest_api(api, make_context)
    for http_api in assembly.http_apis:
        yield _make_http_api(http_api, make_context)


def _make_lambda_api(
    functions: tuple[LocalFunction, ...], make_context: MakeContext, inventory: Inventory
) -> EndpointSpec:
    places = tuple(dict.fromkeys(function.place for function in functions)) or (Place(),)
    kind = EndpointKind.LAMBDA_API
    endpoint = Endpoint(kind=kind, name="lambda", url="", region=places[0].region)
    context = make_context(kind, endpoint.name, places)
    only = functions[0] if len(functions) == 1 else None
    app = _with_faults(LambdaApiEndpoint(context, inventory, only), context)
    return EndpointSpec(app, (endpoint,), key=kind, definition=(only and only.name, places))


def _make_function_url(
    url: FunctionUrl, find: Callable[[str], LocalFunction], make_context: MakeContext
) -> EndpointSpec:
    kind = EndpointKind.FUNCTION_URL
    function = find(url.function_name)
    context = make_context(kind, url.function_name, (function.place,))
    streams = url.streaming and not is_buffered(function)
    region = function.place.region
    endpoint = Endpoint(
        kind=kind,
        name=function.name,
        url="/",
        streams=streams,
        qualifier=url.qualifier,
        iam=url.iam,
        region=region,
        id=url.id,
    )
    app = _with_faults(FunctionUrlEndpoint(url, function, context), context)
    key = f"{kind} {url.stack} {url.logical_id}"
    return EndpointSpec(app, (endpoint,), key=key, definition=(url, streams, function.place))


def _make_rest_api(api: RestApi, make_context: MakeContext) -> EndpointSpec:
    kind = EndpointKind.REST_API
    context = make_context(kind, api.name, (api.place,))
    routes = tuple(_list_routes(api))
    endpoints = tuple(
        Endpoint(
            kind=kind,
            name=f"{api.name}/{stage.name}",
            url=f"/{stage.name}/",
            routes=routes,
            region=api.place.region,
            id=f"{api.id}/{stage.name}",
        )
        for stage in api.stages
    )
    app = _with_faults(RestApiEndpoint(api, context), context)
    return EndpointSpec(app, endpoints, key=f"{kind} {api.stack} {api.logical_id}", definition=api)


def _make_http_api(api: HttpApi, make_context: MakeContext) -> EndpointSpec:
    kind = EndpointKind.HTTP_API
    context = make_context(kind, api.name, (api.place,))
    routes = tuple(_list_http_routes(api))
    endpoints = tuple(
        Endpoint(
            kind=kind,
            name=f"{api.name}/{stage.name}",
            url="/" if stage.name == DEFAULT else f"/{stage.name}/",
            streams=False,
            routes=routes,
            region=api.place.region,
            id=f"{api.id}/{stage.name}",
        )
        for stage in api.stages
    )

    def make_app() -> ASGIApp:
        # Only here: most apps have none.
        from streambda.local.endpoints.http_api.http_api import HttpApiEndpoint

        return HttpApiEndpoint(api, context)

    app = _with_faults(LateApp(make_app), context)
    return EndpointSpec(app, endpoints, key=f"{kind} {api.stack} {api.logical_id}", definition=api)


def _list_http_routes(api: HttpApi) -> Iterator[EndpointRoute]:
    for route in api.routes:
        if isinstance(route.integration, LambdaIntegration | HttpIntegration):
            yield EndpointRoute(
                method=route.method,
                path=route.path or "/",
                streams=False,
                iam=route.auth.kind is RouteAuthKind.IAM,
            )


def _list_routes(api: RestApi) -> Iterator[EndpointRoute]:
    """Those that invoke a function, or call a URL."""
    for route in api.routes:
        if isinstance(route.integration, LambdaIntegration | HttpIntegration):
            yield EndpointRoute(
                method=route.method,
                path=route.path,
                streams=route.integration.streaming,
                iam=route.auth.kind is AuthKind.IAM,
            )


def _with_faults(app: ASGIApp, context: EndpointContext) -> FaultyEndpoint:
    return FaultyEndpoint(app, lambda: context.faults, context.sleep)
