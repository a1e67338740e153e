"""A call of a tool that reports progress, what is measured of it, and what must be reached."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, replace

from benchmarks.mcp_calls.subjects import ADAPTER, OURS
from benchmarks.runtime.measures import COLD_WALL, Measure
from benchmarks.runtime.targets import Target
from benchmarks.runtime.workloads import COLD, HOST, Workload

_VERSION = "2026-07-28"
_META = "io.modelcontextprotocol/"
_BODY = json.dumps({
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "work",
        "arguments": {},
        "_meta": {
            f"{_META}protocolVersion": _VERSION,
            f"{_META}clientCapabilities": {},
            "progressToken": 1,
        },
    },
})  # fmt: skip
_HEADERS = {
    "host": HOST,
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
    "content-length": str(len(_BODY)),
    "mcp-protocol-version": _VERSION,
    "mcp-method": "tools/call",
    "mcp-name": "work",
}


@dataclass(frozen=True)
class Call(Workload):
    """A workload whose response is server-sent events, as many and as large as they are."""

    is_exact: bool = False

    @property
    def http_request(self) -> bytes:
        lines = [f"{name}: {value}" for name, value in _HEADERS.items()]
        return "\r\n".join(["POST /mcp HTTP/1.1", *lines, "", _BODY]).encode()

    @property
    def event(self) -> bytes:
        document = json.loads(super().event)
        document |= {"rawPath": "/mcp", "headers": _HEADERS, "body": _BODY}
        document["requestContext"]["http"] |= {"method": "POST", "path": "/mcp"}
        return json.dumps(document, separators=(",", ":")).encode()


_WARM = Call("call", 1, 64, 200, 40, pinned=False)
_START = Call("cold", 1, 64, 2, pinned=False, repeats=COLD.repeats)
WORKLOADS = (_START, _WARM)
QUICK = (_START, replace(_WARM, invocations=20, warm_up=5))

# The payload's first byte is the first progress. The adapter sends status and headers before it.
FIRST_PROGRESS = Measure(
    "first progress p50",
    "us",
    _WARM,
    lambda session, _: statistics.median(one.ttfb for one in session.invocations) / 1e3,
)
WHOLE_CALL = Measure(
    "whole call p50",
    "us",
    _WARM,
    lambda session, _: statistics.median(one.end for one in session.invocations) / 1e3,
)
MEASURES = (replace(COLD_WALL, work=_START), FIRST_PROGRESS, WHOLE_CALL)
TARGETS = (Target(FIRST_PROGRESS, 0.25, ADAPTER, subject=OURS),)
