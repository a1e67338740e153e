"""`mcp`: shared state, host names, options, and what is no server."""

import asyncio
import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from mcp.server.request_state import RequestStateSecurity
from mcp.server.transport_security import TransportSecuritySettings

from streambda_runtime import mcp, testing
from streambda_runtime.aio import event_loop
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.handlers import load
from tests.support.mcp_messages import LEGACY, MODERN, call, message, post
from tests.support.mcp_servers import SERVERS, answer, make_server, read_text, run

KEYS = "STREAMBDA_REQUEST_STATE_KEYS"
KEY, OTHER_KEY = "k" * 32, "o" * 32
ALL_SERVERS = pytest.mark.parametrize("make", SERVERS.values(), ids=SERVERS.keys())


def ask_two(first: Any, second: Any, version: str = MODERN) -> dict[str, Any]:
    """The answer of a second environment to what a first one has begun."""
    begun = answer(first, post(call("ask")))["result"]
    assert begun["resultType"] == "input_required"
    assert "the state" not in json.dumps(begun)
    return answer(second, post(call("ask", requestState=begun["requestState"])))


@ALL_SERVERS
def test_another_environment_opens_the_state(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEYS, f"{KEY}\n{OTHER_KEY}")

    assert read_text(ask_two(mcp(make()), mcp(make()))) == "the state"


def test_a_reference_in_place_of_a_secret_is_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = "{{resolve:secretsmanager:<Key: known after deployment>:SecretString:::}}"
    monkeypatch.setenv(KEYS, reference)

    assert read_text(ask_two(mcp(make_server()), mcp(make_server()))) == "the state"


def test_keys_can_be_exchanged_one_after_the_other() -> None:
    old, both, new = (
        mcp(make_server(), request_state_keys=keys)
        for keys in ([KEY], [OTHER_KEY, KEY], OTHER_KEY.encode())
    )

    assert read_text(ask_two(old, both)) == read_text(ask_two(both, new)) == "the state"
    assert ask_two(old, new)["error"]["code"] == -32602


def test_a_key_of_one_process_is_told_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEYS, raising=False)
    handler = mcp(make_server())

    assert ask_two(handler, mcp(make_server()))["error"]["code"] == -32602
    assert read_text(ask_two(handler, handler)) == "the state"
    assert capfd.readouterr().err.count("add_request_state_key()") == 1


def test_a_codec_of_the_author_stays() -> None:
    class Codec:
        def seal(self, payload: bytes) -> str:
            return payload.hex()

        def unseal(self, token: str) -> bytes:
            return bytes.fromhex(token)

    server = make_server(request_state_security=RequestStateSecurity(codec=Codec()))

    state = answer(mcp(server, request_state_keys=[KEY]), post(call("ask")))["result"]

    assert b"the state" in bytes.fromhex(state["requestState"])


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"path": "mcp"}, ValueError, "path is 'mcp', expected one such as '/mcp'"),
        ({"allowed_hosts": "a.example"}, TypeError, "expected a list such as \\['a.example'\\]"),
        ({"allowed_origins": "https://a"}, TypeError, "allowed_origins is 'https://a'"),
        ({"request_state_keys": ["short"]}, ValueError, "at least 32 bytes"),
        ({"request_state_keys": [5]}, TypeError, "must be bytes, bytearray, or str"),
        ({"events": "events"}, ValueError, "events is 'events'"),
    ],
)
def test_a_wrong_option_is_named(options: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        mcp(make_server(), **options)


def make_app() -> Any:
    return make_server().streamable_http_app()


async def without_server(scope: Any, receive: Any, send: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("server", "options", "kind", "message"),
    [
        (5, {}, TypeError, "the server is of type int, expected an MCPServer or a Server"),
        (without_server, {}, ValueError, "no MCP server is found in <function"),
        (FastAPI(), {}, ValueError, "no MCP server is found"),
        (make_app, {"path": "/a"}, ValueError, "path is given"),
        (make_app, {"json_response": True}, ValueError, "json_response"),
    ],
)
def test_what_is_no_server_is_told(
    server: Any, options: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        mcp(server() if server is make_app else server, **options)


def test_the_package_of_before_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class OldServer:
        def streamable_http_app(self) -> None: ...

    monkeypatch.setitem(sys.modules, "mcp.server.request_state", None)

    with pytest.raises(ImportError, match=r"needs the package mcp 2\.x"):
        mcp(OldServer())


def post_as(**headers: str) -> dict[str, Any]:
    return post(message("tools/list"), **headers)


@ALL_SERVERS
def test_the_endpoints_own_names_are_allowed_and_no_others(make: Callable[[], Any]) -> None:
    own = post_as()["requestContext"]["domainName"]
    handler = mcp(make(), allowed_hosts=["given.example"], allowed_origins=["http://localhost:*"])
    rows = {
        own: 200, "given.example": 200, "other.example": 421, f"{own}:443": 200,
        f"{own}.other.example": 421,
    }  # fmt: skip
    origins = {
        f"https://{own}": 200, "http://localhost:6274": 200, "https://other.example": 403,
        "null": 403,
    }  # fmt: skip

    hosts_seen = {host: run(handler, post_as(host=host)).status for host in rows}
    origins_seen = {origin: run(handler, post_as(origin=origin)).status for origin in origins}

    assert hosts_seen == rows
    assert origins_seen == origins


def test_a_check_that_the_author_has_switched_off_stays_off() -> None:
    off = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = make_server().streamable_http_app(transport_security=off)

    assert run(mcp(app), post_as(host="other.example")).status == 200


def test_names_of_a_wildcard_domain_are_not_kept_for_ever() -> None:
    handler = mcp(make_server())
    manager = handler._endpoints[0].session_manager

    for number in range(200):
        event = post_as(host=f"{number}.example")
        event["requestContext"]["domainName"] = f"{number}.example"
        assert run(handler, event).status == 200

    assert len(manager.security_settings.allowed_hosts) < 200


def test_an_event_without_a_domain_name_is_served() -> None:
    event = post_as(host="any.example")
    del event["requestContext"]["domainName"]

    assert run(mcp(make_server()), event).status == 200


def test_a_server_within_another_app_is_served_where_its_lifespan_runs() -> None:
    inner = make_server().streamable_http_app(streamable_http_path="/")
    outer = FastAPI(lifespan=inner.router.lifespan_context)
    outer.mount("/mcp", inner)

    event = post(call("count", {"to": 1}))
    event["rawPath"] = "/mcp/"

    assert read_text(answer(mcp(outer), event)) == "counted"


def test_a_server_that_is_not_started_is_an_error_of_the_start() -> None:
    outer = FastAPI()
    outer.mount("/", make_server().streamable_http_app())

    result = testing.run(mcp(outer), post(call("count", {"to": 1})))

    assert result.error is not None
    assert "give its lifespan to the app that it is mounted in" in result.error["errorMessage"]


def test_an_answer_in_one_piece_has_no_progress() -> None:
    result = run(mcp(make_server(), json_response=True), post(call("count", {"to": 2})))

    assert len(result.chunks) == 1
    assert (result.headers or {})["content-type"] == "application/json"


def test_another_path_and_other_events() -> None:
    handler = mcp(make_server(), path="/other", events=lambda event, context: "done")
    elsewhere = post(call("count", {"to": 1}))

    assert run(handler, elsewhere).status == 404
    assert read_text(answer(handler, elsewhere | {"rawPath": "/other"})) == "counted"
    assert testing.run(handler, {"Records": []}).body == b'"done"'


def test_sessions_are_kept_where_they_are_asked_for() -> None:
    handler = mcp(make_server(), stateless=False)
    client = {"name": "test", "version": "1"}
    body = message("initialize", LEGACY, protocolVersion=LEGACY, capabilities={}, clientInfo=client)

    result = run(handler, post(body, LEGACY))

    assert "mcp-session-id" in (result.headers or {})


async def test_it_is_set_up_on_a_loop_that_others_share() -> None:
    handler = mcp(make_server())

    await asyncio.gather(handler.start_on_loop(), handler.start_on_loop())

    manager = handler._endpoints[0].session_manager
    assert (manager.stateless, manager.asgi_app._has_sessions) == (True, False)
    event_loop._on_close.clear()


def test_a_server_that_is_named_as_the_handler_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("with_server")
    module.server = make_server()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "with_server", module)

    with pytest.raises(RuntimeFault, match=r"name handler = mcp\(server\) of streambda_runtime"):
        load("with_server.server")
