"""Runs the runtime's loop in this thread, against a fake Runtime API."""

from collections.abc import Callable
from typing import Any

import pytest

from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.fake_runtime_api import FakeRuntimeApi, RecordedRequest


def collect_post(handler: Callable[..., Any], event: bytes, **options: Any) -> RecordedRequest:
    """Serves one event. Returns the one request that the runtime posted."""
    (post,) = collect_posts(handler, event, **options)
    return post


def collect_posts(
    handler: Callable[..., Any], *events: bytes, **options: Any
) -> list[RecordedRequest]:
    """Serves `events`; `options` are of FakeRuntimeApi. Returns the requests that were posted."""
    with FakeRuntimeApi(*events, **options) as fake:
        return serve_all_events(fake, handler)


def serve_all_events(fake: FakeRuntimeApi, handler: Callable[..., Any]) -> list[RecordedRequest]:
    """Serves every event of `fake`, until its 410. Returns the requests that the runtime posted."""
    run_until_error(fake.address, handler, "answered 410")
    return fake.posts()


def run_until_error(address: str, handler: Callable[..., Any], message: str) -> None:
    """Runs the loop until a RuntimeApiError whose text matches `message`."""
    api = RuntimeApi(address)
    try:
        with pytest.raises(RuntimeApiError, match=message):
            run(api, api, handler)
    finally:
        api.close()
