"""HTTP APIs that an OpenAPI document describes, as the resources that say the same. No I/O.

SAM writes each AWS::Serverless::HttpApi as such a document.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.open_api import ANY_METHOD, EXTENSION, METHODS, rename

INTEGRATION = {
    "type": "IntegrationType",
    "uri": "IntegrationUri",
    "httpMethod": "IntegrationMethod",
    "connectionType": "ConnectionType",
    "requestParameters": "RequestParameters",
    "responseParameters": "ResponseParameters",
    "payloadFormatVersion": "PayloadFormatVersion",
    "timeoutInMillis": "TimeoutInMillis",
    "integrationSubtype": "IntegrationSubtype",
}
AUTHORIZER = {
    "authorizerUri": "AuthorizerUri",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "enableSimpleResponses": "EnableSimpleResponses",
    "identitySource": "IdentitySource",
}
JWT = {"issuer": "Issuer", "audience": "Audience"}
CORS = {
    "allowCredentials": "AllowCredentials",
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
    "maxAge": "MaxAge",
}

Document = Mapping[str, Any]


def read_cors_document(body: Document) -> dict[str, Any] | None:
    """The `CorsConfiguration` that a template would have."""
    cors = body.get(f"{EXTENSION}cors")
    return rename(cors, CORS) if isinstance(cors, Mapping) else None


def list_document_routes(body: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The properties of each route, and those of its integration."""
    for path, item in body.get("paths", {}).items():
        for name, operation in item.items():
            if name.lower() not in METHODS:
                continue
            verb = "ANY" if name == ANY_METHOD else name.upper()
            key = path if path.startswith("$") else f"{verb} {path}"
            security = operation.get("security", body.get("security", []))
            properties = {"RouteKey": key, **_read_security(body, security)}
            yield properties, rename(operation.get(f"{EXTENSION}integration") or {}, INTEGRATION)


def list_document_authorizers(body: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """By the name of the security scheme."""
    for name, scheme in _schemes(body).items():
        if authorizer := scheme.get(f"{EXTENSION}authorizer"):
            jwt = authorizer.get("jwtConfiguration") or {}
            yield name, {**rename(authorizer, AUTHORIZER), "JwtConfiguration": rename(jwt, JWT)}


def _schemes(body: Document) -> dict[str, Document]:
    found: dict[str, Document] = (body.get("components") or {}).get("securitySchemes") or {}
    return found


def _read_security(body: Document, security: Any) -> dict[str, Any]:
    for requirement in security:
        for name, scopes in requirement.items():
            scheme = _schemes(body).get(name, {})
            if scheme.get(f"{EXTENSION}authtype") == "awsSigv4" or name == "AWS_IAM":
                return {"AuthorizationType": "AWS_IAM"}
            if authorizer := scheme.get(f"{EXTENSION}authorizer"):
                jwt = str(authorizer.get("type", "")).lower() == "jwt"
                kind = "JWT" if jwt else "CUSTOM"
                more = {"AuthorizerId": name, "AuthorizationScopes": scopes}
                return {"AuthorizationType": kind, **more}
    return {}
