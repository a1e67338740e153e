"""Encodes application/vnd.amazon.eventstream messages. No I/O.

A message is: total length, length of the headers, CRC of these two, headers, payload, CRC of all
before it; numbers big-endian. A header is: length of the name, name, type 7 (a string), length of
the value, value. From "Amazon Event Stream" in the Smithy specification.
"""

import json
import struct
from collections.abc import Mapping
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"

STRING = 7
PRELUDE_LENGTH = 12
CRC_LENGTH = 4


def encode_payload_chunk(data: bytes) -> bytes:
    return encode_message("PayloadChunk", "application/octet-stream", data)


def encode_invoke_complete(
    *, error_code: str | None, error_details: str | None, log_result: str | None
) -> bytes:
    """The last event. The key names are those of the service model; absent is not null."""
    document = {"ErrorCode": error_code, "ErrorDetails": error_details, "LogResult": log_result}
    present = {key: value for key, value in document.items() if value is not None}
    return encode_message("InvokeComplete", "application/json", json.dumps(present).encode())


def encode_message(event_type: str, content_type: str, payload: bytes) -> bytes:
    headers = encode_headers(
        {":event-type": event_type, ":content-type": content_type, ":message-type": "event"}
    )
    total = PRELUDE_LENGTH + len(headers) + len(payload) + CRC_LENGTH
    lengths = struct.pack(">II", total, len(headers))
    message = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def encode_headers(headers: Mapping[str, str]) -> bytes:
    return b"".join(encode_header(name.encode(), headers[name].encode()) for name in headers)


def encode_header(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + struct.pack(">BH", STRING, len(value)) + value
