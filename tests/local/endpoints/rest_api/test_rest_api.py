"""REST APIs: a streamed integration wants a prelude, whatever the content type."""

import httpx
import pytest

from tests.local.conftest import LogLines
from tests.support.gate import Gate


async def test_prelude_sets_status_headers_and_cookies(
    rest_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{rest_url}words")

    assert (reply.status_code, reply.content) == (201, b"one two")
    assert reply.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]


async def test_repeated_headers_stay_repeated_and_win(
    rest_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{rest_url}repeated")

    assert reply.headers.get_list("x-one") == ["1", "2"]
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    ["empty_raw", "whole", "fails_before", "fails_at_once", "crashes", "odd_prelude", "bad_header"],
)
async def test_no_usable_prelude_is_502_and_the_next_call_works(
    path: str, rest_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{rest_url}{path}")

    assert (reply.status_code, reply.json()) == (502, {"message": "Internal server error"})
    assert (await http.get(f"{rest_url}words")).content == b"one two"


async def test_the_reason_for_a_502_is_in_the_log(
    rest_url: str, http: httpx.AsyncClient, lines: LogLines
) -> None:
    await http.get(f"{rest_url}odd_prelude")

    reason = "statusCode is '200', expected a number from 200 to 599"
    assert ("Words", f"REST API answers 502: {reason}") in lines


async def test_failure_after_the_first_byte_cuts_the_body(
    rest_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{rest_url}fails_midway") as reply:
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"one"
        await gate.open()

        with pytest.raises(httpx.RemoteProtocolError):
            await anext(chunks)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["lengthy", "brief"])
async def test_body_that_breaks_its_content_length_is_cut(
    path: str, rest_url: str, http: httpx.AsyncClient
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(f"{rest_url}{path}")

    assert (await http.get(f"{rest_url}words")).content == b"one two"


@pytest.mark.parametrize("path", ["", "mock"])
async def test_what_has_no_method_is_403(path: str, rest_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.delete(f"{rest_url}{path}")

    assert (reply.status_code, reply.text) == (403, '{"message":"Missing Authentication Token"}')


async def test_unknown_stage_is_403(rest_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(rest_url.replace("/prod/", "/test/words"))

    assert reply.status_code == 403


async def test_mock_integration_answers_preflight(rest_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.options(f"{rest_url}mock")

    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (204, "*")


async def test_other_integrations_say_that_they_are_not_served(
    rest_url: str, http: httpx.AsyncClient
) -> None:
    assert (await http.get(f"{rest_url}mock")).status_code == 501


async def test_event_is_payload_1_0(rest_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.put(
        f"{rest_url}a%20b/echo?x=1&x=2",
        content="é",
        headers=[("content-type", "text/plain; charset=utf-8"), ("x-a", "1"), ("x-a", "2")],
    )

    event = reply.json()["event"]
    assert (event["resource"], event["path"]) == ("/{proxy+}", "/a%20b/echo")
    assert event["pathParameters"] == {"proxy": "a%20b/echo"}
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["multiValueHeaders"]["x-a"] == ["1", "2"]
    assert event["stageVariables"] == {"color": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)
    assert event["requestContext"]["path"] == "/prod/a%20b/echo"


async def test_buffered_integration_answers_once(rest_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{rest_url}buffered/whole")

    # Base64 stays text: the API has no binaryMediaTypes.
    assert (reply.status_code, reply.content, reply.headers["x-a"]) == (202, b"YWJj", "b")


async def test_buffered_integration_drops_the_body_of_a_streaming_function(
    rest_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{rest_url}buffered/words")

    assert (reply.status_code, reply.content) == (201, b"")


@pytest.mark.parametrize("path", ["empty_raw", "no_proxy_response", "crashes"])
async def test_buffered_integration_without_a_proxy_response_is_502(
    path: str, rest_url: str, http: httpx.AsyncClient
) -> None:
    assert (await http.get(f"{rest_url}buffered/{path}")).status_code == 502
