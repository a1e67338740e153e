"""Who may call one route of an HTTP API: a signature, a JSON Web Token, or a function decides."""

from collections.abc import Mapping
from typing import Any

from streambda.local.auth.jwks import TokenError, split_token
from streambda.local.auth.signature import SignatureError
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.function_url.event import make_iam
from streambda.local.endpoints.http_api.authorizer import HttpLambdaAuthorizer, read_identity
from streambda.local.endpoints.http_api.errors import HttpApiError, HttpApiRefusal
from streambda.local.endpoints.http_api.event import HttpTarget
from streambda.local.endpoints.rest_api.lambda_authorizer import (
    make_authorizer_invoker,
    to_texts,
)
from streambda.local.http.request import HttpRequest
from streambda.local.model.http_apis import HttpAuthorizer, RouteAuth, RouteAuthKind

TOKEN_SOURCE = "$request.header.Authorization"

# By the name of its kind, as an event has it.
AuthorizerContext = Mapping[str, Any] | None


class HttpApiAccess:
    def __init__(self, context: EndpointContext) -> None:
        self._guard = context.guard
        self._invoke = make_authorizer_invoker(context)
        self._authorizers: dict[str, HttpLambdaAuthorizer] = {}

    async def admit(
        self, request: HttpRequest, target: HttpTarget, auth: RouteAuth
    ) -> AuthorizerContext:
        """What `requestContext.authorizer` is. Raises `HttpApiRefusal`."""
        try:
            return await self._admit(request, target, auth)
        except SignatureError as error:
            raise HttpApiRefusal(HttpApiError.FORBIDDEN, str(error)) from error
        except HttpApiRefusal as refusal:
            # A broken authorizer is broken for every caller.
            broken = refusal.error.status >= 500
            if broken or self._guard.refuses(f"{refusal.error.status} {refusal.why}"):
                raise
            return None

    async def _admit(
        self, request: HttpRequest, target: HttpTarget, auth: RouteAuth
    ) -> AuthorizerContext:
        if auth.kind is RouteAuthKind.IAM:
            caller = self._guard.identify_signer(request, "execute-api")
            return {"iam": make_iam(caller)} if caller else None
        if auth.kind is RouteAuthKind.NONE:
            return None
        if auth.authorizer is None:
            raise HttpApiRefusal(HttpApiError.INTERNAL, "its authorizer is not in this app")
        if auth.kind is RouteAuthKind.JWT:
            return {"jwt": self._read_token(request, target, auth.authorizer, auth.scopes)}
        decide = self._find(auth.authorizer)
        return {"lambda": dict(await decide.admit(request, target))}

    def _find(self, authorizer: HttpAuthorizer) -> HttpLambdaAuthorizer:
        if authorizer.id not in self._authorizers:
            self._authorizers[authorizer.id] = HttpLambdaAuthorizer(
                authorizer, self._invoke, self._guard.clock
            )
        return self._authorizers[authorizer.id]

    def _read_token(
        self,
        request: HttpRequest,
        target: HttpTarget,
        authorizer: HttpAuthorizer,
        scopes: frozenset[str],
    ) -> Mapping[str, Any]:
        """The claims as texts, and the scopes that the route asks for."""
        source = next(iter(authorizer.identity_sources), TOKEN_SOURCE)
        token = read_identity(source, request, target).removeprefix("Bearer ").strip()
        try:
            if self._guard.jwks:
                claims = self._guard.jwks.verify(token, self._guard.clock())
                check_claims(claims, authorizer)
            elif self._guard.refuses("without --jwks FILE no token can be checked"):
                raise TokenError("without --jwks FILE no token can be checked")
            else:
                claims = split_token(token)[1]
        except TokenError as error:
            raise HttpApiRefusal(HttpApiError.UNAUTHORIZED, str(error)) from error
        has = set(str(claims.get("scope", "")).split()) | set(list_texts(claims.get("scp")))
        if scopes and not scopes & has:
            why = f"the token has no scope of {', '.join(sorted(scopes))}"
            raise HttpApiRefusal(HttpApiError.FORBIDDEN, why)
        return {"claims": to_texts(claims), "scopes": sorted(has) if scopes else None}


def check_claims(claims: Mapping[str, Any], authorizer: HttpAuthorizer) -> None:
    """Issuer and audience, as far as the template knows them. Raises `TokenError`."""
    issuer = claims.get("iss")
    if authorizer.issuer and issuer != authorizer.issuer:
        raise TokenError(f"the token's iss is {issuer!r}, expected {authorizer.issuer!r}")
    # "API Gateway validates client_id only if aud is not present."
    aud = claims.get("aud")
    named = list_texts(claims.get("client_id") if aud is None else aud)
    if authorizer.audience and authorizer.audience.isdisjoint(named):
        expected = ", ".join(sorted(authorizer.audience))
        raise TokenError(
            f"the token's {'client_id' if aud is None else 'aud'} is not one of {expected}"
        )


def list_texts(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return [claim]
    return [str(one) for one in claim] if isinstance(claim, list) else []
