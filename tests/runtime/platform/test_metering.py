"""Metrics through the whole path: one record an invocation, whatever its end."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse, StreamWriter, stop_before_deadline, streaming
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.platform.metrics import make_metrics
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import FakeRuntimeApi, next_headers


def broken(event: Any, context: Any) -> Iterator[str]:
    yield "part"
    raise ValueError("midway")


def early(event: Any, context: Any) -> None:
    raise ValueError("early")


async def words(event: Any, context: Any) -> AsyncIterator[Any]:
    yield "a"
    await asyncio.sleep(0)
    yield ["b", "cd"]


@streaming
def writer(event: Any, stream: StreamWriter, context: Any) -> None:
    stream.write("abcd")


async def never() -> AsyncIterator[Any]:
    await asyncio.Event().wait()
    yield "never"


def stopped(event: Any, context: Any) -> AsyncIterator[Any]:
    return stop_before_deadline(never(), 10, context=context, last="over")


CASES = {
    "blocking": (lambda event, context: iter(["a", ["b", "cd"]]), "complete", 4),
    "async": (words, "complete", 4),
    "writer": (writer, "complete", 4),
    "document": (lambda event, context: {"a": 1}, "complete", 7),
    "midstream": (broken, "error", 4),
    "early": (early, "error", 0),
    "deadline": (stopped, "deadline", 4),
}


@pytest.mark.parametrize(("handler", "ended", "size"), CASES.values(), ids=CASES)
def test_each_invocation_has_its_record(
    handler: Any, ended: str, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    near = next_headers(Deadline_Ms="1")
    metrics = make_metrics({"STREAMBDA_METRICS": "tests"})
    with FakeRuntimeApi(DIRECT, DIRECT, headers=near if ended == "deadline" else None) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(RuntimeApiError, match="410"):
            run(api, api, handler, metrics)
        api.close()

    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["Ended"], one["Bytes"]) for one in records] == [(ended, size)] * 2
    assert [one["ColdStart"] for one in records] == [1, 0]


@pytest.mark.parametrize("handler", [CASES["blocking"][0], CASES["document"][0], writer])
def test_a_refused_response_is_recorded_as_refused(
    handler: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = make_metrics({"STREAMBDA_METRICS": "tests"})
    with FakeRuntimeApi(FUNCTION_URL, answers={"response": (413, b"large")}) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(RuntimeApiError, match="410"):
            run(api, api, handler, metrics)
        api.close()

    (record,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert record["Ended"] == "refused"


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_async_background_of_a_blocking_stream_is_awaited(wrapped: bool) -> None:
    saved = []

    async def work() -> None:
        await asyncio.sleep(0)
        saved.append(True)

    def save() -> Any:  # no coroutine function itself
        return work()

    with FakeRuntimeApi(DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(RuntimeApiError, match="410"):
            run(
                api,
                api,
                lambda event, context: StreamingResponse(
                    ["a", "", "b"], background=save if wrapped else work
                ),
            )
        api.close()

    assert [post.chunks for post in fake.posts()] == [[b"a", b"b"]]
    assert saved == [True]
