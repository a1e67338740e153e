"""A model that says what the prompt asks for; after its first words it waits at the gate."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from streambda_runtime.llm import (
    Failure,
    Reasoning,
    Stop,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
)


class Throttled(Exception):
    status_code = 429


def answer(prompt: str) -> Iterator[Any]:
    yield "Hel"
    wait()
    yield from ANSWERS[prompt]()


async def answer_async(prompt: str) -> AsyncIterator[Any]:
    """The same for an event loop."""
    import asyncio

    yield "Hel"
    await asyncio.to_thread(wait)
    for event in ANSWERS[prompt]():
        yield event


def wait() -> None:
    with open(os.environ["GATE"], "rb", buffering=0) as fifo:  # noqa: PTH123
        fifo.read(1)


def say() -> Iterator[Any]:
    yield from ("lo \ud83d", "\ude00", ' "語"\n')
    yield Stop()
    yield Usage(7, 5, cache_read_tokens=3, reasoning_tokens=1)


def call() -> Iterator[Any]:
    yield "lo"
    yield ToolCallStart("call_1", "weather")
    yield ToolCallDelta("call_1", '{"city": ')
    yield ToolCallDelta("call_1", '"Paris"}')
    yield ToolCallEnd("call_1")
    yield ToolCallStart("call_2", "time")
    yield Stop("tool_calls")
    yield Usage(7, 5)


def act() -> Iterator[Any]:
    yield from call()
    yield ToolResult("call_1", {"sky": "rain"})
    yield ToolResult("call_2", "the clock is broken", error=True)
    yield "It rains."
    yield Stop()


def think() -> Iterator[Any]:
    yield Reasoning("Hm, ")
    yield Reasoning("rain.", "c2ln")
    yield "lo"


def throttle() -> Iterator[Any]:
    yield "lo"
    raise Throttled("secret")


def fail() -> Iterator[Any]:
    yield Failure("the prompt is not for us", "invalid_request")


def say_much() -> Iterator[Any]:
    yield ToolCallStart("call_1", "read")
    yield ToolResult("call_1", "é" * 2_500_000)
    yield "lo"


def cancel() -> Iterator[Any]:
    yield Stop("cancelled")


ANSWERS = {
    "say": say, "call": call, "act": act, "think": think, "throttle": throttle, "fail": fail,
    "much": say_much, "cancel": cancel,
}  # fmt: skip
