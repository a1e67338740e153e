"""What goes over the wire, byte for byte; provenance in tests/golden/README.md."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streambda_runtime import StreamingResponse, start
from streambda_runtime.errors import ErrorReport, RuntimeFault
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import FakeRuntimeApi, RecordedRequest, next_headers
from tests.support.run_runtime import serve_all_events

GOLDEN = Path(__file__).parents[1] / "golden"


def server_sent(event: Any, context: Any) -> StreamingResponse:
    frames = (f"data: {number}\n\n" for number in (1, 2))
    return StreamingResponse(frames, media_type="text/event-stream", cookies=["a=1; Path=/"])


def plain(event: Any, context: Any) -> Iterator[bytes]:
    yield b"hello "
    yield b""  # would end the body if it were sent
    yield b"world"


def breaks(event: Any, context: Any) -> Iterator[bytes]:
    yield b"part"
    raise RuntimeFault("Function.Boom", "boom")  # a fault has no stack, whose paths would vary


def fails(event: Any, context: Any) -> None:
    raise RuntimeFault("Function.Boom", "boom")


CASES: dict[str, tuple[Callable[..., Any], bytes]] = {
    "stream_with_prelude": (server_sent, FUNCTION_URL),
    "stream_without_prelude": (plain, DIRECT),
    "midstream_error": (breaks, DIRECT),
    "error": (fails, DIRECT),
}


def compare(name: str, request: RecordedRequest, fake: FakeRuntimeApi, *, write: bool) -> None:
    found = request.raw.replace(fake.address.encode(), b"127.0.0.1:{port}")
    file = GOLDEN / f"{name}.http"
    if write:
        file.write_bytes(found)
    assert found == file.read_bytes()


@pytest.mark.parametrize(("handler", "event"), CASES.values(), ids=CASES)
def test_wire(
    handler: Callable[..., Any], event: bytes, request: pytest.FixtureRequest, write_golden: bool
) -> None:
    with FakeRuntimeApi(event, headers=next_headers(Invocation_Id="nonce")) as fake:
        (post,) = serve_all_events(fake, handler)

    compare(request.node.callspec.id, post, fake, write=write_golden)
    compare("next", fake.requests[0], fake, write=write_golden)


def test_wire_of_an_init_error(write_golden: bool) -> None:
    with FakeRuntimeApi() as fake:
        api = RuntimeApi(fake.address)
        api.init_error(ErrorReport("Runtime.HandlerNotFound", "Runtime.HandlerNotFound", "x", ()))
        api.close()

    assert start.EXIT_FAILED == 1
    compare("init_error", fake.posts()[0], fake, write=write_golden)
