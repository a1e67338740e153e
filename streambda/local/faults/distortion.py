"""What faults do to a response between the Runtime API and an endpoint. No I/O."""

from collections.abc import Iterator

from streambda.local.faults.faults import Faults
from streambda.local.invocation.failures import ErrorType, Failure
from streambda.local.invocation.lifecycle import State, Step

# The part of a response in which a prelude can lie.
PRELUDE_BYTES = 16 * 1024


class Distortion:
    """The faults of one response."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._seen = 0

    def shift_deadline(self, deadline_ms: int) -> int:
        return deadline_ms + round(self._faults.clock_skew * 1000)

    def split(self, data: bytes) -> Iterator[bytes]:
        size = self._faults.split_prelude
        near = max(0, PRELUDE_BYTES - self._seen) if size else 0
        self._seen += len(data)
        for at in range(0, min(near, len(data)), size or 1):
            yield data[at : min(at + (size or 1), near)]
        if rest := data[near:]:
            yield rest

    def change_end(self, state: State, step: Step, failure: Failure | None) -> tuple[Step, Failure | None]:
        """An error that only the trailers told of is lost with them; a cut body is still cut."""
        told = (state, step) == (State.STREAMING, Step.FAIL)
        if self._faults.trailer_loss and told and failure and failure.code != ErrorType.TRUNCATED_RESPONSE:
            return Step.COMPLETE, None
        return step, failure
