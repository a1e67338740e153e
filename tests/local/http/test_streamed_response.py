"""What a streamed response begins with."""

import pytest

from streambda.local.http.streamed_response import BUFFERED_REMARK, read_response_start
from streambda.local.invocation.stream import InvocationStream, ResponseHead
from tests.support.pools import new_request


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        (b'{"statusCode": 200, "body": "{}"}', True),
        (b'{"headers": {"a": "b"}, "statusCode": 200}', True),
        (b'{"statusCode": 200, "body": "a part', False),
        (b'{"words": [{"statusCode": 200}]}', False),
        (b'the "statusCode"', False),
        (b"", False),
    ],
)
async def test_a_buffered_response_is_sent_as_it_is_and_told_of(body: bytes, is_told: bool) -> None:
    remarks: list[str] = []
    stream = InvocationStream(new_request())
    stream.log_remark = remarks.append
    stream.hand_out(1)
    stream.respond(ResponseHead(content_type="application/json"))
    stream.put(body)
    stream.complete()

    start = await read_response_start(stream, limit=None)

    assert start is not None
    assert (start.prelude.status, start.first) == (200, body)
    assert remarks == ([BUFFERED_REMARK] if is_told else [])
