"""Which addresses of an app's own URLs and APIs exist here, for methods that call one. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from streambda.local.assembly.http_apis import HTTP_API, is_served
from streambda.local.assembly.intrinsics import ResolvedStacks
from streambda.local.assembly.rest_apis import REST_API
from streambda.local.model.aws_addresses import EXECUTE_API, FUNCTION_URL
from streambda.local.model.functions import FunctionUrl
from streambda.local.model.http_apis import HttpApi, HttpRoute
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import RestApi, Route, UnservedIntegration

AnyRoute = TypeVar("AnyRoute", Route, HttpRoute)


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Args:
    urls: The ids of function URLs that are served.
    served: APIs with a stage, as host names have them: in lower case.
    known: All APIs of the templates, the same way.
    """

    urls: frozenset[str]
    served: frozenset[str]
    known: frozenset[str]

    @classmethod
    def find(
        cls,
        stacks: ResolvedStacks,
        urls: Sequence[FunctionUrl],
        apis: Sequence[RestApi],
        http_apis: Sequence[HttpApi],
    ) -> Self:
        served = [api.api_id for api in apis if api.stages]
        served += [api.api_id for api in http_apis if is_served(api)]
        known = (
            name.lower()
            for stack, _ in stacks
            for kind in (REST_API, HTTP_API)
            for name, _ in stack.resources_of_type(kind)
        )
        return cls(frozenset(one.id for one in urls), frozenset(served), frozenset(known))

    def link(self, api: RestApi) -> RestApi:
        """Its methods that call what has no address here are not served."""
        return replace(api, routes=tuple(map(self._link_route, api.routes)))

    def link_http(self, api: HttpApi) -> HttpApi:
        """The same with its routes."""
        return replace(api, routes=tuple(map(self._link_route, api.routes)))

    def _link_route(self, route: AnyRoute) -> AnyRoute:
        called = route.integration
        if not isinstance(called, HttpIntegration) or not (missing := self._name_missing(called)):
            return route
        reason = (
            f"its integration ({called.kind}) calls a URL that is known only after deployment: "
            f"it needs {missing}, which has no address here"
        )
        return replace(route, integration=UnservedIntegration(reason=reason, kind=called.kind))

    def _name_missing(self, called: HttpIntegration) -> str | None:
        if url := FUNCTION_URL.match(called.uri):
            served = f"{url['stack']}/{url['name']}" in self.urls
            return None if served else f"{url['name']}.FunctionUrl"
        if not (found := EXECUTE_API.match(called.uri)):
            return None
        name = found["api"]
        # A real one is in lower case; one that could not be read is not known.
        own = name.lower() in self.known or not name.islower()
        return name if own and name.lower() not in self.served else None
