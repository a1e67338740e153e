"""A second, small runtime for tests of the local cloud: it does what the event says.

It runs as a function's bootstrap, and shares no code with streambda_runtime. An event chooses one
of the functions below by its name: `{"do": "words"}`, or the last part of the path of an HTTP
request. Some of them do on purpose what no good runtime does.
"""

import base64
import json
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any

Headers = Sequence[tuple[str, str]]
Answer = tuple[int, dict[str, str], bytes]

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
NULS = b"\0" * 8
MODE = ("Lambda-Runtime-Function-Response-Mode", "streaming")
CHUNKED = ("Transfer-Encoding", "chunked")
ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
TRAILER = ("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}")
STREAMED = (MODE, CHUNKED, TRAILER)
FAILURE: dict[str, Any] = {"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []}
BASE = "/2018-06-01/runtime"


class RuntimeApiClient:
    """One keep-alive connection to the Runtime API."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.reconnect()

    def reconnect(self) -> None:
        host, port = self.address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.file = self.socket.makefile("rb")

    def send(
        self, method: str, path: str, headers: Headers = (), body: bytes | None = None
    ) -> None:
        lines = [f"{method} {BASE}{path} HTTP/1.1", "Host: runtime"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))

    def chunk(self, data: bytes) -> None:
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def finish(self, trailers: Headers = ()) -> None:
        lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in trailers)
        self.socket.sendall(b"0\r\n" + lines + b"\r\n")

    def answer(self) -> Answer:
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.file.read(int(headers["content-length"]))

    def call(self, *request: Any) -> Answer:
        self.send(*request)
        return self.answer()


class Invocation:
    def __init__(self, api: RuntimeApiClient) -> None:
        self.api = api
        status, self.headers, body = api.call("GET", "/invocation/next")
        assert status == 200, (status, body)
        self.event = json.loads(body)
        self.id = self.headers["lambda-runtime-aws-request-id"]

    @property
    def over_http(self) -> bool:
        return "requestContext" in self.event

    @property
    def behaviour(self) -> str:
        path = self.event.get("rawPath") or self.event.get("path")
        return str(path).rsplit("/", 1)[-1] if path else str(self.event.get("do", "words"))

    def begin(
        self, content_type: str = "text/plain", framing: Headers = STREAMED, **prelude: Any
    ) -> None:
        """Begins a streamed response: with a prelude over HTTP, without one on a direct invoke."""
        if self.over_http:
            prelude.setdefault("headers", {"content-type": content_type})
            content_type = PRELUDE_TYPE
        path = f"/invocation/{self.id}/response"
        self.api.send("POST", path, [*framing, ("Content-Type", content_type)])
        if self.over_http:
            self.api.chunk(json.dumps(prelude).encode() + NULS)

    def begin_raw(self, content_type: str = "text/plain") -> None:
        path = f"/invocation/{self.id}/response"
        self.api.send("POST", path, [*STREAMED, ("Content-Type", content_type)])

    def chunk(self, data: bytes) -> None:
        self.api.chunk(data)

    def end(self, trailers: Headers = ()) -> Answer:
        self.api.finish(trailers)
        return self.api.answer()

    def error(self, document: Any) -> Answer:
        headers = [(ERROR_TYPE, "Function.ValueError"), ("Content-Type", "application/json")]
        body = json.dumps(document).encode()
        return self.api.call("POST", f"/invocation/{self.id}/error", headers, body)


def log(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def wait_at_gate() -> None:
    """Waits until the test opens its gate (gate.py)."""
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))) as connection:
        connection.recv(1)


def error_trailers(document: Any = FAILURE) -> Headers:
    encoded = base64.b64encode(json.dumps(document).encode()).decode()
    return [(ERROR_TYPE, "Function.ValueError"), (ERROR_BODY, encoded)]


def words(invocation: Invocation) -> None:
    invocation.begin(cookies=["a=1; Path=/", "b=2"], statusCode=201)
    invocation.chunk(b"one ")
    invocation.chunk(b"two")
    log("said two words")
    invocation.end()


def gated(invocation: Invocation) -> None:
    invocation.begin()
    invocation.chunk(b"one")
    wait_at_gate()
    invocation.chunk(b"two")
    invocation.end()


def gated_raw(invocation: Invocation) -> None:
    invocation.begin_raw()
    invocation.chunk(b"one")
    wait_at_gate()
    invocation.chunk(b"two")
    invocation.end()


def gated_head(invocation: Invocation) -> None:
    """Sends only the prelude before the gate."""
    invocation.begin()
    wait_at_gate()
    invocation.end()


def echo(invocation: Invocation) -> None:
    invocation.begin("application/json")
    document = {"event": invocation.event, "headers": invocation.headers}
    invocation.chunk(json.dumps(document).encode())
    invocation.end()


def environment(invocation: Invocation) -> None:
    invocation.begin("application/json")
    invocation.chunk(json.dumps(dict(os.environ)).encode())
    invocation.end()


def empty(invocation: Invocation) -> None:
    invocation.begin(statusCode=200)
    invocation.end()


def no_content(invocation: Invocation) -> None:
    invocation.begin(statusCode=204)
    invocation.end()


def empty_raw(invocation: Invocation) -> None:
    invocation.begin_raw("text/css")
    invocation.end()


def binary(invocation: Invocation) -> None:
    invocation.begin("application/octet-stream")
    invocation.chunk(NULS + bytes(range(256)))
    invocation.chunk(b"\xc3")
    invocation.chunk(b"\xa9" + NULS)
    invocation.end()


def lengthy(invocation: Invocation) -> None:
    """Its content-length is too small, and it sets a hop-by-hop header."""
    invocation.begin(headers={"content-length": "3", "connection": "close"})
    invocation.chunk(b"four")
    invocation.end()


def brief(invocation: Invocation) -> None:
    """Its content-length is one byte too large."""
    invocation.begin(headers={"content-length": "5"})
    invocation.chunk(b"four")
    invocation.end()


def odd_prelude(invocation: Invocation) -> None:
    invocation.begin_raw(PRELUDE_TYPE)
    invocation.chunk(b'{"statusCode": "200"}' + NULS + b"body")
    invocation.end()


def long_prelude(invocation: Invocation) -> None:
    """Longer than the limit of AWS, which is 16 KB."""
    invocation.begin(headers={"x-long": "x" * 20_000})
    invocation.chunk(b"body")
    invocation.end()


def bad_header(invocation: Invocation) -> None:
    invocation.begin(headers={"x y": "1"})
    invocation.end()


def dated(invocation: Invocation) -> None:
    """Says what its endpoint says too."""
    invocation.begin(headers={"Date": "Thu, 01 Jan 1970 00:00:00 GMT", "SERVER": "mine/1.0"})
    invocation.end()


def repeated(invocation: Invocation) -> None:
    invocation.begin(headers={"x-one": "lost"}, multiValueHeaders={"X-One": ["1", "2"]})
    invocation.end()


def whole(invocation: Invocation) -> None:
    """A buffered response: one JSON document with its length."""
    answer = {"statusCode": 202, "headers": {"x-a": "b"}, "body": "YWJj", "isBase64Encoded": True}
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/json")]
    invocation.api.call("POST", f"/invocation/{invocation.id}/response", headers, body)


def no_proxy_response(invocation: Invocation) -> None:
    invocation.api.call("POST", f"/invocation/{invocation.id}/response", (), b"[]")


def oversized(invocation: Invocation) -> None:
    body = b"x" * (6 * 1024 * 1024 + 101)
    path = f"/invocation/{invocation.id}/response"
    status, headers, _ = invocation.api.call("POST", path, (), body)
    log("answered", status, headers.get("connection"))
    # This answer closes the connection; the next call needs a new one.
    invocation.api.reconnect()


def large_stream(invocation: Invocation) -> None:
    invocation.begin()
    for _ in range(8):
        invocation.chunk(b"x" * 1024 * 1024)
    invocation.end()


def fails_midway(invocation: Invocation) -> None:
    invocation.begin()
    invocation.chunk(b"one")
    wait_at_gate()
    invocation.end(error_trailers())


def fails_at_once(invocation: Invocation) -> None:
    """Fails as Node.js does: a response without a byte, and the error in its trailers."""
    invocation.begin_raw()
    invocation.end(error_trailers())


def fails_before(invocation: Invocation) -> None:
    log("about to fail")
    invocation.error(FAILURE)


def undeclared(invocation: Invocation) -> None:
    invocation.begin(framing=(MODE, CHUNKED))
    invocation.chunk(b"one")
    invocation.end(error_trailers())


def long_trailer(invocation: Invocation) -> None:
    invocation.begin()
    invocation.chunk(b"one")
    status, _, body = invocation.end(error_trailers({"errorMessage": "x" * 4000}))
    log("answered", status, json.loads(body)["errorType"])


def bad_mode(invocation: Invocation) -> None:
    path = f"/invocation/{invocation.id}/response"
    status, _, body = invocation.api.call("POST", path, [(MODE[0], "Streaming")], b"x")
    log("answered", status, json.loads(body)["errorType"])


def hangs(invocation: Invocation) -> None:
    log("hanging")
    wait_at_gate()


def hangs_midway(invocation: Invocation) -> None:
    invocation.begin()
    invocation.chunk(b"one")
    wait_at_gate()


def lingers(invocation: Invocation) -> None:
    """Works on after its response has ended."""
    invocation.begin()
    invocation.chunk(b"one")
    invocation.end()
    wait_at_gate()


def crashes(invocation: Invocation) -> None:
    log("crashing")
    os._exit(1)


def crashes_midway(invocation: Invocation) -> None:
    invocation.begin()
    invocation.chunk(b"one")
    wait_at_gate()
    os._exit(3)


def answers_and_exits(invocation: Invocation) -> None:
    words(invocation)
    os._exit(0)


def runs_on(invocation: Invocation) -> None:
    """Sends far more than the sockets' buffers hold, and then waits at the gate."""
    invocation.begin()
    invocation.chunk(b"one")
    wait_at_gate()
    for _ in range(64):
        invocation.chunk(b"x" * 256 * 1024)
    invocation.end()
    wait_at_gate()


def misbehaves(invocation: Invocation) -> None:
    """Makes every call that the Runtime API refuses. Its response: the statuses and error types."""
    refusals: list[list[Any]] = []

    def note(answer: Answer) -> None:
        refusals.append([answer[0], json.loads(answer[2])["errorType"]])

    api = invocation.api
    note(api.call("POST", "/invocation/nonsense/response", (), b"x"))
    note(api.call("GET", "/invocation/next"))
    note(api.call("POST", "/init/error", (), b"{}"))
    note(api.call("POST", "/nowhere", (), b""))
    stale = [("Lambda-Runtime-Invocation-Id", "stale")]
    note(api.call("POST", f"/invocation/{invocation.id}/response", stale, b"x"))
    fresh = [("Lambda-Runtime-Invocation-Id", invocation.headers["lambda-runtime-invocation-id"])]
    body = json.dumps(refusals).encode()
    assert api.call("POST", f"/invocation/{invocation.id}/response", fresh, body)[0] == 202
    second = api.call("POST", f"/invocation/{invocation.id}/response", (), b"again")
    error = invocation.error(FAILURE)
    log(second[0], error[0])


def init() -> None:
    """The init phase: `_HANDLER` says what happens in it."""
    handler = os.environ["_HANDLER"]
    if handler == "init_error":
        api = RuntimeApiClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
        api.call("POST", "/init/error", (), json.dumps(FAILURE).encode())
        sys.exit(1)
    if handler == "exits":
        sys.exit(4)
    if handler == "waits":
        wait_at_gate()


def main() -> None:
    init()
    api = RuntimeApiClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        invocation = Invocation(api)
        globals()[invocation.behaviour](invocation)


if __name__ == "__main__":
    main()
