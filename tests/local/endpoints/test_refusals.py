"""A request that comes to no function leaves one line in the log, which says why."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointKind, EndpointOptions, Faults, Limits
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import running
from tests.support.local_assembly import function, rest_api, url

INVOKE = "2015-03-31/functions/{}/invocations"
SMALL = EndpointOptions(limits=Limits(event=2000, rest_request=1000))
STRICT = EndpointOptions(auth=AuthMode.ENFORCE)
URL, REST, API = EndpointKind.FUNCTION_URL, EndpointKind.REST_API, EndpointKind.LAMBDA_API


def throttle(kind: EndpointKind) -> EndpointOptions:
    return EndpointOptions(faults={kind: Faults(throttle=1)})


def resources() -> dict[str, Any]:
    signed = url("Words")
    signed["Properties"]["AuthType"] = "AWS_IAM"
    words = {"Words": function(FunctionName="Words"), "WordsUrl": signed}
    return {**words, **rest_api("Words")}


@pytest.mark.parametrize(
    ("kind", "options", "method", "path", "body", "status", "line"),
    [
        (URL, SMALL, "POST", "e?a=1", 3000, 413, "POST /e: 413 Request must be smaller than"),
        # Base64 makes the event larger than the request.
        (URL, SMALL, "POST", "e", 1900, 413, "POST /e: 413 Request must be smaller than 2000"),
        (URL, STRICT, "GET", "x%2Fy", 0, 403, "GET /x%2Fy: 403 Missing Authentication Token"),
        (URL, throttle(URL), "GET", "", 0, 429, "GET /: 429 Words: a fault, throttle=1"),
        (REST, SMALL, "POST", "e", 1001, 413, "POST /prod/e: 413 HTTP content length"),
        (REST, SMALL, "POST", "e", 999, 413, "POST /prod/e: 413 Request Too Long (Request must"),
        (REST, SMALL, "GET", "../dev/x", 0, 403, ("GET /dev/x: 403 Missing Authentication Token "
         "(no stage 'dev', expected one of prod)")),
        (REST, SMALL, "PUT", "mock", 0, 403, ("PUT /prod/mock: 403 Missing Authentication Token "
         "(stage prod has no method PUT for /mock)")),
        (REST, throttle(REST), "GET", "x", 0, 429, "GET /prod/x: 429 Too Many Requests (Words"),
        (REST, SMALL, "GET", "mock", 0, 501, "GET /prod/mock: 501 the local cloud serves"),
        (API, SMALL, "POST", INVOKE.format("W"), 0, 404, ": 404 Function not found: arn:aws"),
        (API, SMALL, "POST", INVOKE.format("Words"), 3000, 413, ": 413 Request must be smaller"),
        (API, STRICT, "POST", INVOKE.format("Words"), 0, 403, ": 403 Missing Authentication"),
        (API, throttle(API), "POST", INVOKE.format("Words"), 0, 429, ": 429 Words: a fault"),
        (API, SMALL, "POST", INVOKE.format("Words"), 5, 400, ": 400 Could not parse request"),
        (API, SMALL, "GET", "2015-03-31/x", 0, 404, "GET /2015-03-31/x: 404 no such operation"),
    ],
)  # fmt: skip
async def test_one_line_for_each_refusal(
    kind: EndpointKind,
    options: EndpointOptions,
    method: str,
    path: str,
    body: int,
    status: int,
    line: str,
    tmp_path: Path,
    lines: LogLines,
    http: httpx.AsyncClient,
) -> None:
    async with running(tmp_path, resources(), options, lines) as cloud:
        [at] = [one.url for one in cloud.endpoints if one.kind is kind]
        answer = await http.request(method, f"{at.rstrip('/')}/{path}", content=b"x" * body)

    assert answer.status_code == status
    told = [text for _, text in lines if "accepts a request" not in text]
    assert len(told) == 1, lines
    assert told[0].startswith(f"{kind} refuses {method} ")
    assert line in told[0]


async def test_every_environment_is_busy(
    tmp_path: Path, lines: LogLines, http: httpx.AsyncClient
) -> None:
    none: dict[str, Any] = {"ReservedConcurrentExecutions": 0}
    described = {**resources(), "Words": function(FunctionName="Words", **none)}
    async with running(tmp_path, described, EndpointOptions(), lines) as cloud:
        urls = {one.kind: one.url for one in cloud.endpoints}
        statuses = [
            (await http.get(urls[URL])).status_code,
            (await http.get(f"{urls[REST]}x")).status_code,
            (await http.post(f"{urls[API]}/{INVOKE.format('Words')}")).status_code,
        ]

    assert statuses == [429, 500, 429]
    told = [text for _, text in lines if " refuses " in text and "accepts" not in text]
    assert [text.partition(" refuses")[0] for text in told] == [URL, REST, API]
    assert all("Words: 0 environments are busy" in text for text in told)


async def test_a_path_of_any_length_is_a_short_line(
    tmp_path: Path, lines: LogLines, http: httpx.AsyncClient
) -> None:
    async with running(tmp_path, resources(), SMALL, lines) as cloud:
        [at] = [one.url for one in cloud.endpoints if one.kind is REST]
        assert (await http.get(f"{at}../{'x' * 5000}")).status_code == 403

    [(_, told)] = lines
    assert len(told) < 600


async def test_a_response_that_is_slowed_down_says_so_once(
    tmp_path: Path, lines: LogLines, http: httpx.AsyncClient
) -> None:
    # Waits that are too short to be noticed, and many of them.
    limits = Limits(lambda_burst=1, lambda_rate=1 << 30, rest_burst=1, rest_rate=1 << 30)
    async with running(tmp_path, resources(), EndpointOptions(limits=limits), lines) as cloud:
        urls = {one.kind: one.url for one in cloud.endpoints}
        for kind in (URL, REST):
            assert (await http.get(f"{urls[kind]}words")).text == "one two"

    told = [text for _, text in lines if "slows" in text]
    end = "AWS sends 1024 MB a second"
    assert [text.partition(" ")[0] for text in told] == [URL, REST]
    assert all(text.endswith(end) for text in told)
