"""The server-sent events that wait for one browser."""

from streambda.local.console.sse_queue import SseQueue, encode_sse


async def test_a_browser_that_falls_behind_must_reload() -> None:
    queue = SseQueue(encode_sse("snapshot", {}), max_waiting=3)
    for number in range(5):
        queue.put(encode_sse("timeline", number))

    # The snapshot that it asks for next has all that it has missed.
    assert [piece async for piece in queue] == [b"event: reload\ndata: {}\n\n"]


async def test_a_browser_gets_all_waiting_messages_at_once() -> None:
    queue = SseQueue(encode_sse("snapshot", {}), max_waiting=3)
    queue.put(encode_sse("timeline", 1))
    queue.put(encode_sse("timeline", 2))

    piece = await anext(aiter(queue))

    assert piece.count(b"\n\n") == 3
    assert piece.endswith(b"event: timeline\ndata: 2\n\n")
