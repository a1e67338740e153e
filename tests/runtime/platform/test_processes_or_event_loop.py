"""Whether a handler has a process for each invocation or one for all: real processes."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.support.many_polls import ManyPolls, end, running


@pytest.fixture
def api() -> Iterator[ManyPolls]:
    api = ManyPolls()
    yield api
    api.close()


# What `serve` is given for a handler; a worker that serves many polls as often as it is asked to.
CHOICE = """
from streambda_runtime.platform import pollers

def serve_by(handler):
    def serve_it(serve_many=None):
        if serve_many is None or not serve_many("", handler, None):
            return serve()
        return 0
    return serve_it

def poll_many(address, handler, count, metrics):
    print("one process for", count, flush=True)
    serve()

pollers.run = poll_many

async def coroutine(event, context): pass
async def generator(event, context): yield
def blocking(event, context): pass
class App:
    is_async = True
    def __call__(self, event, context): pass
class Callable:
    async def __call__(self, event, context): pass
"""


@pytest.mark.parametrize(
    ("handler", "model", "processes"),
    [
        ("coroutine", "", 1), ("generator", "", 1), ("App()", "", 1), ("Callable()", "", 1),
        ("blocking", "", 3), ("coroutine", "processes", 3), ("blocking", "event-loop", 1),
        ("blocking", "threads", 3), ("coroutine", "threads", 1),
    ],
)  # fmt: skip
def test_an_async_handler_has_one_process_and_a_blocking_one_has_many(
    api: ManyPolls, handler: str, model: str, processes: int
) -> None:
    code = f"{CHOICE}\nsys.exit(workers.run(os.environ, serve_by({handler})))"
    environ = {"AWS_LAMBDA_MAX_CONCURRENCY": "3", "STREAMBDA_CONCURRENCY": model}
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address, **environ) as process:
        pids = api.workers(processes)

        status, err = end(process)

    assert len(pids) == processes
    assert process.pid not in pids
    assert status == 143
    said = "STREAMBDA_CONCURRENCY is 'threads', expected processes or event-loop"
    assert (said in err) == (model == "threads")


def test_a_first_worker_that_stays_alone_is_replaced_when_it_dies(api: ManyPolls) -> None:
    code = "sys.exit(workers.run_workers(3, serve, pause_s=0, first_alone=True))"
    with running(code, AWS_LAMBDA_RUNTIME_API=api.address) as process:
        (first,) = api.workers(1)
        api.poll()
        os.kill(first, signal.SIGKILL)
        (second,) = api.workers(1)

        end(process)

    assert first != second
