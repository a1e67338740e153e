"""Many requests to a web app in one environment leave nothing behind: no task, no memory."""

import json
import sysconfig
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.support.bootstrap_process import lay_out, serve

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "functions/web_apps"

# The app in an environment of its own, which tells what there is after some of its requests.
CODE = """
import asyncio, gc, importlib, json, sys
sys.path[:0] = [{packages!r}, {apps!r}]
inner = getattr(importlib.import_module({module!r}), {name!r})
number = 0

def tell():
    global number
    number += 1
    if number in {marks}:
        gc.collect()
        try:
            tasks = len(asyncio.all_tasks())
        except RuntimeError:  # WSGI needs no event loop
            tasks = 0
        pages = int(open("/proc/self/statm").read().split()[1])
        print("mark", json.dumps([number, tasks, len(gc.get_objects()), pages * 4096]), flush=True)

async def asgi(scope, receive, send):
    try:
        await inner(scope, receive, send)
    finally:
        if scope["type"] == "http":
            tell()

def wsgi(environ, start_response):
    tell()
    return inner(environ, start_response)
"""
HANDLERS = {
    "starlette_app.app": "mine.asgi",
    "fastapi_app.app": "mine.asgi",
    "litestar_app.app": "mine.asgi",
    "quart_app.app": "mine.asgi",
    "django_app.asgi": "mine.asgi",
    "django_app.wsgi": "mine.wsgi",
    "flask_app.app": "mine.wsgi",
}
PATHS = ["/stream", "/echo?a=1", "/headers", "/nowhere", "/empty", "/redirect"]


@dataclass(frozen=True)
class Mark:
    """What there was after request `number`."""

    number: int
    tasks: int
    objects: int
    bytes: int


def make_event(path: str) -> bytes:
    path, _, query = path.partition("?")
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "localhost"},
        "requestContext": {"http": {"method": "GET", "path": path}},
    }
    return json.dumps(event).encode()


def run(folder: Path, app: str, count: int, marks: list[int], timeout_s: float) -> list[Mark]:
    """Sends `count` requests, of which each answers."""
    module, _, name = app.rpartition(".")
    packages = sysconfig.get_path("purelib")
    code = CODE.format(packages=packages, apps=str(APPS), module=module, name=name, marks=marks)
    events = islice(cycle(map(make_event, PATHS)), count)

    posts, done = serve(lay_out(folder), code, *events, handler=HANDLERS[app], timeout_s=timeout_s)

    assert [post.action for post in posts] == ["response"] * count, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    return [Mark(*json.loads(line[5:])) for line in lines if line.startswith("mark ")]


@pytest.mark.parametrize("app", HANDLERS)
def test_two_hundred_requests_leave_no_task(tmp_path: Path, app: str) -> None:
    early, late = run(tmp_path, app, 200, [20, 200], timeout_s=60)

    # This request's and the lifespan's; Litestar has one more while it answers.
    assert late.tasks == early.tasks <= 3


@pytest.mark.parametrize("app", ["starlette_app.app", "flask_app.app"])
@pytest.mark.timeout(300)
def test_ten_thousand_requests_need_no_more_memory(tmp_path: Path, app: str) -> None:
    early, late = run(tmp_path, app, 10_000, [2_000, 10_000], timeout_s=240)

    assert late.tasks == early.tasks
    assert late.objects - early.objects < 100  # one in 80 requests would be more
    assert late.bytes - early.bytes < 1024 * 1024  # 130 bytes a request
