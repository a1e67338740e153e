"""What the doors know of Lambda: find a function, start an invocation. No HTTP here."""

import uuid
from collections.abc import Callable, Iterable, Mapping

from streambda.local.environments import FunctionPool
from streambda.local.function_names import FunctionNames
from streambda.local.functions import LocalFunction
from streambda.local.invocation_stream import InvocationStream
from streambda.local.invocations import InvocationRequest

Log = Callable[[str, str], None]


class LambdaService:
    def __init__(self, pools: Iterable[FunctionPool], log: Log) -> None:
        self._pools: Mapping[str, FunctionPool] = {pool.function.name: pool for pool in pools}
        self.names = FunctionNames(pool.function for pool in self._pools.values())
        self.log = log

    def invoke(
        self,
        function: LocalFunction,
        event: bytes,
        *,
        request_id: str,
        trace_id: str,
        client_context: str | None = None,
    ) -> InvocationStream:
        """Raises `environments.TooManyRequests`."""
        request = InvocationRequest(
            request_id=request_id,
            invocation_id=str(uuid.uuid4()),
            function_arn=function.arn,
            event=event,
            trace_id=trace_id,
            client_context=client_context,
        )
        return self._pools[function.name].invoke(request)
