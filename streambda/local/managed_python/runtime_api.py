"""The Runtime API, client side: one connection, one request after another, nothing streamed."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

PREFIX = "/2018-06-01/runtime/"
ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"


class RuntimeApiError(Exception):
    """The Runtime API refused a request: like Lambda's own, this runtime ends then."""


class Invocation:
    """The response to GET …/next; optional headers that are missing are None."""

    def __init__(self, headers: Message, body: bytes) -> None:
        self.body = body
        self.request_id: str = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invocation_id: str | None = headers[INVOCATION_ID]
        self.trace_id: str | None = headers["Lambda-Runtime-Trace-Id"]
        self.function_arn: str | None = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.client_context: str | None = headers["Lambda-Runtime-Client-Context"]
        self.cognito_identity: str | None = headers["Lambda-Runtime-Cognito-Identity"]
        self.tenant_id: str | None = headers["Lambda-Runtime-Aws-Tenant-Id"]


class RuntimeApi:
    """Args: `address` is host:port. Every call raises `RuntimeApiError` when it is refused."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address)

    def next(self) -> Invocation:
        headers, body = self._call("GET", "invocation/next")
        return Invocation(headers, body)

    def send_response(self, invocation: Invocation, body: bytes, content_type: str) -> None:
        self._send(invocation, "response", body, {"Content-Type": content_type})

    def send_error(self, invocation: Invocation, report: Mapping[str, Any]) -> None:
        self._send(invocation, "error", *_encode(report, report["errorType"]))

    def send_init_error(self, report: Mapping[str, Any], error_type: str | None = None) -> None:
        self._call("POST", "init/error", *_encode(report, error_type or report["errorType"]))

    def restore_next(self) -> None:
        self._call("GET", "restore/next")

    def send_restore_error(self, report: Mapping[str, Any], error_type: str) -> None:
        self._call("POST", "restore/error", *_encode(report, error_type))

    def _send(
        self, invocation: Invocation, kind: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        # The nonce of this attempt: with it Lambda recognises a late response to an earlier one.
        nonce = {INVOCATION_ID: invocation.invocation_id} if invocation.invocation_id else {}
        self._call("POST", f"invocation/{invocation.request_id}/{kind}", body, {**headers, **nonce})

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[Message, bytes]:
        self._connection.request(method, PREFIX + path, body, dict(headers))
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            text = data.decode("utf-8", "replace").strip()
            raise RuntimeApiError(f"{method} {PREFIX}{path} was answered {answer.status}: {text}")
        return answer.headers, data


def _encode(report: Mapping[str, Any], error_type: str) -> tuple[bytes, dict[str, str]]:
    headers = {"Content-Type": "application/json", ERROR_TYPE: error_type}
    return json.dumps(report).encode(), headers
