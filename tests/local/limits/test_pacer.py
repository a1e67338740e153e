"""How fast and how much: counted on a clock that only the test moves."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local import Limits
from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.pacer import Pacer, ResponseTooLarge, interruptible_sleep
from streambda.local.limits.response_timeouts import ResponseTimeouts, make_reset_idle
from streambda.local.limits.token_bucket import TokenBucket

MIB = 1024 * 1024


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, delay: float) -> None:
        assert delay > 0
        self.now += delay


def make_pacer(time: FakeTime, limits: ResponseLimits) -> Pacer:
    return Pacer(limits, time.sleep, time.clock)


@pytest.mark.parametrize(
    ("limits", "free"),
    [
        (ResponseLimits.of_lambda(Limits()), 6 * MIB),
        (
            ResponseLimits.of_rest_api(Limits(), streaming=True, edge=False, timeout_s=None),
            10 * MIB,
        ),
    ],
)
async def test_first_megabytes_are_free_and_the_rest_is_2_mb_a_second(
    limits: ResponseLimits, free: int
) -> None:
    time = FakeTime()
    pacer = make_pacer(time, limits)

    for _ in range(free // 65536):
        await pacer.admit(65536)
    assert time.now == 0

    for _ in range(64):
        await pacer.admit(65536)
    assert time.now == pytest.approx(2.0)


async def test_stream_that_is_slow_by_itself_is_never_held() -> None:
    time = FakeTime()
    pacer = make_pacer(time, ResponseLimits.of_lambda(Limits()))

    for _ in range(50):
        await pacer.admit(2 * MIB)
        before = time.now
        time.now += 1
        assert time.now == before + 1

    assert time.now == 50


@given(
    burst=st.integers(0, 1000),
    rate=st.integers(1, 1000),
    steps=st.lists(st.tuples(st.integers(0, 500), st.floats(0, 3)), max_size=40),
)
def test_never_more_than_burst_and_rate(
    burst: int, rate: int, steps: list[tuple[int, float]]
) -> None:
    time = FakeTime()
    pacer = make_pacer(time, ResponseLimits(burst=burst, rate=rate))
    sent = 0

    async def run() -> None:
        nonlocal sent
        for size, pause in steps:
            time.now += pause
            await pacer.admit(size)
            sent += size
            assert sent <= burst + rate * time.now + 1e-6

    asyncio.run(run())


async def test_no_rate_is_no_wait_and_no_limit_is_no_end() -> None:
    time = FakeTime()
    pacer = make_pacer(time, ResponseLimits.of_lambda(Limits.none()))

    await pacer.admit(1024 * MIB)

    assert time.now == 0


async def test_a_response_of_too_many_bytes() -> None:
    pacer = make_pacer(FakeTime(), ResponseLimits(max_bytes=10))

    await pacer.admit(10)
    with pytest.raises(ResponseTooLarge, match="more than 10 bytes"):
        await pacer.admit(1)


def test_bucket_takes_whole_tokens() -> None:
    time = FakeTime()
    bucket = TokenBucket(rate=2, burst=1, clock=time.clock)

    assert (bucket.try_take(), bucket.try_take()) == (True, False)
    time.now = 0.49
    assert not bucket.try_take()
    time.now = 0.5
    assert bucket.try_take()


@pytest.mark.parametrize(
    ("limits", "edge", "streaming", "timeout_s", "expected"),
    [
        (Limits(), False, True, None, (300, 29)),
        (Limits(), True, True, None, (30, 29)),
        (Limits(), True, True, 900, (30, 900)),
        # A stream ends after 15 minutes, although its function may run for 30.
        (Limits(), False, True, 1_800, (300, 900)),
        (Limits(), False, False, 1_800, (300, 1_800)),
        (Limits(integration=None), False, True, 60, (300, 900)),
        (Limits(integration=None), False, False, 60, (300, 1_800)),
        (Limits(integration=None, rest_stream=None), False, True, 60, (300, 1_800)),
        (Limits(rest_stream=2), False, True, None, (300, 2)),
        (Limits(rest_stream=2), False, False, None, (300, 29)),
        (Limits(invocation=5), False, True, 60, (300, 5)),
        (Limits(integration=3, regional_idle=None), False, True, None, (None, 3)),
        (Limits.none(), True, True, 60, (None, None)),
    ],
)
def test_timeouts_of_a_rest_api(
    limits: Limits,
    edge: bool,
    streaming: bool,
    timeout_s: float | None,
    expected: tuple[float | None, float | None],
) -> None:
    response = ResponseLimits.of_rest_api(
        limits, edge=edge, streaming=streaming, timeout_s=timeout_s
    )

    assert (response.idle_s, response.total_s) == expected


@pytest.mark.parametrize(
    ("total_s", "idle_s", "said"),
    [
        (0.02, None, "it took longer than 0.02 s"),
        (None, 0.02, "nothing came for 0.02 s"),
        (0.02, 60, "it took longer than 0.02 s"),
        (60, 0.02, "nothing came for 0.02 s"),
    ],
)
async def test_a_timeout_ends_the_response(
    total_s: float | None, idle_s: float | None, said: str
) -> None:
    with pytest.raises(TimeoutError, match=said):
        async with ResponseTimeouts(total_s=total_s, idle_s=idle_s):
            await asyncio.Event().wait()


async def test_a_reset_begins_the_idle_time_anew() -> None:
    time = FakeTime()
    async with asyncio.timeout(None) as idle:
        reset_idle = make_reset_idle(idle, 16, time.clock)
        ends = []
        for moment in (0, 0.9, 1.1, 2.0, 16):
            time.now = moment
            reset_idle()
            ends.append(idle.when())
        idle.reschedule(None)
        await asyncio.sleep(0)

    # Never before 16 seconds have gone by since the last reset, and never after 17.
    assert ends == [17, 17, pytest.approx(18.1), pytest.approx(18.1), 33]


async def test_without_timeouts_a_response_lasts() -> None:
    async with ResponseTimeouts(total_s=None, idle_s=None) as reset_idle:
        reset_idle()


async def test_a_sleep_ends_with_the_cloud() -> None:
    closing = asyncio.Event()
    asleep = asyncio.ensure_future(interruptible_sleep(closing)(3600))
    await asyncio.sleep(0)
    assert not asleep.done()

    closing.set()

    await asleep
    await interruptible_sleep(asyncio.Event())(0.001)
