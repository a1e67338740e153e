"""REST APIs whose methods call a backend: /prod/NAME/{proxy+} for each integration."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from streambda.local import EndpointOptions, LocalCloud
from tests.support.endpoint_clouds import running
from tests.support.local_assembly import method, resource

ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
PROXY_PATH = {"integration.request.path.proxy": "method.request.path.proxy"}


def http_api(integrations: dict[str, dict[str, Any]], **properties: Any) -> dict[str, Any]:
    """/prod/NAME/{proxy+} for each, with properties of the API."""
    resources: dict[str, Any] = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api", **properties}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "prod",
                "Variables": {"tier": "gold"},
            },
        },
    }
    for name, integration in integrations.items():
        more = integration.pop("Method", {})
        of_method = method(f"{name}Proxy", "ANY", {"Type": "HTTP_PROXY", **integration})
        of_method["Properties"] |= more
        resources |= {
            name: resource(ROOT, name),
            f"{name}Proxy": resource({"Ref": name}, "{proxy+}"),
            f"{name}Any": of_method,
        }
    return resources


def serve(
    folder: Path,
    integrations: dict[str, dict[str, Any]],
    options: EndpointOptions | None = None,
    lines: list[tuple[str, str]] | None = None,
    **properties: Any,
) -> AbstractAsyncContextManager[LocalCloud]:
    return running(folder, http_api(integrations, **properties), options, lines)


def url_of(cloud: LocalCloud) -> str:
    return cloud.endpoints[-1].url


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
