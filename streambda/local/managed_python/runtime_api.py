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
    """The Runtime API refused an answer: Lambda's own runtime ends then, too."""


class Invocation:
    """What GET …/next gave; optional headers that are missing are None."""

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

    def response(self, invocation: Invocation, body: bytes, content_type: str) -> None:
        self._answer(invocation, "response", body, {"Content-Type": content_type})

    def error(self, invocation: Invocation, report: Mapping[str, Any]) -> None:
        self._answer(invocation, "error", *_document(report, report["errorType"]))

    def init_error(self, report: Mapping[str, Any], error_type: str | None = None) -> None:
        self._call("POST", "init/error", *_document(report, error_type or report["errorType"]))

    def restore_next(self) -> None:
        self._call("GET", "restore/next")

    def restore_error(self, report: Mapping[str, Any], error_type: str) -> None:
        self._call("POST", "restore/error", *_document(report, error_type))

    def _answer(
        self, invocation: Invocation, kind: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        # The nonce of this attempt: a late answer to an earlier one is told apart by it.
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


def _document(report: Mapping[str, Any], error_type: str) -> tuple[bytes, dict[str, str]]:
    headers = {"Content-Type": "application/json", ERROR_TYPE: error_type}
    return json.dumps(report).encode(), headers
