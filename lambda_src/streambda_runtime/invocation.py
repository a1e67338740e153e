"""One invocation as `/next` delivers it: the event's bytes, and the context from the headers."""

from __future__ import annotations

import os
import time

from .errors import UNMARSHAL_ERROR, RuntimeFault
from .json_codec import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

REQUEST_ID = "lambda-runtime-aws-request-id"
TRACE_ID = "lambda-runtime-trace-id"


class CognitoIdentity:
    """Who called through an AWS mobile SDK; both None for any other caller."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, document: Mapping[str, str]) -> None:
        self.cognito_identity_id = document.get("cognitoIdentityId")
        self.cognito_identity_pool_id = document.get("cognitoIdentityPoolId")


class Client:
    """The app that called, as the AWS mobile SDK describes it."""

    __slots__ = (
        "app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id",
    )  # fmt: skip

    def __init__(self, document: Mapping[str, str]) -> None:
        self.installation_id = document.get("installation_id")
        self.app_title = document.get("app_title")
        self.app_version_name = document.get("app_version_name")
        self.app_version_code = document.get("app_version_code")
        self.app_package_name = document.get("app_package_name")


class ClientContext:
    """The caller's `X-Amz-Client-Context`: `custom` and `env` are its dicts, `client` the app."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.custom: dict[str, Any] | None = document.get("custom")
        self.env: dict[str, Any] | None = document.get("env")
        client = document.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


class Context:
    """What a handler gets as its second argument; the attributes of Lambda's own Python context.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html. It takes further attributes,
    which decorators put on it.
    """

    def __init__(self, headers: Mapping[str, str], environ: Mapping[str, str]) -> None:
        # Optional headers may be missing, or present and empty: both mean "none".
        self.aws_request_id = headers.get(REQUEST_ID, "")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id") or None
        self.trace_id = headers.get(TRACE_ID) or None  # X-Ray's: `Root=...;Parent=...;Sampled=...`
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = CognitoIdentity(
            _read_document(headers.get("lambda-runtime-cognito-identity")) or {}
        )
        client_context = _read_document(headers.get("lambda-runtime-client-context"))
        # Lambda's own; it is not a part of what the caller sent.
        self._w3c = client_context.pop("w3c", None) if client_context else None
        self.client_context = None if client_context is None else ClientContext(client_context)
        deadline = headers.get("lambda-runtime-deadline-ms", "")
        self.stopped_before_deadline = False  # set by the guard of that name
        self._deadline_ms = int(deadline) if deadline.isdecimal() and len(deadline) < 20 else 0

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation; never below 0."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The caller's W3C trace context, as far as given: traceparent, tracestate, baggage."""
        return dict(self._w3c) if isinstance(self._w3c, dict) else {}

    def log(self, message: object) -> None:
        """Writes a message to the log as it is, with no line end of its own."""
        import sys

        sys.stdout.write(str(message))
        sys.stdout.flush()

    def __repr__(self) -> str:
        return f"Context(aws_request_id={self.aws_request_id!r})"


class Invocation:
    """What `/next` gave; `body` is the event's JSON text, parsed where its errors are handled."""

    __slots__ = ("body", "context", "invocation_id", "request_id", "trace_id")

    def __init__(
        self, headers: Mapping[str, str], body: bytes, environ: Mapping[str, str] = os.environ
    ) -> None:
        self.request_id = headers.get(REQUEST_ID, "")
        # A nonce of this attempt (2026): echoed verbatim, so that a late answer is told apart.
        self.invocation_id = headers.get("lambda-runtime-invocation-id") or None
        self.trace_id = headers.get(TRACE_ID) or None
        self.body = body
        self.context = Context(headers, environ)

    def event(self) -> Any:
        """The event; raises RuntimeFault `Runtime.UnmarshalError` when it is not JSON."""
        try:
            return loads(self.body or b"null")
        except ValueError as error:
            start = self.body[:40].decode("utf-8", "replace")
            message = f"the event {start!r} is not JSON: {error}"
            raise RuntimeFault(UNMARSHAL_ERROR, message) from error


def _read_document(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        document = loads(text)
    except ValueError:
        return None  # the caller's odd client context must not fail the function
    return document if isinstance(document, dict) else None
