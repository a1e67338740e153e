"""How a service of AWS answers with an error, for each protocol that its clients speak. No I/O.

From "AWS Protocols" in the Smithy specification; the last two are the forms of EC2 and of S3.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any
from xml.sax.saxutils import escape

from streambda.local.endpoints.lambda_api.errors import ERROR_TYPE, to_document
from streambda.local.http.headers import CONTENT_TYPE, REQUEST_ID
from streambda.local.http.response import HttpResponse
from streambda.local.model.lambda_errors import AwsError, ErrorCode

# What no document of XML 1.0 may have, however it is written: one such text would spoil all others.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Protocol(Enum):
    REST_JSON = auto()  # of Lambda and of API Gateway
    QUERY = auto()  # of CloudFormation and of STS
    JSON = auto()  # of CloudWatch Logs, DynamoDB and many others
    CBOR = auto()  # smithy-rpc-v2-cbor, of CloudWatch
    REST_XML = auto()  # of CloudFront and Route 53
    EC2 = auto()
    S3 = auto()


def write_error(protocol: Protocol, error: AwsError, request_id: str) -> HttpResponse:
    content_type, write = FORMS[protocol]
    headers = [(CONTENT_TYPE, content_type.encode()), (REQUEST_ID, request_id.encode())]
    if protocol is Protocol.REST_JSON:
        headers.append((ERROR_TYPE, error.code.exception.encode()))
    if protocol is Protocol.CBOR:
        headers.append((b"smithy-protocol", b"rpc-v2-cbor"))
    return HttpResponse(error.code.status, headers, write(error, request_id))


def to_xml(value: Any) -> str:
    """Objects are elements with the names of their members, and lists have elements `member`."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(one)}</{name}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(one)}</member>" for one in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _write_rest_json(error: AwsError, _: str) -> bytes:
    return json.dumps(to_document(error)).encode()


def _name(error: AwsError) -> dict[str, str]:
    return {"__type": error.code.exception, "message": str(error)}


def _write_json(error: AwsError, _: str) -> bytes:
    return json.dumps(_name(error)).encode()


def _write_cbor(error: AwsError, _: str) -> bytes:
    """A map of texts: RFC 8949, major types 5 and 3, each length in four bytes."""
    pairs = _name(error).items()
    texts = [text.encode() for pair in pairs for text in pair]
    return bytes([0xA0 + len(pairs)]) + b"".join(
        b"\x7a" + len(text).to_bytes(4, "big") + text for text in texts
    )


# "Common error types" of CloudFormation and of EC2: what is wrong with a signature.
IN_XML = {
    ErrorCode.INCOMPLETE_SIGNATURE: "IncompleteSignature",
    ErrorCode.INVALID_SIGNATURE: "SignatureDoesNotMatch",
    ErrorCode.MISSING_AUTHENTICATION_TOKEN: "MissingAuthenticationToken",
    ErrorCode.UNRECOGNIZED_CLIENT: "InvalidClientTokenId",
}


def _describe(error: AwsError) -> dict[str, str]:
    return {"Code": IN_XML.get(error.code, error.code.exception), "Message": str(error)}


def _write_xml(error: AwsError, request_id: str) -> bytes:
    document = {"Error": {"Type": "Sender", **_describe(error)}, "RequestId": request_id}
    return to_xml({"ErrorResponse": document}).encode()


def _write_ec2(error: AwsError, request_id: str) -> bytes:
    document = {"Errors": {"Error": _describe(error)}, "RequestID": request_id}
    return to_xml({"Response": document}).encode()


def _write_s3(error: AwsError, request_id: str) -> bytes:
    return to_xml({"Error": {**_describe(error), "RequestId": request_id}}).encode()


FORMS: Mapping[Protocol, tuple[str, Callable[[AwsError, str], bytes]]] = {
    Protocol.REST_JSON: ("application/json", _write_rest_json),
    Protocol.QUERY: ("text/xml", _write_xml),
    Protocol.JSON: ("application/x-amz-json-1.1", _write_json),
    Protocol.CBOR: ("application/cbor", _write_cbor),
    Protocol.REST_XML: ("text/xml", _write_xml),
    Protocol.EC2: ("text/xml", _write_ec2),
    Protocol.S3: ("application/xml", _write_s3),
}
