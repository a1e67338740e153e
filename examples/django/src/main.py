"""A Django project in one file that streams a table while it makes it.

`app` is the ASGI application; `get_wsgi_application()` would do as well, with a plain generator.
"""

import asyncio
import os
from collections.abc import AsyncIterator

import django
from django.conf import settings

settings.configure(
    # Requests reach a Function URL by its own name only; name your domain here if you have one.
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("SECRET_KEY", "nothing here is signed"),
    USE_TZ=True,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


async def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<!doctype html><title>Squares</title><a href="squares/5">squares</a>')


async def squares(request: HttpRequest, count: int) -> StreamingHttpResponse:
    async def rows() -> AsyncIterator[str]:
        yield "number,square\n"
        for number in range(1, count + 1):
            await asyncio.sleep(0.2)
            yield f"{number},{number**2}\n"

    return StreamingHttpResponse(rows(), content_type="text/csv")


urlpatterns = [path("", index), path("squares/<int:count>", squares)]

app = get_asgi_application()
