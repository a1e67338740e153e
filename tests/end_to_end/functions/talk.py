"""A handler that sends server-sent events, word by word, at a gate or at a pace."""

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

from streambda_runtime import Context, StreamingResponse, sse

TEXT = "Every word leaves Lambda the moment Python yields it , even when it thinks between"

log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    """The query says what is sent.

    `words`: how many; `pace`: the pause between them in ms; `gate`: the port of a gate, to wait at
    before each word but the first; `fails`: an error at the end. `burst`: instead of words, this
    many small chunks without a pause, and then the gate and one more chunk, if there is a gate.
    """
    query = event.get("queryStringParameters") or {}
    log.warning("talking to %s", event["requestContext"]["http"]["userAgent"])
    return StreamingResponse(
        burst(query) if "burst" in query else frames(query),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
        cookies=["talked=yes; Path=/"],
    )


def burst(query: dict[str, str]) -> Iterator[bytes]:
    for _ in range(int(query["burst"])):
        yield b"x" * 64
    if "gate" in query:
        wait_at(int(query["gate"]))
        yield b"last"


def frames(query: dict[str, str]) -> Iterator[bytes]:
    pace_s = int(query.get("pace", 0)) / 1000
    for number, word in enumerate(TEXT.split()[: int(query.get("words", 2))]):
        if number and "gate" in query:
            wait_at(int(query["gate"]))
        # Some words take longer, as tokens do.
        time.sleep(pace_s * (1 + number % 3) * (4 if word == "," else 1))
        yield sse({"word": word})
    if query.get("fails"):
        log.error("about to fail")
        raise RuntimeError("the model hung up")
    yield sse("", event="done")


def wait_at(gate: int) -> None:
    with socket.create_connection(("127.0.0.1", gate), timeout=60) as waiting:
        waiting.recv(1)
