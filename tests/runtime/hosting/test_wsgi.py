"""WSGI (PEP 3333): environments, the order of calls, errors at each point; wsgiref is the judge."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from streambda_runtime import testing, wsgi
from tests.support.events import FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

Environ = dict[str, Any]
HTML = [("Content-Type", "text/html")]
EVENTS = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["2.0", "1.0"])


def url_event(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(FUNCTION_URL)
    return event | changes


def environ_of(event: dict[str, Any], **options: Any) -> Environ:
    seen: list[Environ] = []

    def app(environ: Environ, start_response: Any) -> list[bytes]:
        seen.append(dict(environ) | {"body": environ["wsgi.input"].read()})
        start_response("200 OK", HTML)
        return [b""]

    assert testing.run(wsgi(app, **options), event).error is None
    return seen[0]


@EVENTS
@pytest.mark.parametrize("body", ["", "text"])
def test_an_app_may_rely_on_all_that_the_specification_says(event: bytes, body: str) -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        environ["wsgi.input"].read(100)
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Mine", "1")])
        return iter([b"one", b"two"])

    # wsgiref's validator checks types, the calls and their order, and that `close` is called.
    document = json.loads(event) | {"body": body, "isBase64Encoded": False}
    result = testing.run(wsgi(validator(app)), document)

    assert result.error is None
    assert result.chunks == [b"one", b"two"]
    assert result.headers is not None
    assert result.headers["x-mine"] == "1"


@pytest.mark.parametrize(
    ("raw", "options", "script", "path"),
    [
        ("/", {}, "", "/"), ("/a%20b", {}, "", "/a b"), ("/a%2Fb", {}, "", "/a/b"),
        ("/%C3%A9", {}, "", "/\xc3\xa9"), ("/v1/a", {"base_path": "/v1"}, "/v1", "/a"),
        ("/v1", {"base_path": "/v1"}, "/v1", ""), ("/v12", {"base_path": "/v1"}, "", "/v12"),
    ],
)  # fmt: skip
def test_paths(raw: str, options: dict[str, Any], script: str, path: str) -> None:
    environ = environ_of(url_event(rawPath=raw), **options)

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script, path)
    assert environ["REQUEST_URI"] == raw


def test_a_stage_is_the_script() -> None:
    event = json.loads(REST_API)
    event["requestContext"]["path"], event["path"] = "/prod/a", "/a"

    environ = environ_of(event)

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/prod", "/a")


def test_variables() -> None:
    headers = {
        "host": "x.on.aws", "x-mine": "1", "content-type": "text/plain", "content-length": "4",
        "cookie": "a=1; b=2", "transfer-encoding": "chunked", "x-forwarded-proto": "https",
    }  # fmt: skip
    event = url_event(
        headers=headers, rawQueryString="a=1&b=%20", body="aMOp", isBase64Encoded=True
    )
    environ = environ_of(event)

    expected = {
        "QUERY_STRING": "a=1&b=%20", "HTTP_HOST": "x.on.aws", "HTTP_X_MINE": "1",
        "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3", "HTTP_COOKIE": "a=1; b=2",
        "SERVER_NAME": "x.on.aws", "SERVER_PORT": "443", "wsgi.url_scheme": "https",
        "SERVER_PROTOCOL": "HTTP/1.1", "body": "hé".encode(), "aws.event": event,
    }  # fmt: skip
    assert {name: environ[name] for name in expected} == expected
    assert environ["wsgi.errors"] is sys.stderr
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["REMOTE_ADDR"] == event["requestContext"]["http"]["sourceIp"]


class Chunks:
    """An iterable with `close`, which may fail at each point."""

    def __init__(self, *chunks: Any, close: BaseException | None = None) -> None:
        self.chunks = list(chunks)
        self.closed = 0
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed += 1
        if self._close is not None:
            raise self._close


def answering(chunks: Iterable[Any], status: str = "200 OK", headers: Any = HTML) -> Any:
    def app(environ: Environ, start_response: Any) -> Iterable[Any]:
        start_response(status, headers)
        return chunks

    return app


@EVENTS
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda c: answering(c, "nonsense"),
            "the status 'nonsense', expected one such as '200 OK'",
        ),
        (lambda c: answering(c, "99"), "the status '99'"),
        (lambda c: answering(c, headers=[("x", "a\nb")]), "of header 'x'"),
        (lambda c: lambda environ, start: c, "a body before start_response"),
        (lambda c: answering([]) and (lambda environ, start: []), "without calling start_response"),
        (lambda c: answering(["text"]), "a chunk of type str, expected bytes"),
        (lambda c: answering(Chunks(ValueError("mine"))), "mine"),
    ],
)
def test_an_error_before_the_first_byte_is_a_real_one_and_the_next_request_works(
    event: bytes, make: Callable[..., Any], message: str
) -> None:
    handlers = iter([wsgi(make(Chunks(b"a"))), wsgi(answering([b"fine"]))])

    first, second = collect_posts(lambda e, c: next(handlers)(e, c), event, event)

    assert first.action == "error"
    assert message in json.loads(first.body)["errorMessage"]
    assert split_prelude(second.body)[1] == b"fine"


@pytest.mark.parametrize(
    ("chunks", "closed"),
    [
        (Chunks(b"a", ValueError("mine")), 1), (Chunks(b"a", "mine"), 1),
        (Chunks(b"a", SystemError("mine"), close=ValueError("late")), 1),
    ],
)  # fmt: skip
def test_an_error_after_the_first_byte_is_told_in_trailers(chunks: Chunks, closed: int) -> None:
    post = collect_post(wsgi(answering(chunks)), FUNCTION_URL)

    assert split_prelude(post.body)[1] == b"a"
    message = read_trailer_error(post)[1]["errorMessage"]
    assert "mine" in message or "type str" in message
    assert chunks.closed == closed


def test_chunks_are_closed_on_every_way_out(capfd: pytest.CaptureFixture[str]) -> None:
    complete, failing = Chunks(b"a"), Chunks(b"a", close=ValueError("in close"))

    for chunks in (complete, failing):
        post = collect_post(wsgi(answering(chunks)), FUNCTION_URL)
        assert split_prelude(post.body)[1] == b"a"
        assert chunks.closed == 1
    assert "ValueError: in close" in capfd.readouterr().err


def test_a_second_start_replaces_the_first_until_bytes_have_left() -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        try:
            raise ValueError("early")
        except ValueError:
            start_response("500 Internal Server Error", HTML, sys.exc_info())
        yield b"page"
        try:
            raise ValueError("late")
        except ValueError:
            start_response("500 Internal Server Error", HTML, sys.exc_info())

    post = collect_post(wsgi(app), FUNCTION_URL)

    prelude, body = split_prelude(post.body)
    assert (prelude["statusCode"], body) == (500, b"page")
    assert read_trailer_error(post)[1]["errorMessage"] == "late"


def test_write_sends_before_what_is_returned() -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", HTML)
        write(b"one")
        write(b"two")
        return [b"three"]

    assert testing.run(wsgi(app), url_event()).chunks == [b"one", b"two", b"three"]


def test_each_chunk_leaves_before_the_next_is_made() -> None:
    arrived: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"one", b"", b"two"):
            yield chunk
            assert not chunk or arrived[-1] == chunk

    result = testing.run(wsgi(answering(chunks())), url_event(), on_chunk=arrived.append)

    assert result.error is None
    assert arrived == [b"one", b"two"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content")])
def test_a_response_without_a_body_has_none(method: str, status: str) -> None:
    event = url_event()
    event["requestContext"]["http"]["method"] = method

    post = collect_post(wsgi(answering([b"a", b"b"], status)), json.dumps(event).encode())

    assert split_prelude(post.body)[1] == b""
    assert post.trailers == {}


def test_statuses_that_count_as_failures() -> None:
    app = answering([b"down"], "503 Service Unavailable")

    error = testing.run(wsgi(app, error_statuses=[503]), url_event()).error

    assert error is not None
    assert error["errorType"] == "Runtime.ErrorStatus"
    assert testing.run(wsgi(app), url_event()).status_code == 503


@pytest.mark.parametrize("event", [{}, {"Records": []}, None])
def test_an_event_that_is_no_request_goes_elsewhere_or_is_an_error(event: Any) -> None:
    error = testing.run(wsgi(answering([])), event).error
    result = testing.run(wsgi(answering([]), events=lambda event, context: "other"), event)

    assert error is not None
    assert error["errorType"] == "Runtime.InvalidEvent"
    assert result.body == b'"other"'


def test_an_event_that_is_no_request_may_be_posted_to_the_app() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK" if environ["CONTENT_TYPE"] == "application/json" else "400 No", [])
        return [environ["PATH_INFO"].encode(), environ["wsgi.input"].read()]

    result = testing.run(wsgi(app, events="/events"), {"Records": [1]})

    assert result.body == b'/events{"Records":[1]}'


def test_a_header_that_is_utf8_is_not_encoded_twice() -> None:
    headers = [
        ("X-Mine", "é".encode().decode("latin-1")),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b"),
    ]

    result = testing.run(wsgi(answering([b"a"], headers=headers)), url_event())

    assert result.headers is not None
    assert result.headers["x-mine"] == "é"
    assert result.cookies == ["a=1", "b"]
