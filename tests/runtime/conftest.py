"""What several tests of the runtime need."""

import threading
from collections.abc import Iterator

import pytest

from streambda_runtime import callbacks
from tests.support.fake_runtime_api import WAIT_S


@pytest.fixture
def no_callbacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers with `after_invocation` ends with it."""
    monkeypatch.setattr(callbacks, "_callbacks", [])


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Shut at first; opened at the end, so that no thread of a callback waits there for longer."""
    gate = threading.Event()
    yield gate
    gate.set()
    for thread in threading.enumerate():
        if thread.name.startswith("after_invocation "):
            thread.join(WAIT_S)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set by a callback `stuck` when it begins: on no machine is its time over before."""
    begun, start = threading.Event(), threading.Thread.start

    def start_and_wait(thread: threading.Thread) -> None:
        start(thread)
        if thread.name.startswith("after_invocation ") and thread.name.endswith(".stuck"):
            assert begun.wait(WAIT_S)

    monkeypatch.setattr(threading.Thread, "start", start_and_wait)
    return begun
