"""Several observers of one invocation, as one. One that fails sees no more; the others go on."""

import logging
from collections.abc import Callable, Sequence

from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import ResponseHead, StreamObserver
from streambda.local.model.one_line import describe_error
from streambda.local.model.platform_reports import PlatformReport

logger = logging.getLogger("streambda.local")


class ObserverGroup:
    """A `StreamObserver`."""

    def __init__(self, observers: Sequence[StreamObserver]) -> None:
        self._observers = list(observers)

    def observe_head(self, head: ResponseHead) -> None:
        self._tell(lambda observer: observer.observe_head(head))

    def observe_chunk(self, data: bytes) -> None:
        self._tell(lambda observer: observer.observe_chunk(data))

    def observe_end(self, state: State, failure: Failure | None) -> None:
        self._tell(lambda observer: observer.observe_end(state, failure))

    def observe_response(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._tell(lambda observer: observer.observe_response(status, headers))

    def observe_log_line(self, line: str) -> None:
        self._tell(lambda observer: observer.observe_log_line(line))

    def observe_remark(self, text: str) -> None:
        self._tell(lambda observer: observer.observe_remark(text))

    def observe_report(self, report: PlatformReport) -> None:
        self._tell(lambda observer: observer.observe_report(report))

    def _tell(self, tell: Callable[[StreamObserver], None]) -> None:
        for observer in tuple(self._observers):
            try:
                tell(observer)
            except Exception as error:
                self._observers.remove(observer)
                logger.error("an invocation is not recorded any more: %s", describe_error(error))
