"""Runs the real loop, in this thread, against a fake Runtime API until its 410."""

from collections.abc import Callable
from typing import Any

import pytest

from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.fake_runtime_api import FakeRuntimeApi, RecordedRequest


def serve_all_events(fake: FakeRuntimeApi, handler: Callable[..., Any]) -> list[RecordedRequest]:
    """Serves every event of `fake`; the requests that the runtime posted."""
    run_until_error(fake.address, handler, "answered 410")
    return fake.posts()


def run_until_error(address: str, handler: Callable[..., Any], ends: str) -> None:
    """Runs the loop until a RuntimeApiError that matches `ends`."""
    api = RuntimeApi(address)
    try:
        with pytest.raises(RuntimeApiError, match=ends):
            run(api, handler)
    finally:
        api.close()


def collect_posts(
    handler: Callable[..., Any], *events: bytes, **options: Any
) -> list[RecordedRequest]:
    """The posts of a whole run over `events`."""
    with FakeRuntimeApi(*events, **options) as fake:
        return serve_all_events(fake, handler)


def collect_post(handler: Callable[..., Any], event: bytes, **options: Any) -> RecordedRequest:
    """The one post that one event leads to."""
    (post,) = collect_posts(handler, event, **options)
    return post
