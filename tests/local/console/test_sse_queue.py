"""The server-sent events that wait for one browser."""

from collections.abc import Callable

import pytest

from streambda.local.console.sse_queue import SseQueue, encode_sse


def make_queue(max_waiting: int) -> tuple[SseQueue, Callable[[], int]]:
    """A queue whose snapshots say how many events were put before, and what puts one."""
    count = 0
    queue = SseQueue(lambda: encode_sse("snapshot", count), max_waiting)

    def put() -> int:
        nonlocal count
        queue.put(encode_sse("timeline", count))
        count += 1
        return count

    return queue, put


def snapshot(count: int) -> bytes:
    return b"event: snapshot\ndata: %d\n\n" % count


def timeline(*numbers: int) -> bytes:
    return b"".join(b"event: timeline\ndata: %d\n\n" % number for number in numbers)


@pytest.mark.parametrize(
    ("before_each_read", "pieces"),
    [
        # All that comes before the first read is in the first snapshot.
        ((2, 1, 3), (snapshot(2), timeline(2), timeline(3, 4, 5))),
        ((0, 3, 1), (snapshot(0), timeline(0, 1, 2), timeline(3))),
        # One more than fits: a snapshot in its place, and then it goes on without a gap.
        ((0, 4, 1), (snapshot(0), snapshot(4), timeline(4))),
        ((9, 9, 2), (snapshot(9), snapshot(18), timeline(18, 19))),
        # Always behind: each read gets on all the same.
        ((5, 4, 4, 4, 4), tuple(snapshot(5 + 4 * n) for n in range(5))),
    ],
)
async def test_a_reader_gets_what_fits_or_else_a_snapshot_of_that_moment(
    before_each_read: tuple[int, ...], pieces: tuple[bytes, ...]
) -> None:
    queue, put = make_queue(max_waiting=3)
    reader = aiter(queue)
    read = []
    for count in before_each_read:
        for _ in range(count):
            put()
        read.append(await anext(reader))

    assert tuple(read) == pieces


async def test_no_event_is_lost_between_a_snapshot_and_the_next_piece() -> None:
    """Whatever was put is in a snapshot or comes after it, for every length of a flood."""
    for flood in range(10):
        queue, put = make_queue(max_waiting=3)
        reader = aiter(queue)
        await anext(reader)
        for _ in range(flood):
            total = put()
        if flood:
            piece = await anext(reader)
            seen = flood if piece == snapshot(flood) else piece.count(b"event: timeline")
            assert seen == total
