"""The paths of a REST API with their methods and integrations, as API Gateway describes them.

Shapes: Resource, Method, Integration and Authorizer in API Gateway's service model.
"""

import hashlib
from collections.abc import Iterator

from streambda.local.endpoints.management.api_documents import list_page, not_found
from streambda.local.endpoints.management.documents import Document, Documents, Query
from streambda.local.endpoints.management.paging import drop_missing
from streambda.local.model.function_names import function_arn
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_api_access import Authorizer
from streambda.local.model.rest_apis import LambdaIntegration, MockIntegration, RestApi, Route

# Ids that API Gateway makes up have as many.
ID_CHARS = 10

STREAMS = "2021-11-15/functions/{arn}/response-streaming-invocations"
BUFFERS = "2015-03-31/functions/{arn}/invocations"

METHOD = "/restapis/{api}/resources/{resource}/methods/{method}"


class ResourceDocuments(Documents):
    """Each public method is an operation. Raises `AwsError`."""

    service = "apigateway"

    def list_resources(self, query: Query, api: str) -> Document:
        found = self._inventory.find_api(api)
        return list_page(list(list_resources(found, embed=embeds_methods(query))), query)

    def get_resource(self, query: Query, api: str, resource: str) -> Document:
        found = self._inventory.find_api(api)
        for one in list_resources(found, embed=embeds_methods(query)):
            if one["id"] == resource:
                return one
        raise not_found("Resource")

    def get_method(self, _: Query, api: str, resource: str, method: str) -> Document:
        return describe_method(self._inventory.find_api(api), self._find(api, resource, method))

    def get_integration(self, query: Query, api: str, resource: str, method: str) -> Document:
        found: Document = self.get_method(query, api, resource, method)["methodIntegration"]
        return found

    def list_authorizers(self, query: Query, api: str) -> Document:
        return list_page(self._list_authorizers(api), query)

    def get_authorizer(self, _: Query, api: str, authorizer: str) -> Document:
        for one in self._list_authorizers(api):
            if one["id"] == authorizer:
                return one
        raise not_found("Authorizer")

    def _list_authorizers(self, api: str) -> list[Document]:
        routes = self._inventory.find_api(api).routes
        used = {
            one.auth.authorizer.id: one.auth.authorizer for one in routes if one.auth.authorizer
        }
        return [describe_authorizer(one) for one in used.values()]

    def _find(self, api: str, resource: str, method: str) -> Route:
        self.get_resource({}, api, resource)
        for route in self._inventory.find_api(api).routes:
            if (route.resource_id, route.method) == (resource, method):
                return route
        raise not_found("Method")


def embeds_methods(query: Query) -> bool:
    return query.get("embed") == "methods"


def list_resources(api: RestApi, *, embed: bool) -> Iterator[Document]:
    """With those on the way to a method, from the root down."""
    ids = {route.path: route.resource_id for route in api.routes}
    paths = {"/": None} | {part: None for path in ids for part in list_parts(path)}
    ids = {path: ids.get(path) or make_up_id(api, path) for path in paths}
    for path in sorted(paths):
        parent, _, part = path.rpartition("/")
        methods = {
            route.method: describe_method(api, route) if embed else {}
            for route in api.routes
            if route.path == path
        }
        yield drop_missing(
            {
                "id": ids[path],
                "parentId": None if path == "/" else ids[parent or "/"],
                "pathPart": part or None,
                "path": path,
                "resourceMethods": methods or None,
            }
        )


def list_parts(path: str) -> Iterator[str]:
    """ "/a/b" becomes "/a" and "/a/b"."""
    parts = [one for one in path.split("/") if one]
    for count in range(len(parts)):
        yield "/" + "/".join(parts[: count + 1])


def make_up_id(api: RestApi, path: str) -> str:
    """The same each time, for a resource of which only the path is known."""
    if path == "/":
        return api.root_resource_id
    return hashlib.sha256(f"{api.id} {path}".encode()).hexdigest()[:ID_CHARS]


def describe_method(api: RestApi, route: Route) -> Document:
    authorizer = route.auth.authorizer
    return drop_missing(
        {
            "httpMethod": route.method,
            "authorizationType": route.auth.kind.value,
            "authorizerId": name_authorizer(authorizer) if authorizer else None,
            "authorizationScopes": sorted(route.auth.scopes) or None,
            "apiKeyRequired": route.auth.api_key,
            "methodIntegration": describe_integration(api, route),
        }
    )


def describe_integration(api: RestApi, route: Route) -> Document:
    integration = route.integration
    if isinstance(integration, LambdaIntegration):
        path = STREAMS if integration.invokes_stream else BUFFERS
        arn = function_arn(integration.function_name, api.place)
        arn = f"{arn}:{integration.qualifier}" if integration.qualifier else arn
        timeout = integration.timeout_s
        return drop_missing(
            {
                "type": "AWS_PROXY",
                "httpMethod": "POST",
                "uri": f"arn:{api.place.partition}:apigateway:{api.place.region}:lambda:path/"
                + path.format(arn=arn),
                "credentials": integration.credentials or None,
                "responseTransferMode": "STREAM" if integration.streaming else "BUFFERED",
                "timeoutInMillis": None if timeout is None else round(timeout * 1000),
            }
        )
    if isinstance(integration, HttpIntegration):
        return describe_http_integration(integration)
    if isinstance(integration, MockIntegration):
        return {"type": "MOCK"}
    # Not served here: nothing more is known.
    return drop_missing({"type": integration.kind or None})


def describe_http_integration(integration: HttpIntegration) -> Document:
    timeout = integration.timeout_s
    parameters = {f"integration.request.{name}": one for name, one in integration.parameters}
    responses = {
        str(one.status): drop_missing(
            {
                "statusCode": str(one.status),
                "selectionPattern": one.pattern or None,
                "responseParameters": {
                    f"method.response.header.{name}": value for name, value in one.headers
                }
                or None,
            }
        )
        for one in integration.responses
    }
    return drop_missing(
        {
            "type": integration.kind,
            "httpMethod": integration.method or "ANY",
            "uri": integration.uri,
            "connectionType": "INTERNET",
            "requestParameters": parameters or None,
            "responseTransferMode": "STREAM" if integration.streaming else "BUFFERED",
            "timeoutInMillis": None if timeout is None else round(timeout * 1000),
            "integrationResponses": responses or None,
        }
    )


def name_authorizer(authorizer: Authorizer) -> str:
    """Those of an OpenAPI document are named "Api/Name", and no id is two parts of a path."""
    return authorizer.id.replace("/", "-")


def describe_authorizer(authorizer: Authorizer) -> Document:
    return drop_missing(
        {
            "id": name_authorizer(authorizer),
            "name": authorizer.id.rpartition("/")[2],
            "type": authorizer.kind,
            "identitySource": ",".join(authorizer.identity_sources) or None,
            "identityValidationExpression": authorizer.validation,
            "authorizerResultTtlInSeconds": authorizer.ttl_s,
        }
    )


ResourceDocuments.operations = {
    "GetAuthorizer": ("/restapis/{api}/authorizers/{authorizer}", ResourceDocuments.get_authorizer),
    "GetAuthorizers": ("/restapis/{api}/authorizers", ResourceDocuments.list_authorizers),
    "GetIntegration": (f"{METHOD}/integration", ResourceDocuments.get_integration),
    "GetMethod": (METHOD, ResourceDocuments.get_method),
    "GetResource": ("/restapis/{api}/resources/{resource}", ResourceDocuments.get_resource),
    "GetResources": ("/restapis/{api}/resources", ResourceDocuments.list_resources),
}
