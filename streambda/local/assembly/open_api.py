"""REST APIs that are described by an OpenAPI document, as the resources that say the same. No I/O.

API Gateway imports the document in `Body`: paths, methods and their `x-amazon-apigateway-`
extensions. Here each method becomes an AWS::ApiGateway::Method, and so on for what else the
document says, so that the same code reads both.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.errors import NOT_AS_EXPECTED, AssemblyError, describe_reason
from streambda.local.model.rest_apis import ROOT_RESOURCE

REST_API = "AWS::ApiGateway::RestApi"

EXTENSION = "x-amazon-apigateway-"
ANY_METHOD = f"{EXTENSION}any-method"
API_KEY_HEADER = "x-api-key"

METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", ANY_METHOD})

# The names of an integration in a document, and in a template.
INTEGRATION = {
    "type": "Type",
    "uri": "Uri",
    "httpMethod": "IntegrationHttpMethod",
    "responseTransferMode": "ResponseTransferMode",
    "timeoutInMillis": "TimeoutInMillis",
    "credentials": "Credentials",
    "requestParameters": "RequestParameters",
    "requestTemplates": "RequestTemplates",
    "connectionType": "ConnectionType",
    "tlsConfig": "TlsConfig",
}
TLS = {"insecureSkipVerification": "InsecureSkipVerification"}
RESPONSE = {
    "statusCode": "StatusCode",
    "responseParameters": "ResponseParameters",
    "responseTemplates": "ResponseTemplates",
}
AUTHORIZER = {
    "authorizerUri": "AuthorizerUri",
    "identitySource": "IdentitySource",
    "identityValidationExpression": "IdentityValidationExpression",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
}

Document = Mapping[str, Any]
NamedResource = tuple[str, Resource]


def expand_open_apis(stack: Stack, resolver: Resolver) -> Stack:
    """`stack` with the methods that its APIs' documents describe, beside its own resources."""
    found = dict(stack.template.resources)
    gaps = list(stack.gaps)
    for logical_id, resource in stack.resources_of_type(REST_API):
        try:
            found |= _expand(logical_id, resource, resolver)
        except NOT_AS_EXPECTED as error:
            if not stack.from_template:
                raise
            reason = f"its OpenAPI document is not as expected: {describe_reason(error)}"
            gaps.append(
                UnsupportedResource(type=REST_API, name=logical_id, reason=reason, wrong=True)
            )
    template = stack.template.model_copy(update={"resources": found})
    return replace(stack, template=template, gaps=tuple(gaps))


def _expand(logical_id: str, resource: Resource, resolver: Resolver) -> dict[str, Resource]:
    body = resolver.resolve(resource.properties.get("Body"))
    if not isinstance(body, dict):
        return {}
    own = {logical_id: _complete_api(resource, body)}
    return own | _OpenApi(logical_id, body).list_resources()


def _complete_api(resource: Resource, body: Document) -> Resource:
    """What the document says of the API as a whole; a property of the template wins."""
    title = body.get("info", {}).get("title")
    said = {
        "Name": title,
        "BinaryMediaTypes": body.get(f"{EXTENSION}binary-media-types"),
        "ApiKeySourceType": body.get(f"{EXTENSION}api-key-source"),
    }
    known = {key: value for key, value in said.items() if value}
    return resource.model_copy(update={"properties": known | resource.properties})


class _OpenApi:
    """The document of one API."""

    def __init__(self, api: str, body: Document) -> None:
        self._api = api
        self._body = body
        components = body.get("components", {})
        # In OpenAPI 2 and in OpenAPI 3.
        self._schemes: dict[str, Document] = {
            **body.get("securityDefinitions", {}),
            **components.get("securitySchemes", {}),
        }

    def list_resources(self) -> dict[str, Resource]:
        return dict(
            [
                *self._list_methods(),
                *self._list_authorizers(),
                *self._list_gateway_responses(),
            ]
        )

    def _make(self, name: str, kind: str, properties: Document) -> NamedResource:
        whole = {"RestApiId": self._api, **properties}
        document = {"Type": f"AWS::ApiGateway::{kind}", "Properties": whole}
        return f"{self._api}/{name}", Resource.model_validate(document)

    def _list_methods(self) -> Iterator[NamedResource]:
        root = f"{self._api}-{ROOT_RESOURCE}"
        for path, item in self._body.get("paths", {}).items():
            resource_id = root
            if part := path.strip("/"):
                # AWS makes up six characters for each.
                resource_id = hashlib.sha256(f"{self._api}{path}".encode()).hexdigest()[:6]
                properties = {"ParentId": root, "PathPart": part}
                yield resource_id, self._make(path, "Resource", properties)[1]
            for name, operation in item.items():
                if name.lower() in METHODS:
                    verb = "ANY" if name == ANY_METHOD else name.upper()
                    properties = self._read_operation(operation or {})
                    yield self._make(
                        f"{verb} {path}",
                        "Method",
                        {"ResourceId": resource_id, "HttpMethod": verb, **properties},
                    )

    def _read_operation(self, operation: Document) -> dict[str, Any]:
        integration = operation.get(f"{EXTENSION}integration") or {}
        properties = rename(integration, INTEGRATION)
        properties["Type"] = str(properties.get("Type", "")).upper()
        properties["IntegrationResponses"] = [
            {"SelectionPattern": "" if name == "default" else str(name), **rename(one, RESPONSE)}
            for name, one in integration.get("responses", {}).items()
        ]
        if tls := properties.get("TlsConfig"):
            properties["TlsConfig"] = rename(tls, TLS)
        return {"Integration": properties, **self._read_security(operation)}

    def _read_security(self, operation: Document) -> dict[str, Any]:
        found: dict[str, Any] = {}
        # Of a method on its own, in OpenAPI 3.
        if kind := operation.get(f"{EXTENSION}auth", {}).get("type"):
            found["AuthorizationType"] = str(kind).upper()
        security = operation.get("security", self._body.get("security", []))
        if not isinstance(security, list) or not all(isinstance(one, dict) for one in security):
            raise AssemblyError(f"security is {security!r}, expected a list of objects")
        for requirement in security:
            for name, scopes in requirement.items():
                found |= self._read_requirement(name, scopes)
        return found

    def _read_requirement(self, name: str, scopes: Any) -> dict[str, Any]:
        scheme = self._schemes.get(name, {})
        if scheme.get(f"{EXTENSION}authtype") == "awsSigv4":
            return {"AuthorizationType": "AWS_IAM"}
        if authorizer := scheme.get(f"{EXTENSION}authorizer"):
            cognito = str(authorizer.get("type", "")).lower() == "cognito_user_pools"
            return {
                "AuthorizationType": "COGNITO_USER_POOLS" if cognito else "CUSTOM",
                "AuthorizerId": f"{self._api}/{name}",
                "AuthorizationScopes": scopes or [],
            }
        if str(scheme.get("name", "")).lower() == API_KEY_HEADER:
            return {"ApiKeyRequired": True}
        return {}

    def _list_authorizers(self) -> Iterator[NamedResource]:
        for name, scheme in self._schemes.items():
            if authorizer := scheme.get(f"{EXTENSION}authorizer"):
                header = f"method.request.header.{scheme.get('name', 'Authorization')}"
                properties = {
                    "Type": str(authorizer.get("type", "")).upper(),
                    **rename(authorizer, AUTHORIZER),
                }
                if properties["Type"] != "REQUEST":
                    properties.setdefault("IdentitySource", header)
                yield self._make(name, "Authorizer", properties)

    def _list_gateway_responses(self) -> Iterator[NamedResource]:
        responses = self._body.get(f"{EXTENSION}gateway-responses", {})
        for kind, response in responses.items():
            properties = {"ResponseType": kind, **rename(response, RESPONSE)}
            yield self._make(kind, "GatewayResponse", properties)


def rename(document: Document, names: Mapping[str, str]) -> dict[str, Any]:
    """What of `document` has a name in `names`, under that name."""
    return {names[key]: value for key, value in document.items() if key in names}
