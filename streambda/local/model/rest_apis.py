"""A REST API of API Gateway, as its template describes it. No I/O.

`assembly/rest_apis.py` reads it from a template, and `endpoints/rest_api` serves it. What it says
about access is in `rest_api_access`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.place import Place
from streambda.local.model.rest_api_access import Access, MethodAuth, MethodThrottle

STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
ROOT_RESOURCE = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaIntegration:
    """An integration of type AWS_PROXY that invokes a function."""

    function_name: str
    streaming: bool  # ResponseTransferMode is STREAM
    invokes_stream: bool = True  # its URI is the one of InvokeWithResponseStream
    timeout_s: float | None = None  # None: the service's default
    credentials: str = ""  # the ARN of the role with which API Gateway invokes
    qualifier: str | None = None  # alias or version in its URI, perhaps ${stageVariables.NAME}

    @property
    def supported(self) -> bool:
        return self.streaming == self.invokes_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class MockIntegration:
    """Answers by itself; the CDK makes these for CORS preflight."""

    status: int
    headers: tuple[tuple[str, str], ...]
    origins: tuple[str, ...] = ()  # allowed by its template, which answers with one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class UnservedIntegration:
    """Args: `reason` is why the local cloud does not serve it, `kind` its type: HTTP, AWS, …"""

    reason: str
    kind: str = ""  # a method may have none


Integration = LambdaIntegration | HttpIntegration | MockIntegration | UnservedIntegration


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """AWS::ApiGateway::Method and the path of its resource."""

    method: str  # or ANY
    path: str  # "/words/{id}/{proxy+}"
    resource_id: str
    integration: Integration
    auth: MethodAuth = field(default_factory=MethodAuth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """AWS::ApiGateway::Stage."""

    name: str
    variables: Mapping[str, str]
    deployment_id: str = ""
    throttles: tuple[MethodThrottle, ...] = ()

    def fill(self, text: str) -> str:
        """With the values of this stage's variables in it."""
        return STAGE_VARIABLE.sub(lambda found: self.variables.get(found[1], ""), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    """AWS::ApiGateway::RestApi."""

    name: str
    logical_id: str
    stages: tuple[Stage, ...]
    routes: tuple[Route, ...]
    edge: bool = False  # edge-optimised: CloudFront is in front of it, with shorter timeouts
    access: Access = field(default_factory=Access)
    stack: str = ""
    place: Place = field(default_factory=Place)
    binary_media_types: tuple[str, ...] = ()  # in lower case, with a slash: "image/*"

    @property
    def id(self) -> str:
        """Of all APIs: two stacks may have the same logical id."""
        return f"{self.stack}/{self.logical_id}"

    @property
    def api_id(self) -> str:
        """As events and API Gateway name it."""
        return self.logical_id.lower()

    @property
    def root_resource_id(self) -> str:
        """What Fn::GetAtt of its RootResourceId gives."""
        return f"{self.logical_id}-{ROOT_RESOURCE}"
