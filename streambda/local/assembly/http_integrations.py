"""Reads methods and routes that call a URL, or says why one is not called from here. No I/O."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import is_true
from streambda.local.model.http_integrations import HttpIntegration, MappedResponse, Mappings
from streambda.local.model.rest_apis import UnservedIntegration

HTTP_KINDS = frozenset({"HTTP", "HTTP_PROXY"})

URL = re.compile(r"(?i)https?://.|\$\{stageVariables\.")
# What a template says of a value that only a deployment has.
UNKNOWN = re.compile(r"<([^<>]+): known after deployment>")

# Not that of ${stageVariables.NAME}.
PATH_VARIABLE = re.compile(r"(?<!\$)\{(\w[\w.-]*)\}")

TARGET = re.compile(r"integration\.request\.((?:path|querystring|header)\.\S+)")
RESPONSE_HEADER = "method.response.header."

# "API Gateway mapping expressions": all but those that read a body as JSON.
_ANYWHERE = r"stageVariables\.\w+|context\.[\w.$-]+|'.*'"
REQUEST_SOURCE = re.compile(
    rf"method\.request\.(?:path|(?:multivalue)?(?:querystring|header))\.\S+|{_ANYWHERE}"
)
RESPONSE_SOURCE = re.compile(rf"integration\.response\.(?:multivalue)?header\.\S+|{_ANYWHERE}")

STATUS = re.compile(r"[2-5]\d\d")

Properties = Mapping[str, Any]


def read_http_integration(
    kind: str, properties: Properties, resolver: Resolver
) -> HttpIntegration | UnservedIntegration:
    resolved = resolver.resolve(dict(properties))
    uri = resolver.text(resolved.get("Uri")).strip()
    if reason := _find_gap(kind, uri, resolved):
        return UnservedIntegration(reason=f"its integration ({kind}) {reason}", kind=kind)
    method = str(resolved.get("IntegrationHttpMethod") or "ANY").upper()
    milliseconds = resolved.get("TimeoutInMillis")
    tls: Properties = resolved.get("TlsConfig") or {}
    return HttpIntegration(
        uri=uri,
        method=None if method == "ANY" else method,
        proxy=kind == "HTTP_PROXY",
        streaming=resolved.get("ResponseTransferMode") == "STREAM",
        parameters=_read_parameters(resolved),
        responses=() if kind == "HTTP_PROXY" else tuple(_read_responses(resolved)),
        timeout_s=None if milliseconds is None else float(milliseconds) / 1000,
        verify=not is_true(tls.get("InsecureSkipVerification")),
    )


def read_http_route(
    properties: Properties, timeout_s: float
) -> HttpIntegration | UnservedIntegration:
    """Of an HTTP API, whose URIs take the values of path variables by their names.

    Args: `properties` are resolved, and those of `AWS::ApiGatewayV2::Integration`.
    """
    kind, uri = "HTTP_PROXY", str(properties.get("IntegrationUri") or "").strip()
    reason = _find_gap(kind, uri, properties)
    if properties.get("ResponseParameters"):
        reason = reason or "maps ResponseParameters, which are not read here"
    if reason:
        return UnservedIntegration(reason=f"its integration ({kind}) {reason}", kind=kind)
    method = str(properties.get("IntegrationMethod") or "ANY").upper()
    return HttpIntegration(
        uri=uri,
        method=None if method == "ANY" else method,
        parameters=tuple(
            (f"path.{name}", f"method.request.path.{name}") for name in PATH_VARIABLE.findall(uri)
        ),
        timeout_s=timeout_s,
    )


def _find_gap(kind: str, uri: str, properties: Properties) -> str | None:
    """Why it is not served."""
    if properties.get("ConnectionType") == "VPC_LINK":
        return f"calls {uri or 'nothing'} through a VPC link, which does not exist here"
    if unknown := UNKNOWN.search(uri):
        return f"calls a URL that is known only after deployment: it needs {unknown[1]}"
    if not URL.match(uri):
        return f"calls {uri or 'nothing'}, expected a URL with http:// or https://"
    for target, source in _list_mappings(properties):
        if not TARGET.fullmatch(target) or not REQUEST_SOURCE.fullmatch(source):
            return f"maps {source} to {target}, which is not read here"
    return None if kind == "HTTP_PROXY" else _find_gap_of_custom(properties)


def _find_gap_of_custom(properties: Properties) -> str | None:
    """Of the type HTTP, which API Gateway changes a request and a response for."""
    if properties.get("ResponseTransferMode") == "STREAM":
        return "has ResponseTransferMode STREAM, which only AWS_PROXY and HTTP_PROXY can have"
    responses: list[Properties] = properties.get("IntegrationResponses") or []
    templates = [properties.get("RequestTemplates")]
    templates += [one.get("ResponseTemplates") for one in responses]
    # An empty template passes the body on.
    if any(text for one in templates for text in (one or {}).values()):
        return "has mapping templates, which do not run here"
    for one in responses:
        status = str(one.get("StatusCode", 200))
        if not STATUS.fullmatch(status):
            return f"has a response with the StatusCode {status}, expected 200 to 599"
        for source in map(str, (one.get("ResponseParameters") or {}).values()):
            if not RESPONSE_SOURCE.fullmatch(source):
                return f"maps {source} to its response, which is not read here"
    return None


def _list_mappings(properties: Properties) -> Iterator[tuple[str, str]]:
    for target, source in (properties.get("RequestParameters") or {}).items():
        yield str(target), str(source)


def _read_parameters(properties: Properties) -> Mappings:
    return tuple(
        (target.removeprefix("integration.request."), source)
        for target, source in _list_mappings(properties)
    )


def _read_responses(properties: Properties) -> Iterator[MappedResponse]:
    for one in properties.get("IntegrationResponses") or ():
        yield MappedResponse(
            status=int(one.get("StatusCode", 200)),
            pattern=str(one.get("SelectionPattern") or ""),
            headers=tuple(
                (str(name).removeprefix(RESPONSE_HEADER), str(source))
                for name, source in (one.get("ResponseParameters") or {}).items()
            ),
        )
