"""The loop: load the handler; then next invocation -> handler -> its result or error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from . import logs, search_path, snapstart
from .context import Context
from .errors import describe_error
from .handlers import load_handler
from .marshalling import Marshaller, unmarshal
from .runtime_api import RuntimeApi, RuntimeApiError

if TYPE_CHECKING:
    from .handlers import Handler
    from .runtime_api import Invocation

TRACE_ID = "_X_AMZN_TRACE_ID"


def main() -> int:
    """Runs until the Runtime API refuses a request or the init phase fails: the exit status."""
    logs.configure(os.environ)
    search_path.extend(os.environ)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        return _serve(api)
    except RuntimeApiError as error:
        sys.stderr.write(f"[ERROR] {error}\n")
        return 1


def _serve(api: RuntimeApi) -> int:
    """Raises `RuntimeApiError`; returns only if the init phase fails."""
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        report = describe_error(error)
        logs.log_error(report)
        api.send_init_error(report)
        return 1
    if status := snapstart.run_hooks(api, os.environ):
        return status
    marshaller = Marshaller.from_environ(os.environ)
    while True:
        _invoke(api, handler, marshaller, api.next())


def _invoke(
    api: RuntimeApi, handler: Handler, marshaller: Marshaller, invocation: Invocation
) -> None:
    logs.set_invocation(invocation)
    _set_trace(invocation.trace_id)
    try:
        context = Context(invocation, os.environ)
        result = handler(unmarshal(invocation.body), context)
        body, content_type = marshaller.marshal(result)
    # What is not an Exception, mostly sys.exit(), ends the process, as it does on Lambda.
    except Exception as error:
        report = describe_error(error, invocation.request_id)
        logs.log_error(report)
        api.send_error(invocation, report)
    else:
        api.send_response(invocation, body, content_type)


def _set_trace(trace_id: str | None) -> None:
    if trace_id is None:
        os.environ.pop(TRACE_ID, None)
    else:
        os.environ[TRACE_ID] = trace_id
