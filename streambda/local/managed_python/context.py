"""A handler's second argument, with the attributes of Lambda's own Python context.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from .errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .runtime_api import Invocation

W3C = ("traceparent", "tracestate", "baggage")


class _Attributes:
    """Attributes from the keys of a document; missing ones are None."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, document: Mapping[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, document.get(name))

    def __repr__(self) -> str:
        values = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{values}])"


class Client(_Attributes):
    """The app that called, as the AWS mobile SDK describes it."""

    __slots__ = (
        "app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id",
    )  # fmt: skip


class ClientContext(_Attributes):
    """The caller's `X-Amz-Client-Context`: `custom` and `env` are its dicts, `client` the app."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        client = document.get("client")
        self.client = None if client is None else Client(client)


class CognitoIdentity(_Attributes):
    """Who called through an AWS mobile SDK; both None for any other caller."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.cognito_identity_id = document.get("cognitoIdentityId")
        self.cognito_identity_pool_id = document.get("cognitoIdentityPoolId")


class Context:
    """Raises `FunctionError` if the caller's client context or identity is not JSON."""

    def __init__(self, invocation: Invocation, environ: Mapping[str, str]) -> None:
        self.aws_request_id = invocation.request_id
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invocation.function_arn
        self.tenant_id = invocation.tenant_id
        client = _parse(invocation.client_context, "Client Context")
        # Added by Lambda; the caller has not sent it.
        self._w3c = _read_w3c(client.pop("w3c", None)) if client else {}
        self.client_context = None if client is None else ClientContext(client)
        identity = _parse(invocation.cognito_identity, "Cognito Identity")
        self.identity = CognitoIdentity(identity or {})
        self._deadline_ms = invocation.deadline_ms

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation; never below 0."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The caller's W3C trace context, as far as sent: traceparent, tracestate, baggage."""
        return dict(self._w3c)

    def log(self, message: object) -> None:
        """Writes a message to the log as it is, with no line end of its own."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        names = (name for name in vars(self) if not name.startswith("_"))
        values = ",".join(f"{name}={getattr(self, name)}" for name in names)
        return f"LambdaContext([{values}])"


def _parse(header: str | None, name: str) -> dict[str, Any] | None:
    if not header:
        return None
    try:
        document: dict[str, Any] = json.loads(header)
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise FunctionError("Runtime.LambdaContextUnmarshalError", message) from error
    return document


def _read_w3c(document: object) -> dict[str, str]:
    if not isinstance(document, dict):
        return {}
    found = {name: document.get(name) for name in W3C}
    return {name: value for name, value in found.items() if isinstance(value, str)}
