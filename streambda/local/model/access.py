"""What a template says about who may come in. `access_definitions` reads it. No I/O."""

import re
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
class Cors:
    """Of a function URL; AWS::Lambda::Url Cors."""

    allow_credentials: bool = False
    allow_headers: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """AWS::ApiGateway::Authorizer."""

    id: str
    kind: str  # TOKEN, REQUEST or COGNITO_USER_POOLS
    function_name: str | None  # None: not in this assembly, or no function at all
    identity_sources: tuple[str, ...]  # "method.request.header.Authorization"
    validation: re.Pattern[str] | None = None
    ttl_s: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodAuth:
    kind: AuthKind = AuthKind.NONE
    authorizer: Authorizer | None = None
    scopes: frozenset[str] = frozenset()
    api_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    rate_per_s: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    limit: int
    period: str  # DAY, WEEK or MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlan:
    id: str
    stages: frozenset[str]  # of one API, since plans are read for it
    keys: Mapping[str, str]  # id by value
    throttle: Throttle | None = None
    quota: Quota | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """What an API says in place of API Gateway's own words."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    template: str | None  # of the body, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All that an API has beside its methods."""

    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)  # by type
    usage_plans: tuple[UsagePlan, ...] = ()
    key_from_authorizer: bool = False
