"""`mcp`: what servers of the official SDK and of FastMCP answer on Lambda."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastmcp import Context as FastContext
from fastmcp import FastMCP
from mcp.server import MCPServer
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, SubscriptionBus
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from streambda_runtime import mcp, testing
from tests.support.mcp_messages import LEGACY, MODERN, call, message, post, read_frames
from tests.support.mcp_servers import SERVERS, answer, make_fast_server, make_server, read_text, run
from tests.support.run_runtime import collect_posts

ALL_SERVERS = pytest.mark.parametrize("make", SERVERS.values(), ids=SERVERS.keys())
VERSIONS = pytest.mark.parametrize("version", [MODERN, LEGACY])


@ALL_SERVERS
@VERSIONS
def test_progress_is_sent_while_the_tool_runs(make: Callable[[], Any], version: str) -> None:
    arrived: list[bytes] = []

    result = run(mcp(make()), post(call("count", {"to": 2}, version), version),
                 on_chunk=arrived.append)  # fmt: skip

    frames = [read_frames(chunk) for chunk in arrived]
    assert [len(one) for one in frames] == [1, 1, 1]
    assert [one[0].get("params", {}).get("progress") for one in frames] == [1, 2, None]
    assert read_text(frames[2][0]) == "counted"
    assert (result.headers or {})["content-type"].startswith("text/event-stream")


@VERSIONS
@pytest.mark.parametrize("is_fast", [False, True])
def test_progress_has_left_when_a_tool_goes_on_without_await(version: str, is_fast: bool) -> None:
    left: list[bytes] = []

    async def work(ctx: Any) -> list[int]:
        counts = []
        for number in range(3):
            await ctx.report_progress(number)
            counts.append(len(left))
        return counts

    if is_fast:
        work.__annotations__["ctx"] = FastContext
        server: Any = FastMCP("tested")
        server.tool(work)
    else:
        work.__annotations__["ctx"] = Context[Any, Any]
        server = MCPServer[Any]("tested", log_level="ERROR")
        server.add_tool(work)
    document = answer(mcp(server), post(call("work", {}, version), version), on_chunk=left.append)

    assert document["result"]["structuredContent"] == {"result": [1, 2, 3]}


@ALL_SERVERS
def test_it_answers_again_and_its_second_lifespan_is_a_whole_one(make: Callable[[], Any]) -> None:
    handler = mcp(make())

    documents = [answer(handler, post(call("count", {"to": 1}))) for _ in range(2)]

    assert [read_text(document) for document in documents] == ["counted", "counted"]


def test_its_lifespan_runs_once_an_environment() -> None:
    entered = []

    @asynccontextmanager
    async def lifespan(server: Any) -> AsyncIterator[dict[str, Any]]:
        entered.append(server)
        yield {}

    handler = mcp(make_server(lifespan=lifespan))
    both = [post(call("count", {"to": 1}, version), version) for version in (MODERN, LEGACY)]

    def handle(event: Any, context: Any) -> Any:
        return handler(event, context)

    posts = collect_posts(handle, *(json.dumps(event).encode() for event in both))

    assert [one.action for one in posts] == ["response", "response"]
    assert len(entered) == 1


@ALL_SERVERS
@pytest.mark.parametrize("version", [*HANDSHAKE_PROTOCOL_VERSIONS, None])
def test_every_older_version_is_served_and_one_that_is_not_told(
    make: Callable[[], Any], version: str | None
) -> None:
    event = post(call("count", {"to": 1}, version or LEGACY), version or LEGACY)
    if version is None:
        del event["headers"]["mcp-protocol-version"]

    assert read_text(answer(mcp(make()), event)) == "counted"


@VERSIONS
def test_notifications_are_accepted_without_a_body(version: str) -> None:
    body = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}

    result = run(mcp(make_server()), post(body, version))

    assert (result.status, result.body) == (202, b"")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@VERSIONS
def test_what_needs_a_session_is_not_allowed(method: str, version: str) -> None:
    headers = {"accept": "text/event-stream", "mcp-protocol-version": version}

    result = run(mcp(make_server()), testing.http_event(method, "/mcp", headers=headers))

    assert result.status == 405


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (post(message("tools/list", "2031-01-01"), "2031-01-01"), 400, -32022),
        (post(message("tools/nonsense")), 404, -32601),
        (post(call("nonsense")), 200, None),
        (post(call("count", {"to": "many"})), 200, None),
        (post(message("tools/list")) | {"body": "{", "isBase64Encoded": False}, 400, -32700),
        (post(message("tools/list", LEGACY), LEGACY) | {"body": "{", "isBase64Encoded": False},
         400, -32700),
        (post(message("tools/list"), mcp_method="tools/call"), 400, -32020),
    ],
)  # fmt: skip
def test_bad_input_is_the_protocols_own_error(
    event: dict[str, Any], status: int, code: int | None
) -> None:
    result = run(mcp(make_server()), event)

    [document] = read_frames(result.body)
    if code is None:
        assert document["result"]["isError"] is True
    else:
        assert (result.status, document["error"]["code"]) == (status, code)


@VERSIONS
@pytest.mark.parametrize("text", ["é語", "\0", "\u2028", "\U0001f600"])
def test_any_text_comes_back(version: str, text: str) -> None:
    document = answer(mcp(make_server()), post(call("repeat", {"text": text}, version), version))

    assert read_text(document) == text


@VERSIONS
@pytest.mark.parametrize("json_response", [False, True])
def test_halves_of_surrogate_pairs_break_no_answer(version: str, json_response: bool) -> None:
    server = MCPServer[Any]("tested", log_level="ERROR")

    @server.tool()
    async def talk(ctx: Context[Any, Any]) -> str:
        await ctx.report_progress(1, message="half \ud83d")
        return "pair \ud83d\ude00, half \ud83d."

    handler = mcp(server, json_response=json_response)
    *progress, document = read_frames(run(handler, post(call("talk", {}, version), version)).body)

    assert read_text(document) == "pair \U0001f600, half \ufffd."
    assert json_response or progress[0]["params"]["message"] == "half \ufffd"


@VERSIONS
def test_a_result_of_5_mb_is_whole(version: str) -> None:
    event = post(call("repeat", {"text": "x", "times": 5_000_000}, version), version)

    assert len(read_text(answer(mcp(make_server()), event))) == 5_000_000


@VERSIONS
@pytest.mark.parametrize("make", [make_server, SERVERS["MCPServer's app"]])
def test_a_body_may_be_as_large_as_lambda_delivers(make: Callable[[], Any], version: str) -> None:
    text = "x" * 5_500_000

    document = answer(mcp(make()), post(call("repeat", {"text": text}, version), version))

    assert read_text(document) == text


def test_a_limit_of_the_author_stays() -> None:
    app = make_server().streamable_http_app(max_request_body_size=1000)

    result = run(mcp(app), post(call("repeat", {"text": "x" * 2000})))

    assert result.status == 413


@VERSIONS
@pytest.mark.parametrize("make", [make_server, make_fast_server])
def test_a_tool_that_never_answers_ends_before_the_timeout(
    make: Callable[[], Any], version: str
) -> None:
    event = post(call("wait_for_ever", {}, version), version)

    document = answer(mcp(make()), event, timeout_s=0.6)

    assert document["error"] == {
        "code": -32001,
        "message": "tools/call was ended 0.5 s before the timeout of the function",
    }


class OutsideBus(InMemorySubscriptionBus.__base__):  # type: ignore[name-defined, misc]
    """Stands for one that reaches other environments."""

    def __init__(self) -> None:
        self._inner = InMemorySubscriptionBus()
        self.subscribe, self.publish = self._inner.subscribe, self._inner.publish


LISTEN = post(message("subscriptions/listen", notifications={"toolsListChanged": True}))
SOON_S = 1.3  # after it has been acknowledged, which must be 0.5 s before the timeout


def test_subscriptions_within_one_process_are_off_and_not_promised() -> None:
    handler = mcp(make_server())

    listening = answer(handler, LISTEN)
    discovered = answer(handler, post(message("server/discover")))

    assert listening["error"]["code"] == -32601
    assert discovered["result"]["capabilities"]["tools"] == {"listChanged": False}


@pytest.mark.parametrize(
    ("bus", "option"), [(OutsideBus(), None), (InMemorySubscriptionBus(), True)]
)
def test_a_subscription_ends_as_the_protocol_wants_it(
    bus: SubscriptionBus, option: bool | None
) -> None:
    handler = mcp(make_server(subscriptions=bus), subscriptions=option)

    acknowledged, ended = read_frames(run(handler, LISTEN, timeout_s=SOON_S).body)

    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert ended["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == 1


def test_subscriptions_can_be_switched_off() -> None:
    handler = mcp(make_server(subscriptions=OutsideBus()), subscriptions=False)

    assert answer(handler, LISTEN)["error"]["code"] == -32601


def test_a_low_level_server_listens_in_the_same_way() -> None:
    server = Server("tested", on_subscriptions_listen=ListenHandler(OutsideBus()))

    frames = read_frames(run(mcp(server), LISTEN, timeout_s=SOON_S).body)

    assert [one.get("id") for one in frames] == [None, 1]
