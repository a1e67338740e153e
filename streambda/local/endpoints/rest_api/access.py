"""Who may call one method of a REST API: signature, authorizer, API key, in this order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streambda.local.auth.jwks import TokenError, TokenExpired, split_token
from streambda.local.auth.signature import SignatureError, Unsigned
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.rest_api.event import RestIdentity, RestTarget
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.lambda_authorizer import (
    AuthorizerDecision,
    LambdaAuthorizer,
    make_authorizer_invoker,
    make_request_event,
    read_source,
    to_texts,
)
from streambda.local.endpoints.rest_api.usage_plans import UsagePlans
from streambda.local.http.event_headers import list_event_headers
from streambda.local.http.request import HttpRequest
from streambda.local.model.rest_api_access import AuthKind, Authorizer, MethodAuth
from streambda.local.model.rest_apis import RestApi, Route

API_KEY = "x-api-key"


class RestAccess:
    def __init__(self, api: RestApi, context: EndpointContext) -> None:
        self._key_from_authorizer = api.access.key_from_authorizer
        self._guard = context.guard
        self._invoke = make_authorizer_invoker(context)
        self._count_usage = context.limits.usage_plans is not None
        self._plans = UsagePlans(api.access.usage_plans, context.guard.clock)
        self._authorizers: dict[str, LambdaAuthorizer] = {}

    async def admit(self, request: HttpRequest, target: RestTarget, route: Route) -> RestIdentity:
        """Raises `GatewayRefusal`."""
        auth = route.auth
        caller = None
        decision: AuthorizerDecision | None = None
        authorizer: Mapping[str, Any] | None = None
        try:
            if auth.kind is AuthKind.IAM:
                caller = self._guard.identify_signer(request, "execute-api")
            elif auth.kind is AuthKind.LAMBDA:
                decision = await self._find_authorizer(auth).admit(request, target)
                authorizer = decision.context
            elif auth.kind is AuthKind.COGNITO:
                authorizer = {"claims": to_texts(self._read_claims(request, target, auth))}
        except SignatureError as error:
            raise make_signature_refusal(error) from error
        except GatewayRefusal as refusal:
            # A broken authorizer is broken for every caller.
            broken = refusal.error.status >= 500
            if broken or self._guard.refuses(f"{refusal.error.status} {refusal.message}"):
                raise
        identity = RestIdentity(caller=caller, authorizer=authorizer)
        if not auth.api_key:
            return identity
        from_authorizer = decision.usage_key if decision else None
        key = from_authorizer if self._key_from_authorizer else read_api_key(request)
        return self._check_key(key, target.stage, identity)

    def _find_authorizer(self, auth: MethodAuth) -> LambdaAuthorizer:
        authorizer = auth.authorizer
        if authorizer is None:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        if authorizer.id not in self._authorizers:
            self._authorizers[authorizer.id] = LambdaAuthorizer(
                authorizer, self._invoke, self._guard.clock
            )
        return self._authorizers[authorizer.id]

    def _read_claims(
        self, request: HttpRequest, target: RestTarget, auth: MethodAuth
    ) -> Mapping[str, Any]:
        token = read_token(request, target, auth.authorizer)
        if self._guard.jwks is None:
            if self._guard.refuses("without --jwks FILE no token can be checked"):
                raise GatewayRefusal(GatewayError.UNAUTHORIZED)
            return read_unverified_claims(token)
        try:
            claims = self._guard.jwks.verify(token, self._guard.clock())
        except TokenExpired as error:
            raise GatewayRefusal(GatewayError.EXPIRED_TOKEN) from error
        except TokenError as error:
            raise GatewayRefusal(GatewayError.UNAUTHORIZED) from error
        # A method with scopes needs an access token, one without them an ID token.
        use = "access" if auth.scopes else "id"
        scopes = set(str(claims.get("scope", "")).split())
        if claims.get("token_use") != use or (auth.scopes and not auth.scopes & scopes):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        return claims

    def _check_key(self, key: str | None, stage: str, identity: RestIdentity) -> RestIdentity:
        """`identity` with the key. Raises `GatewayRefusal`."""
        try:
            use = self._plans.find(key, stage)
        except GatewayRefusal as refusal:
            if self._guard.refuses(f"{refusal.error.status} {refusal.message}, the API key"):
                raise
            return identity
        if self._count_usage:
            self._plans.count(use)
        return replace(identity, api_key=key, api_key_id=use.key_id)


def read_token(request: HttpRequest, target: RestTarget, authorizer: Authorizer | None) -> str:
    """The token, with or without "Bearer" in front. Raises `GatewayRefusal`."""
    if authorizer is None:
        raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
    source = next(iter(authorizer.identity_sources), "method.request.header.Authorization")
    values = read_source(source, make_request_event(request, target))
    if not values or not values[-1]:
        raise GatewayRefusal(GatewayError.UNAUTHORIZED)
    return values[-1].removeprefix("Bearer ")


def read_api_key(request: HttpRequest) -> str | None:
    """The value that the function gets too: of several the last."""
    values = [value for name, value in list_event_headers(request) if name.lower() == API_KEY]
    return values[-1] if values else None


def read_unverified_claims(token: str) -> Mapping[str, Any]:
    """The claims of a token, whose signature is not checked; empty if it is not a token."""
    try:
        return split_token(token)[1]
    except TokenError:
        return {}


def make_signature_refusal(error: SignatureError) -> GatewayRefusal:
    kind = (
        GatewayError.MISSING_AUTHENTICATION_TOKEN
        if isinstance(error, Unsigned)
        else GatewayError.INVALID_SIGNATURE
    )
    return GatewayRefusal(kind, str(error), error.exception)
