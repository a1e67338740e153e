"""What `_HANDLER` may name: ordinary handlers, ASGI and WSGI applications, and nothing else."""

import functools
from collections.abc import Iterator
from pathlib import Path
from types import MethodType
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware

from streambda_runtime import asgi, handlers, streaming, wsgi
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.hosting.asgi import AsgiHandler
from streambda_runtime.hosting.wsgi import WsgiHandler


async def asgi_function(scope: Any, receive: Any, send: Any) -> None: ...
async def other_names(s: Any, r: Any, t: Any) -> None: ...
def asgi_sync(scope: Any, receive: Any, send: Any) -> Any: ...
def wsgi_function(environ: Any, start_response: Any) -> Any: ...
def ordinary(event: Any, context: Any) -> None: ...
async def ordinary_async(event: Any, context: Any) -> None: ...
def with_default(event: Any, context: Any, extra: Any = None) -> None: ...
def generator(event: Any, context: Any) -> Iterator[str]:
    yield ""


@streaming
def writer(event: Any, stream: Any, context: Any) -> None: ...


def decorate(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class AsgiClass:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class AsgiByModule:
    """As an instance of a framework whose arguments have other names."""

    async def __call__(self, a: Any, b: Any, c: Any) -> None: ...


AsgiByModule.__module__ = "framework.asgi"


class AsgiInSlot:
    """Sets its call when it is made, as some middleware does."""

    __slots__ = ("__call__",)

    def __init__(self) -> None:
        self.__call__ = self.run

    async def run(self, scope: Any, receive: Any, send: Any) -> None: ...


class WsgiClass:
    def __call__(self, environ: Any, start_response: Any) -> Any: ...


class HandlerClass:
    def __call__(self, event: Any, context: Any) -> None: ...
    def handle(self, event: Any, context: Any) -> None: ...


def name_of(candidate: Any) -> str:
    """Without an address: the processes of a test run must agree."""
    return str(getattr(candidate, "__qualname__", type(candidate).__name__))


ASGI = [
    asgi_function, asgi_sync, AsgiClass(), AsgiByModule(), AsgiInSlot(), Starlette(),
    GZipMiddleware(Starlette()), decorate(asgi_function), AsgiInSlot().run,
]  # fmt: skip
WSGI = [wsgi_function, WsgiClass(), decorate(wsgi_function)]
ORDINARY = [
    ordinary, ordinary_async, with_default, generator, writer, decorate(ordinary), HandlerClass(),
    HandlerClass().handle, functools.partial(ordinary), decorate(writer), lambda event, context: 1,
    lambda *args: 1, MethodType(lambda self, event, context: 1, 1), print, Mock(),
    lambda event, context, *rest: 1,
]  # fmt: skip
REFUSED = {
    "a class": HandlerClass,
    "takes (event)": lambda event: 1,
    "takes ()": lambda: 1,
    "takes (a, b, c)": lambda a, b, c: 1,
    "takes (s, r, t)": other_names,
    "takes (a, b, c, d)": lambda a, b, c, d: 1,
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    module = type("Module", (), {})()
    monkeypatch.setattr(handlers, "_import", lambda name, spec: module)

    def load(candidate: Any) -> Any:
        module.app = candidate
        return handlers.load("main.app")

    return load


@pytest.mark.parametrize("app", ASGI, ids=name_of)
def test_an_asgi_app_is_served_as_one(load: Any, app: Any) -> None:
    assert type(load(app)) is AsgiHandler
    assert load(app).name == "main.app"


@pytest.mark.parametrize("app", WSGI, ids=name_of)
def test_a_wsgi_app_is_served_as_one(load: Any, app: Any) -> None:
    assert type(load(app)) is WsgiHandler
    assert load(app).name == "main.app"


@pytest.mark.parametrize("handler", ORDINARY, ids=name_of)
def test_an_ordinary_handler_stays_what_it_is(load: Any, handler: Any) -> None:
    assert load(handler) is handler


@pytest.mark.parametrize(("named", "candidate"), REFUSED.items())
def test_what_is_neither_is_refused_at_the_start(load: Any, named: str, candidate: Any) -> None:
    with pytest.raises(RuntimeFault, match=r"the handler 'main\.app'") as fault:
        load(candidate)

    assert named in str(fault.value)
    assert fault.value.error_type == "Runtime.InvalidHandler"


def test_apps_with_options_are_handlers(load: Any) -> None:
    for handler in (asgi(asgi_function, base_path="/v1"), wsgi(wsgi_function)):
        assert load(handler) is handler
