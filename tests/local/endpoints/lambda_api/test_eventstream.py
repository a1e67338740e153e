"""Event stream messages, read back by botocore."""

import json

from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.endpoints.lambda_api.eventstream import (
    encode_invoke_complete,
    encode_payload_chunk,
)


def decoded(data: bytes, size: int | None = None) -> list[tuple[dict[str, str], bytes]]:
    """What botocore reads, fed in pieces of `size`. It checks every CRC."""
    buffer = EventStreamBuffer()
    for at in range(0, len(data), size or len(data)):
        buffer.add_data(data[at : at + (size or len(data))])
    return [(message.headers, message.payload) for message in buffer]


def test_payload_chunk() -> None:
    [(headers, payload)] = decoded(encode_payload_chunk(b"\0\xff"))

    assert payload == b"\0\xff"
    assert headers == {
        ":event-type": "PayloadChunk",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }


def test_completion_has_only_the_keys_that_are_given() -> None:
    [(headers, payload)] = decoded(
        encode_invoke_complete(error_code="Unhandled", error_details="{}", log_result=None)
    )

    assert headers[":event-type"] == "InvokeComplete"
    assert json.loads(payload) == {"ErrorCode": "Unhandled", "ErrorDetails": "{}"}


def test_byte_by_byte_with_more_behind() -> None:
    data = encode_payload_chunk(b"one") + encode_payload_chunk(b"") + encode_payload_chunk(b"two")

    assert [payload for _, payload in decoded(data, 1)] == [b"one", b"", b"two"]


@given(st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 50))
def test_any_payload_in_any_pieces(payloads: list[bytes], size: int) -> None:
    data = b"".join(encode_payload_chunk(payload) for payload in payloads)

    assert [payload for _, payload in decoded(data, size)] == payloads
