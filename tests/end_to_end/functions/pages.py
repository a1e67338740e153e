"""A handler for pages of other origins: server-sent events, the second of them behind a gate."""

from collections.abc import Iterator
from typing import Any

from talk import wait_at  # type: ignore[import-not-found]  # beside it in the zip

from streambda_runtime import Context, StreamingResponse, sse


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    """The query: `gate`, the port of a gate; `own`, to have CORS headers of its own as well."""
    query = event.get("queryStringParameters") or {}
    headers = {"access-control-allow-origin": "*", "vary": "accept"} if "own" in query else {}
    return StreamingResponse(frames(query), media_type="text/event-stream", headers=headers)


def frames(query: dict[str, str]) -> Iterator[bytes]:
    yield sse("first")
    if "gate" in query:
        wait_at(int(query["gate"]))
    yield sse("second")
    yield sse("", event="done")
