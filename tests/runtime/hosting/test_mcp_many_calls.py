"""Calls of MCP tools at once on one event loop: each client gets its own messages, no others."""

import json
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

from streambda_runtime import logs, mcp
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.platform import pollers
from tests.support.mcp_messages import LEGACY, MODERN, call, post, read_frames
from tests.support.meetings import Meeting
from tests.support.parallel_runtime_api import ParallelRuntimeApi
from tests.support.split_prelude import split_prelude

MANY = 8


@pytest.fixture(autouse=True)
def keep_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "find_current", logs.find_current)


def test_each_client_gets_its_own_progress_and_result() -> None:
    meeting = Meeting(MANY)
    server = MCPServer[Any]("tested", log_level="ERROR")

    @server.tool()
    async def work(name: str, ctx: Context[Any, Any]) -> str:
        for step in range(3):
            await ctx.report_progress(step, message=name)
            await meeting.wait()
        return name

    names = [f"name {number}" for number in range(MANY)]
    versions = [MODERN, LEGACY] * (MANY // 2)
    events = [
        json.dumps(post(call("work", {"name": name}, version), version)).encode()
        for name, version in zip(names, versions, strict=True)
    ]
    api = ParallelRuntimeApi(*events)
    with api, pytest.raises(RuntimeApiError, match="answered 410"):
        pollers.run(api.address, mcp(server), MANY)

    for number, name in enumerate(names):
        frames = read_frames(split_prelude(api.post_of(number).body)[1])
        told = [one["params"]["message"] for one in frames[:-1]]
        assert told == [name] * 3
        assert frames[-1]["result"]["structuredContent"] == {"result": name}
