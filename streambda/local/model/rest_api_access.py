"""Who may call a REST API: authorizers, API keys and usage plans. No I/O.

`assembly/rest_api_access.py` reads these from a template, and `endpoints/rest_api` applies them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AuthKind(StrEnum):
    """AuthorizationType of AWS::ApiGateway::Method."""

    NONE = "NONE"
    IAM = "AWS_IAM"
    LAMBDA = "CUSTOM"
    COGNITO = "COGNITO_USER_POOLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """AWS::ApiGateway::Authorizer."""

    id: str
    kind: str  # TOKEN, REQUEST or COGNITO_USER_POOLS
    function_name: str | None  # None: not in this assembly, or no function at all
    identity_sources: tuple[str, ...]  # "method.request.header.Authorization"
    validation: str | None = None  # a regular expression for the values of its identity sources
    ttl_s: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodAuth:
    """What one method asks of its callers."""

    kind: AuthKind = AuthKind.NONE
    authorizer: Authorizer | None = None
    scopes: frozenset[str] = frozenset()
    api_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Of a usage plan or of methods: a token bucket."""

    rate_per_s: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodThrottle:
    """Of MethodSettings of a stage: each method that is meant has a bucket of its own."""

    method: str  # or *
    path: str  # or /*
    throttle: Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Of a usage plan: requests per period."""

    limit: int
    period: str  # DAY, WEEK or MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlan:
    """AWS::ApiGateway::UsagePlan, with the keys that are linked to it."""

    id: str
    stages: frozenset[str]  # of one API, since plans are read for it
    keys: Mapping[str, str]  # the id of each key by its value
    throttle: Throttle | None = None
    quota: Quota | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """AWS::ApiGateway::GatewayResponse: what an API answers in place of API Gateway's own error."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    template: str | None  # of the body, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All that an API says about access beside its methods, and its gateway responses."""

    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)  # by type
    usage_plans: tuple[UsagePlan, ...] = ()
    key_from_authorizer: bool = False
