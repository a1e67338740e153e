"""A Django app in one file, which answers with what it was asked: `asgi` and `wsgi` of one project.

Django streams an async iterator under ASGI and a plain one under WSGI; what is of the other kind it
collects first.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not one",
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import (  # noqa: E402
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path  # noqa: E402


def echo(request: HttpRequest, **parameters: str) -> HttpResponse:
    """What the app sees; below the stage, which is in front of the path at a REST API."""
    seen: dict[str, Any] = {
        "method": request.method,
        "path": request.path_info,
        "query": dict(request.GET.lists()),
        "query_string": request.META["QUERY_STRING"],
        "mine": sorted(
            (name.lower(), value)
            for name, value in request.headers.items()
            if name.lower().startswith("x-m")
        ),
        "content_type": request.headers.get("content-type"),
        "cookies": request.COOKIES,
        "body": request.body.hex(),
        "url": request.build_absolute_uri(),
        "parameters": parameters,
    }
    return JsonResponse(seen)


def status(request: HttpRequest, code: int) -> HttpResponse:
    return HttpResponse("text", status=code, content_type="text/plain")


def headers(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(b"\x00\xff", content_type="application/octet-stream")
    response["x-one"] = "one"
    response["x-two"] = "1, 2"
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2")
    return response


def redirect(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/elsewhere?a=1")
    response.status_code = 307
    return response


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken")


def large(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"x" * 3_000_000, content_type="application/octet-stream")


def form(request: HttpRequest) -> HttpResponse:
    files = {name: file.read().hex() for name, file in request.FILES.items()}
    return JsonResponse({"fields": dict(request.POST.lists()), "files": files})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield f"data: {number}\n\n"

    async def async_chunks() -> AsyncIterator[str]:
        for chunk in chunks():
            yield chunk

    made = async_chunks() if isinstance(request, ASGIRequest) else chunks()
    return StreamingHttpResponse(made, content_type="text/event-stream")


def wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)


def gated(request: HttpRequest) -> StreamingHttpResponse:
    """The second chunk is made only once the file at `gate` is there."""
    gate = Path(request.GET["gate"])

    def chunks() -> Iterator[str]:
        yield "first\n"
        wait_for(gate)
        yield "second\n"

    async def async_chunks() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.to_thread(wait_for, gate)
        yield "second\n"

    made = async_chunks() if isinstance(request, ASGIRequest) else chunks()
    return StreamingHttpResponse(made, content_type="text/plain")


urlpatterns = [
    path("echo", echo),
    path("echo/<path:rest>", echo),
    path("items/<str:item>", echo),
    path("status/<int:code>", status),
    path("headers", headers),
    path("redirect", redirect),
    path("empty", empty),
    path("slash/", empty),
    path("broken", broken),
    path("large", large),
    path("form", form),
    path("stream", stream),
    path("gated", gated),
]

asgi = get_asgi_application()
wsgi = get_wsgi_application()
