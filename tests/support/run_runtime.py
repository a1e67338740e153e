"""Runs the real loop, in this thread, against a fake Runtime API until its 410."""

from collections.abc import Callable
from typing import Any

import pytest

from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.fake_runtime_api import FakeRuntimeApi, Recorded


def run_to_the_end(fake: FakeRuntimeApi, handler: Callable[..., Any]) -> list[Recorded]:
    """Serves every event of `fake`; the requests that the runtime posted."""
    run_at(fake.address, handler, "answered 410")
    return fake.posts()


def run_at(address: str, handler: Callable[..., Any], ends: str) -> None:
    """Runs the loop until a RuntimeApiError that matches `ends`."""
    api = RuntimeApi(address)
    try:
        with pytest.raises(RuntimeApiError, match=ends):
            run(api, handler)
    finally:
        api.close()


def posted(handler: Callable[..., Any], *events: bytes, **options: Any) -> list[Recorded]:
    """The posts of a whole run over `events`."""
    with FakeRuntimeApi(*events, **options) as fake:
        return run_to_the_end(fake, handler)


def posted_one(handler: Callable[..., Any], event: bytes, **options: Any) -> Recorded:
    """The one post that one event leads to."""
    (post,) = posted(handler, event, **options)
    return post
