"""A handler that speaks in server-sent events: at a gate, or at a pace that is nice to look at."""

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

from streambda_runtime import Context, StreamingResponse, sse

TEXT = "Every word leaves Lambda the moment Python yields it , even when it thinks between"

log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    """`gate`: a port to wait at before every word but the first; `words`: how many; `pace`: ms.

    `burst`: how many small chunks without a pause instead.
    """
    wanted = event.get("queryStringParameters") or {}
    log.warning("talking to %s", event["requestContext"]["http"]["userAgent"])
    burst = int(wanted.get("burst", 0))
    return StreamingResponse(
        (b"x" * 64 for _ in range(burst)) if burst else frames(wanted),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
        cookies=["talked=yes; Path=/"],
    )


def frames(wanted: dict[str, str]) -> Iterator[bytes]:
    pace_s = int(wanted.get("pace", 0)) / 1000
    for number, word in enumerate(TEXT.split()[: int(wanted.get("words", 2))]):
        if number and "gate" in wanted:
            wait_at(int(wanted["gate"]))
        # Some words take longer, as tokens do.
        time.sleep(pace_s * (1 + number % 3) * (4 if word == "," else 1))
        yield sse({"word": word})
    if wanted.get("fails"):
        log.error("about to fail")
        raise RuntimeError("the model hung up")
    yield sse("", event="done")


def wait_at(gate: int) -> None:
    with socket.create_connection(("127.0.0.1", gate), timeout=60) as waiting:
        waiting.recv(1)
