"""A Django app in one file, which answers with what it was asked: `asgi` and `wsgi` of one project.

Django streams an async iterator under ASGI and a plain one under WSGI; what is of the other kind it
collects first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.mark",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not one",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import (  # noqa: E402
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path  # noqa: E402


def mark(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Middleware of the project's own."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["x-marked"] = request.method or ""
        return response

    return respond


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


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(BytesIO(b"x" * 100_000), as_attachment=True, filename="é.bin")


def visits(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(request.session["visits"])


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield f"data: {number}\n\n"

    async def async_chunks() -> AsyncIterator[str]:
        for chunk in chunks():
            yield chunk

    made = async_chunks() if isinstance(request, ASGIRequest) else chunks()
    return StreamingHttpResponse(made, content_type="text/event-stream")


def wait_for(gate: Path) -> None:
    """Returns once a byte can be read from the FIFO."""
    with gate.open("rb", buffering=0) as fifo:
        fifo.read(1)


def gated(request: HttpRequest) -> StreamingHttpResponse:
    """The second chunk is made only once the FIFO at `gate` has a byte."""
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
    path("file", file),
    path("visits", visits),
    path("stream", stream),
    path("gated", gated),
]

asgi = get_asgi_application()
wsgi = get_wsgi_application()
