"""A connection to Lambda understands every answer, however it is cut: a proxy may lie between."""

import json
import socket
from pathlib import Path

import h11
import pytest

from tests.support.fake_runtime_api import RecordedRequest
from tests.support.node_runtimes import run_against
from tests.support.parallel_runtime_api import ParallelRuntimeApi

SOURCE = "exports.handler = async (event) => event;"
EVENTS = [{"text": "é" * 5}, {}, {"list": list(range(50))}]


class PiecewiseRuntimeApi(ParallelRuntimeApi):
    """Answers byte by byte, in chunks or with a length."""

    def __init__(self, *events: bytes, chunked: bool) -> None:
        super().__init__(*events)
        self._chunked = chunked

    def _answer(
        self, client: socket.socket, connection: h11.Connection, request: RecordedRequest
    ) -> bool:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        status, body, headers = self._answer_to(request)
        length = ("Content-Length", str(len(body)))
        framing = ("Transfer-Encoding", "chunked") if self._chunked else length
        parts = [
            connection.send(h11.Response(status_code=status, headers=[*headers.items(), framing])),
            connection.send(h11.Data(data=body[:7])),
            connection.send(h11.Data(data=body[7:])),
            connection.send(h11.EndOfMessage()),
        ]
        for byte in b"".join(part or b"" for part in parts):
            client.sendall(bytes([byte]))
        if connection.our_state is h11.MUST_CLOSE:
            return False
        connection.start_next_cycle()
        return True


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("version", [22, 24])
def test_an_answer_in_pieces(tmp_path: Path, version: int, chunked: bool) -> None:
    (tmp_path / "index.js").write_text(SOURCE)
    events = [json.dumps(event, ensure_ascii=False).encode() for event in EVENTS]

    with PiecewiseRuntimeApi(*events, chunked=chunked) as api:
        done = run_against(api, version, tmp_path, "index.handler")

    answers = [json.loads(post.body) for post in api.posts() if post.action == "response"]
    assert answers == EVENTS
    assert done.returncode != 0  # the fake says that it is gone
    assert "was answered 410" in done.stdout + done.stderr


def test_nobody_answers(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text(SOURCE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"

    done = run_against(address, 24, tmp_path, "index.handler")

    assert done.returncode == 1
    assert "ECONNREFUSED" in done.stderr


def test_a_line_end_in_the_name_of_an_error_begins_no_header(tmp_path: Path) -> None:
    error = "const error = new Error('no'); error.name = 'Odd\\r\\nX-Odd: 1'; throw error;"
    (tmp_path / "index.js").write_text(error)

    with ParallelRuntimeApi() as api:
        run_against(api, 24, tmp_path, "index.handler")

    [post] = api.posts()
    assert json.loads(post.body)["errorType"] == "Odd\r\nX-Odd: 1"
    assert post.headers["lambda-runtime-function-error-type"] == "Odd  X-Odd: 1"
    assert "x-odd" not in post.headers
