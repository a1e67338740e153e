"""An HTTP API of API Gateway, as its template describes it. No I/O.

`assembly/http_apis.py` reads it from a template, and `endpoints/http_api` serves it. It cannot
stream: every response is buffered, as on AWS.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from streambda.local.model.functions import Cors
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.place import Place
from streambda.local.model.rest_apis import LambdaIntegration, Stage, UnservedIntegration

DEFAULT = "$default"  # a route for all that no other takes, and a stage without a name in paths
PAYLOAD_1_0 = "1.0"


class RouteAuthKind(StrEnum):
    """AuthorizationType of AWS::ApiGatewayV2::Route."""

    NONE = "NONE"
    IAM = "AWS_IAM"
    JWT = "JWT"
    LAMBDA = "CUSTOM"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAuthorizer:
    """AWS::ApiGatewayV2::Authorizer: of the type JWT, or REQUEST with a function.

    Args:
        identity_sources: As "$request.header.Authorization".
        issuer: "" is any: it may be known only after deployment.
        function_name: None: not in this assembly, or no function at all.
        simple: Whether the function may answer with `isAuthorized` in place of a policy.
        ttl_s: How long an answer of the function counts; API Gateway's default is 0.
    """

    id: str
    identity_sources: tuple[str, ...] = ()
    issuer: str = ""
    audience: frozenset[str] = frozenset()
    function_name: str | None = None
    payload: str = PAYLOAD_1_0
    simple: bool = False
    ttl_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAuth:
    """What one route asks of its callers."""

    kind: RouteAuthKind = RouteAuthKind.NONE
    authorizer: HttpAuthorizer | None = None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoute:
    """AWS::ApiGatewayV2::Route, and its integration.

    Args:
        key: "GET /words/{id}", or "$default".
        payload: The format of the event and of the response, "1.0" or "2.0".
    """

    key: str
    integration: LambdaIntegration | HttpIntegration | UnservedIntegration
    payload: str = "2.0"
    auth: RouteAuth = field(default_factory=RouteAuth)

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0] if self.key != DEFAULT else "ANY"

    @property
    def path(self) -> str:
        return self.key.partition(" ")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi:
    """AWS::ApiGatewayV2::Api with the protocol HTTP."""

    name: str
    logical_id: str
    stages: tuple[Stage, ...]
    routes: tuple[HttpRoute, ...]
    cors: Cors | None = None
    stack: str = ""
    place: Place = field(default_factory=Place)

    @property
    def id(self) -> str:
        """Of all APIs: two stacks may have the same logical id."""
        return f"{self.stack}/{self.logical_id}"

    @property
    def api_id(self) -> str:
        """As events and API Gateway name it."""
        return self.logical_id.lower()
