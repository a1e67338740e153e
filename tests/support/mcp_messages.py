"""JSON-RPC messages of MCP by hand, as a client sends them: of 2026-07-28, and of earlier ones."""

import json
from typing import Any

from streambda_runtime import testing

MODERN, LEGACY = "2026-07-28", "2025-11-25"
_META = "io.modelcontextprotocol/"


def message(method: str, version: str = MODERN, **params: Any) -> dict[str, Any]:
    """A request; `params` may have a `_meta` of its own."""
    if version >= MODERN:
        envelope = {f"{_META}protocolVersion": version, f"{_META}clientCapabilities": {}}
        params["_meta"] = envelope | params.get("_meta", {})
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def call(tool: str, arguments: Any = None, version: str = MODERN, **params: Any) -> dict[str, Any]:
    """A call of a tool that asks for progress."""
    meta = {"progressToken": "token", **params.pop("_meta", {})}
    return message(
        "tools/call", version, name=tool, arguments=arguments or {}, _meta=meta, **params
    )


def headers(body: dict[str, Any], version: str = MODERN, **more: str) -> dict[str, str]:
    """The headers that belong to a message."""
    routing = {"mcp-method": body["method"]}
    if "name" in body.get("params", {}):
        routing["mcp-name"] = body["params"]["name"]
    return {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version,
        **(routing if version >= MODERN else {}),
        **more,
    }


def post(body: dict[str, Any], version: str = MODERN, **more: str) -> dict[str, Any]:
    """The event of a Function URL that a message makes; `more` headers may be others."""
    sent = {name.replace("_", "-"): value for name, value in more.items()}
    return testing.http_event(
        "POST", "/mcp", body=json.dumps(body), headers=headers(body, version) | sent
    )


def read_frames(data: bytes) -> list[dict[str, Any]]:
    """The messages of a response, whether it is JSON or server-sent events."""
    if not data.startswith((b"event:", b":", b"id:", b"data:")):
        return [json.loads(data)]
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return [json.loads(line[6:]) for line in lines if line.startswith(b"data: ")]
