"""Requests to web apps, and what must be the same in the answers of two servers."""

import http.client
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

# What each server adds by itself, and how the body is framed.
OWN_HEADERS = {"date", "server", "connection", "content-length", "transfer-encoding", "keep-alive"}

# How often an app may pass an open gate: far more than it does.
MOST_PASSES = 1000


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def __str__(self) -> str:
        about = ",".join(name for name, _ in self.headers)
        return f"{self.method} {self.path} {about} {(self.body or b'')[:8]!r}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


PATHS = [
    "/echo", "/echo/", "/echo/a", "/echo/a%20b", "/echo/a%2Fb", "/echo/%E8%AA%9E", "/echo/a+b",
    "/echo//a", "/echo/a;b=c", "/echo/%25", "/items/1", "/items/%E8%AA%9E", "/items/a%2Fb",
    "/nowhere", "/", "/echo/~a", "/echo/a.b", "/echo/(a)", "/echo/a,b", "/slash", "/slash?a=%20",
]  # fmt: skip
QUERIES = [
    "", "?a=1", "?a=1&a=2", "?a", "?a=", "?a+b=c+d", "?a=%2B&b=%26", "?%E8%AA%9E=%C3%A9", "?a=b=c",
    "?a=1;b=2", "?empty=&x",
]  # fmt: skip
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n--b--\r\n"
)
BODIES = [
    (b"", "text/plain"), (b"text", "text/plain"), ("é語".encode(), "text/plain; charset=utf-8"),
    (b'{"a": 1}', "application/json"), (b"a=1&b=%20", "application/x-www-form-urlencoded"),
    (bytes(range(256)), "application/octet-stream"), (b"\xff\xfe", "text/plain"),
    (b"x" * 100_000, "application/octet-stream"), (FORM, "multipart/form-data; boundary=b"),
    (b"--b\r\n\r\n", "multipart/form-data; boundary=b"), (b"<a/>", "application/xml"),
    (b"\x00", "image/png"),
]  # fmt: skip
HEADERS = [
    (("X-Mine", "1"),), (("x-mine", "a,b"),), (("X-Mine", "é"),), (("Cookie", "a=1; b=2"),),
    (("Accept", "*/*"), ("X-Mine", "spaced out")), (("X-Mine", ""),), (("User-Agent", "mine"),),
    (("Accept-Encoding", "gzip"),), (("X-Mine", "1"), ("X-More", "2")),
]  # fmt: skip
REQUESTS = [
    *(Request(method, "/echo?a=1") for method in
      ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    *(Request("GET", path) for path in PATHS),
    *(Request("GET", "/echo" + query) for query in QUERIES),
    *(Request(method, "/echo", (("Content-Type", kind),), body)
      for body, kind in BODIES for method in ("POST", "PUT")),
    *(Request("GET", "/echo", headers) for headers in HEADERS),
    *(Request("GET", f"/status/{code}") for code in
      (200, 201, 202, 203, 301, 302, 400, 401, 403, 404, 405, 410, 418, 422, 429, 500, 502, 503)),
    *(Request(method, path) for method in ("GET", "HEAD") for path in
      ("/headers", "/redirect", "/empty", "/stream", "/large", "/broken")),
    Request("PATCH", "/empty"),
    *(Request("POST", "/form", (("Content-Type", kind),), body) for body, kind in BODIES
      if "form" in kind),
    Request("POST", "/stream"),  # not allowed
]  # fmt: skip


def send(base: str, request: Request) -> Answer:
    """Sends a request as it is written, with nothing added but its length."""
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    try:
        path = url.path.rstrip("/") + request.path
        connection.putrequest(request.method, path, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode())
        if request.body is not None:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, tuple(response.getheaders()), body)
    finally:
        connection.close()


def comparable(answer: Answer, base: str) -> tuple[int, dict[str, str], bytes]:
    """What must be the same. Four things are AWS's or the address's, and are evened out here:

    each server has headers of its own; a repeated header is joined where the payload is 2.0; a
    response without a content type gets one; and `base`, the address that the app was called at,
    is in the links that the app makes, with the stage of a REST API.
    """
    headers: dict[str, str] = {}
    for name, value in answer.headers:
        lower = name.lower()
        if lower not in OWN_HEADERS and not lower.startswith(("x-amzn-", "x-amz-")):
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    headers.setdefault("content-type", "application/octet-stream")
    address, stage = base.rstrip("/"), urlsplit(base).path.rstrip("/")
    if "location" in headers:
        headers["location"] = headers["location"].removeprefix(address).removeprefix(stage)
    body = answer.body.replace(address.encode(), b"")
    return answer.status, headers, body.replace(f"{stage}/".encode(), b"/")


def rewrite_query(request: Request) -> Request:
    """The request as it reaches an app behind a REST API: its query was decoded and encoded anew.

    It means the same, and is written otherwise: `?a` is `?a=`, and `%20` is `+`.
    """
    path, _, query = request.path.partition("?")
    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    query = urlencode(pairs, doseq=True)
    return replace(request, path=f"{path}?{query}" if query else path)


class Gate:
    """For an app that makes its second chunk once it has read a byte of the FIFO at `gate`.

    `path` asks for the chunks; the app's routes take the names of the FIFO, and of a file that the
    app writes at its end, from the query.
    """

    def __init__(self, folder: Path, route: str = "/gated") -> None:
        self.file, self.told = folder / "gate", folder / "told"
        os.mkfifo(self.file)
        # Both ends: neither side waits until the other has opened it.
        self._ends = os.open(self.file, os.O_RDWR | os.O_NONBLOCK)
        weakref.finalize(self, os.close, self._ends)
        self.query = f"gate={quote(str(self.file))}&told={quote(str(self.told))}"
        self.route = route

    @property
    def path(self) -> str:
        return f"{self.route}?{self.query}"

    def open(self) -> None:
        """Lets through who waits, and who comes."""
        os.write(self._ends, b"." * MOST_PASSES)

    def shut(self) -> None:
        """Who comes from now on waits."""
        with suppress(BlockingIOError):
            while os.read(self._ends, MOST_PASSES):
                pass


@contextmanager
def streaming(base: str, path: str) -> Iterator[http.client.HTTPResponse]:
    """The response to a GET, of which only the head has been read."""
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    try:
        connection.request("GET", url.path.rstrip("/") + path)
        yield connection.getresponse()
    finally:
        connection.close()
