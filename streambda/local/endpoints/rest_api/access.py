"""Who may call one method of a REST API: signature, authoriser, API key, in this order."""

from collections.abc import Mapping
from typing import Any

from streambda.local.auth.guard import Guard
from streambda.local.auth.jwks import TokenError, TokenExpired, parts
from streambda.local.auth.signature import SignatureError, Unsigned
from streambda.local.endpoints.rest_api.event import RestIdentity, RestTarget
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.lambda_authorizer import (
    Ask,
    AuthorizerDecision,
    LambdaAuthorizer,
    source_value,
    texts,
)
from streambda.local.endpoints.rest_api.usage_plans import UsagePlans
from streambda.local.http.request import HttpCall
from streambda.local.model.access import AuthKind, Authorizer, MethodAuth
from streambda.local.model.functions import RestApi, Route

API_KEY = "x-api-key"


class RestAccess:
    """Args: `counts` is whether usage plans may say that it is enough."""

    def __init__(self, api: RestApi, guard: Guard, ask: Ask, *, counts: bool) -> None:
        self._from_authorizer = api.access.key_from_authorizer
        self._guard = guard
        self._ask = ask
        self._counts = counts
        self._plans = UsagePlans(api.access.usage_plans, guard.clock)
        self._authorizers: dict[str, LambdaAuthorizer] = {}

    async def admit(self, call: HttpCall, target: RestTarget, route: Route) -> RestIdentity:
        """Raises `GatewayRefusal`."""
        auth = route.auth
        caller = None
        decision: AuthorizerDecision | None = None
        claims: Mapping[str, Any] | None = None
        try:
            if auth.kind is AuthKind.IAM:
                caller = self._guard.signer(call, "execute-api")
            elif auth.kind is AuthKind.LAMBDA:
                decision = await self._authorizer(auth).admit(call, target)
            elif auth.kind is AuthKind.COGNITO:
                claims = self._claims(call, target, auth)
        except SignatureError as error:
            raise signature_refusal(error) from error
        except GatewayRefusal as refusal:
            # An authoriser that is broken is no matter of who comes.
            broken = refusal.error.status >= 500
            if broken or self._guard.refuses(f"{refusal.error.status} {refusal.message}"):
                raise
        said = {"claims": texts(claims)} if claims is not None else None
        return self._with_key(
            call,
            target,
            auth,
            RestIdentity(caller=caller, authorizer=decision.context if decision else said),
            decision.usage_key if decision else None,
        )

    def _authorizer(self, auth: MethodAuth) -> LambdaAuthorizer:
        found = auth.authorizer
        if found is None:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        if found.id not in self._authorizers:
            self._authorizers[found.id] = LambdaAuthorizer(found, self._ask, self._guard.clock)
        return self._authorizers[found.id]

    def _claims(self, call: HttpCall, target: RestTarget, auth: MethodAuth) -> Mapping[str, Any]:
        token = bearer(call, target, auth.authorizer)
        if self._guard.jwks is None:
            if self._guard.refuses("no token can be checked without --jwks FILE"):
                raise GatewayRefusal(GatewayError.UNAUTHORIZED)
            return decoded_claims(token)
        try:
            claims = self._guard.jwks.claims(token, self._guard.clock())
        except TokenExpired as error:
            raise GatewayRefusal(GatewayError.EXPIRED_TOKEN) from error
        except TokenError as error:
            raise GatewayRefusal(GatewayError.UNAUTHORIZED) from error
        # With scopes an access token is wanted, without them an ID token.
        use = "access" if auth.scopes else "id"
        given = set(str(claims.get("scope", "")).split())
        if claims.get("token_use") != use or (auth.scopes and not auth.scopes & given):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        return claims

    def _with_key(
        self,
        call: HttpCall,
        target: RestTarget,
        auth: MethodAuth,
        identity: RestIdentity,
        usage_key: str | None,
    ) -> RestIdentity:
        if not auth.api_key:
            return identity
        value = usage_key if self._from_authorizer else call.header(API_KEY)
        try:
            use = self._plans.find(value, target.stage)
        except GatewayRefusal as refusal:
            if self._guard.refuses(f"{refusal.error.status} {refusal.message}, the API key"):
                raise
            return identity
        if self._counts:
            self._plans.count(use)
        return RestIdentity(
            caller=identity.caller,
            authorizer=identity.authorizer,
            api_key=value,
            api_key_id=use.key_id,
        )


def bearer(call: HttpCall, target: RestTarget, authorizer: Authorizer | None) -> str:
    """The token, with or without "Bearer" in front. Raises `GatewayRefusal`."""
    if authorizer is None:
        raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
    source = next(iter(authorizer.identity_sources), "method.request.header.Authorization")
    value = source_value(source, call, target)
    if not value:
        raise GatewayRefusal(GatewayError.UNAUTHORIZED)
    return value.removeprefix("Bearer ")


def decoded_claims(token: str) -> Mapping[str, Any]:
    """What a token says, whoever wrote it; nothing where it is no token."""
    try:
        return parts(token)[1]
    except TokenError:
        return {}


def signature_refusal(error: SignatureError) -> GatewayRefusal:
    kind = (
        GatewayError.MISSING_AUTHENTICATION_TOKEN
        if isinstance(error, Unsigned)
        else GatewayError.INVALID_SIGNATURE
    )
    return GatewayRefusal(kind, str(error), error.exception)
