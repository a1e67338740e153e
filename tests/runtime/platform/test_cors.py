"""What is added to a response behind a REST API, and what is taken from one behind a URL."""

import json

import pytest

from streambda_runtime.http_event import FUNCTION_URL, REST_API, HttpEvent, read_http_event
from streambda_runtime.platform import cors
from streambda_runtime.platform.cors import Cors, make_cors
from streambda_runtime.response import HttpMetadata, encode_prelude

SITE = "https://example.com"
OWN = [("Access-Control-Allow-Origin", "*"), ("x-mine", "1"), ("Vary", "accept")]


def headers_of(
    made: Cors, *, version: str = REST_API, origin: str | None = SITE, **metadata: object
) -> list[tuple[str, str]]:
    event = HttpEvent(version, "GET", {"Origin": origin} if origin else {"accept": "*/*"})
    return made.complete(HttpMetadata(**metadata), event).headers  # type: ignore[arg-type]


def one_site(*, allow_credentials: bool = False, expose_headers: list[str] | None = None) -> Cors:
    return Cors([SITE], allow_credentials=allow_credentials, expose_headers=expose_headers or [])


def everyone(*, allow_credentials: bool) -> Cors:
    return Cors(["*"], allow_credentials=allow_credentials, expose_headers=[])


def test_a_rest_api_gets_what_it_does_not_add() -> None:
    made = one_site(allow_credentials=True, expose_headers=["x-a", "x-b"])

    assert headers_of(made) == [
        ("access-control-allow-origin", SITE),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-a,x-b"),
    ]


def test_the_handler_s_own_are_replaced() -> None:
    assert headers_of(one_site(), headers=OWN) == [
        ("x-mine", "1"),
        ("Vary", "accept"),
        ("access-control-allow-origin", SITE),
        ("vary", "Origin"),
    ]


def test_a_function_url_adds_them_itself() -> None:
    assert headers_of(one_site(), version=FUNCTION_URL, headers=OWN) == OWN[1:]


@pytest.mark.parametrize("origin", [None, "", "https://other.example.com", "null"])
def test_other_origins_get_none(origin: str | None) -> None:
    assert headers_of(one_site(), origin=origin) == []


def test_the_case_of_an_origin_does_not_count() -> None:
    [allowed, _] = headers_of(one_site(), origin=SITE.upper())

    assert allowed == ("access-control-allow-origin", SITE.upper())


@pytest.mark.parametrize(("credentials", "allowed"), [(False, "*"), (True, SITE)])
def test_with_credentials_the_origin_is_named(credentials: bool, allowed: str) -> None:
    pairs = headers_of(everyone(allow_credentials=credentials))

    assert pairs[:2] == [("access-control-allow-origin", allowed), ("vary", "Origin")]


def test_vary_is_not_said_twice() -> None:
    pairs = headers_of(one_site(), headers={"vary": "accept, origin"})

    assert [value for name, value in pairs if name == "vary"] == ["accept, origin"]


def test_all_else_stays() -> None:
    metadata = HttpMetadata(201, {"x-mine": "1"}, "text/event-stream", cookies=["a=b"])
    event = HttpEvent(REST_API, "GET", {"origin": SITE})

    prelude = encode_prelude(one_site().complete(metadata, event), "text/plain", REST_API)

    assert json.loads(prelude.rstrip(b"\0")) == {
        "statusCode": 201,
        "headers": {
            "x-mine": "1",
            "access-control-allow-origin": SITE,
            "vary": "Origin",
            "content-type": "text/event-stream",
        },
        "cookies": ["a=b"],
    }
    assert metadata.headers == [("x-mine", "1")]  # it may be sent again


def test_what_is_no_name_is_left_to_whoever_encodes_it() -> None:
    assert str(headers_of(one_site(), origin=None, headers=[(1, "a")])) == "[(1, 'a')]"


def test_the_variable_is_read() -> None:
    document = {"allow_origins": [SITE], "allow_credentials": True, "expose_headers": ["x-a"]}

    made = make_cors({cors.VARIABLE: json.dumps(document)})

    assert made is not None
    assert len(headers_of(made)) == 4


@pytest.mark.parametrize("text", ["", "yes", "{}", "[]", "1", '{"allow_origins": 1}'])
def test_a_variable_that_cannot_be_read_is_said(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_cors({cors.VARIABLE: text}) is None

    said = "".join(capsys.readouterr())
    assert f"STREAMBDA_CORS is {text!r}, expected what cors= of StreamingFunction writes" in said


@pytest.mark.parametrize("headers", [None, [], {"origin": None}, {"ORIGIN": ["a"]}])
def test_an_event_may_have_odd_headers(headers: object) -> None:
    event = read_http_event({"httpMethod": "GET", "requestContext": {}, "headers": headers})

    assert event is not None
    assert event.header("origin") is None
