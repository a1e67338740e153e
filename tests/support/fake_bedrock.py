"""Bedrock's runtime on loopback, for boto3's own client: it streams what a script says.

An item of the script is an event of ConverseStream, such as `{"messageStart": {"role":
"assistant"}}` or `{"throttlingException": {"message": "..."}}`; LOST ends the connection in the
middle; a callable is called, and what follows it is sent after that.
"""

import json
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from streambda.local.endpoints.lambda_api.eventstream import encode_headers

LOST = "the connection is lost"
Script = Sequence[dict[str, Any] | Callable[[], object] | str]


class FakeBedrock:
    """`requests` are the models and bodies that came."""

    def __init__(self) -> None:
        self.script: Script = ()  # what each call gets
        self.scripts: list[Script] = []  # what the next calls get, one each, before `script`
        self.refusal: tuple[int, str] | None = None  # status and code of an error before the stream
        self.requests: list[tuple[str, Any]] = []
        self.url = ""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that have left."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def fake_bedrock() -> Iterator[FakeBedrock]:
    fake = FakeBedrock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            fake.requests.append((unquote(self.path.split("/")[2]), body))
            if fake.refusal:
                self._refuse(*fake.refusal)
            else:
                self._stream(fake.scripts.pop(0) if fake.scripts else fake.script)

        def _refuse(self, status: int, code: str) -> None:
            document = json.dumps({"message": "arn:aws:secret"}).encode()
            self.send_response(status)
            self.send_header("x-amzn-errortype", code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def _stream(self, script: Script) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/vnd.amazon.eventstream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for item in script:
                if item is LOST:
                    self.close_connection = True
                    return
                if callable(item):
                    item()
                    continue
                assert isinstance(item, dict)
                message = encode_event(item)
                self.wfile.write(b"%x\r\n%b\r\n" % (len(message), message))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


def encode_event(event: dict[str, Any]) -> bytes:
    """One event, or one exception, as Bedrock sends it."""
    [(name, content)] = event.items()
    kind = "exception" if name.endswith("Exception") else "event"
    headers = encode_headers(
        {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    )
    payload = json.dumps(content).encode()
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def say(*texts: str, block: int = 0) -> list[dict[str, Any]]:
    """A block of text."""
    deltas = [
        {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": block}}
        for text in texts
    ]
    return [*deltas, {"contentBlockStop": {"contentBlockIndex": block}}]


def call(id: str, name: str, *pieces: str, block: int = 1) -> list[dict[str, Any]]:
    """A call of a tool."""
    start = {"toolUse": {"toolUseId": id, "name": name}}
    deltas = [
        {"contentBlockDelta": {"delta": {"toolUse": {"input": text}}, "contentBlockIndex": block}}
        for text in pieces
    ]
    return [
        {"contentBlockStart": {"start": start, "contentBlockIndex": block}},
        *deltas,
        {"contentBlockStop": {"contentBlockIndex": block}},
    ]


BEGIN = {"messageStart": {"role": "assistant"}}


def end(reason: str = "end_turn", **usage: int) -> list[dict[str, Any]]:
    """The end of an answer; `usage` in Bedrock's words."""
    counts = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15, **usage}
    return [
        {"messageStop": {"stopReason": reason}},
        {"metadata": {"usage": counts, "metrics": {"latencyMs": 1}}},
    ]
