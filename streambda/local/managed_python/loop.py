"""The loop: the environment's variables -> handler -> next invocation -> result, or its error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from streambda.local.managed_python import errors, logs, search_path, snapstart
from streambda.local.managed_python.context import Context
from streambda.local.managed_python.handlers import load
from streambda.local.managed_python.marshalling import Marshaller, unmarshal
from streambda.local.managed_python.runtime_api import RuntimeApi, RuntimeApiError

if TYPE_CHECKING:
    from streambda.local.managed_python.handlers import Handler
    from streambda.local.managed_python.runtime_api import Invocation

TRACE_ID = "_X_AMZN_TRACE_ID"


def main() -> int:
    """Runs until the Runtime API ends it, or the function cannot start; returns the exit status."""
    logs.set_up(os.environ)
    search_path.set_up(os.environ)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        return _serve(api)
    except RuntimeApiError as error:
        sys.stderr.write(f"[ERROR] {error}\n")
        return 1


def _serve(api: RuntimeApi) -> int:
    """Raises `RuntimeApiError`; otherwise ends only where the init phase fails."""
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        report = errors.report(error)
        logs.log_error(report)
        api.init_error(report)
        return 1
    if status := snapstart.pass_through(api, os.environ):
        return status
    marshaller = Marshaller.of(os.environ)
    while True:
        _invoke(api, handler, marshaller, api.next())


def _invoke(
    api: RuntimeApi, handler: Handler, marshaller: Marshaller, invocation: Invocation
) -> None:
    logs.begin(invocation)
    _set_trace(invocation.trace_id)
    try:
        context = Context(invocation, os.environ)
        result = handler(unmarshal(invocation.body), context)
        body, content_type = marshaller.marshal(result)
    # What is no Exception, sys.exit() above all, ends the process, as it does on Lambda.
    except Exception as error:
        report = errors.report(error, invocation.request_id)
        logs.log_error(report)
        api.error(invocation, report)
    else:
        api.response(invocation, body, content_type)


def _set_trace(trace_id: str | None) -> None:
    if trace_id is None:
        os.environ.pop(TRACE_ID, None)
    else:
        os.environ[TRACE_ID] = trace_id
