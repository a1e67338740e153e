"""Every door of an assembly: which there are, where they will be, and what serves them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from starlette.types import ASGIApp

from streambda.local.assembly.access import AuthKind
from streambda.local.assembly.functions import Assembly, FunctionUrl, LambdaIntegration, RestApi
from streambda.local.doors.context import DoorContext
from streambda.local.doors.function_url import FunctionUrlDoor
from streambda.local.doors.invoke import invoke_door
from streambda.local.doors.rest_api import RestApiDoor
from streambda.local.environments.entry_point import Start, start_of
from streambda.local.faults.door import FaultyDoor


class DoorKind(StrEnum):
    LAMBDA_API = "lambda-api"
    FUNCTION_URL = "function-url"
    REST_API = "rest-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRoute:
    """One method of a REST API that reaches a function."""

    method: str
    path: str  # below the door's URL
    streams: bool
    iam: bool = False  # AWS lets in who has signed, and nobody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    kind: DoorKind
    name: str  # of the function, or of the API and its stage
    url: str
    streams: bool = True
    iam: bool = False
    routes: tuple[DoorRoute, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """An application that gets a port, and the doors that it will be; their URLs are paths yet.

    Args:
        key: The same in two assemblies if the same door is meant.
        made_of: Equal in two assemblies if the application need not be another one.
    """

    app: ASGIApp
    doors: tuple[Door, ...]
    key: str
    made_of: object


@dataclass(frozen=True, slots=True)
class Doors:
    """Makes every door of an assembly."""

    assembly: Assembly
    context: Callable[[DoorKind, str], DoorContext]

    def openings(self) -> Iterator[Opening]:
        yield self._lambda_api()
        for url in self.assembly.function_urls:
            yield self._function_url(url)
        for api in self.assembly.rest_apis:
            yield self._rest_api(api)

    def _lambda_api(self) -> Opening:
        door = Door(kind=DoorKind.LAMBDA_API, name="lambda", url="")
        context = self.context(door.kind, door.name)
        functions = self.assembly.functions
        only = functions[0] if len(functions) == 1 else None
        app = faulty(invoke_door(context, only), context)
        return Opening(app, (door,), key=door.kind, made_of=only and only.name)

    def _function_url(self, url: FunctionUrl) -> Opening:
        context = self.context(DoorKind.FUNCTION_URL, url.function_name)
        function = context.service.names.find(url.function_name)
        streams = url.streaming and start_of(function) is not Start.PLAIN_PYTHON
        kind, name = DoorKind.FUNCTION_URL, function.name
        door = Door(kind=kind, name=name, url="/", streams=streams, iam=url.iam)
        app = faulty(FunctionUrlDoor(url, function, context), context)
        key = f"{door.kind} {url.stack} {url.logical_id}"
        return Opening(app, (door,), key=key, made_of=(url, streams))

    def _rest_api(self, api: RestApi) -> Opening:
        context = self.context(DoorKind.REST_API, api.name)
        app = faulty(RestApiDoor(api, context), context)
        key = f"{DoorKind.REST_API} {api.stack} {api.logical_id}"
        return Opening(app, tuple(_stage_doors(api)), key=key, made_of=api)


def faulty(app: ASGIApp, context: DoorContext) -> FaultyDoor:
    return FaultyDoor(app, lambda: context.faults, context.sleep)


def _stage_doors(api: RestApi) -> Iterator[Door]:
    routes = tuple(
        DoorRoute(
            method=route.method,
            path=route.path,
            streams=route.integration.streaming,
            iam=route.auth.kind is AuthKind.IAM,
        )
        for route in api.routes
        if isinstance(route.integration, LambdaIntegration)
    )
    for stage in api.stages:
        name, path = f"{api.name}/{stage.name}", f"/{stage.name}/"
        yield Door(kind=DoorKind.REST_API, name=name, url=path, routes=routes)
