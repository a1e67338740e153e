"""Takes the items of a blocking source one by one, and waits for each no longer than asked.

The source runs in a thread of its own, and makes an item only when one is asked for, as under a
`for` loop. A thread cannot be interrupted: a source that is left while it blocks is closed, in its
thread, as soon as it comes back.
"""

from __future__ import annotations

import queue
import threading

from .. import connection
from ..exchange import log_exception
from .shared_variables import SharedVariables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


_LONGEST_S = 1e6  # what a queue can wait is limited, differently on each platform


class TimedOut(Exception):
    """No item came in time; it may still come."""


class ThreadedSource:
    """The items of `source`; closed by `close`, which never waits."""

    def __init__(self, source: Iterable[Any]) -> None:
        self._items = iter(source)
        self._requests: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._asked = False
        self._variables = SharedVariables()
        self._forks = connection.forks
        self._thread = threading.Thread(target=self._run, name="streambda-source", daemon=True)
        self._thread.start()

    def get(self, timeout_s: float) -> Any:
        """The next item. Raises TimedOut, StopIteration at the end, or what the source raised."""
        if not self._asked:
            self._asked = True
            self._variables.lend()
            self._requests.put(True)
        try:
            item, error = self._results.get(timeout=min(max(0.0, timeout_s), _LONGEST_S))
        except queue.Empty:
            raise TimedOut from None
        self._asked = False
        self._variables.take_back()
        if error is not None:
            raise error
        return item

    def close(self) -> None:
        """Has the source closed in its own thread; waits only if that is idle."""
        if self._asked:  # it still runs, with the variables that it was lent
            self._requests.put(False)
            return
        self._variables.lend()
        self._requests.put(False)
        self._thread.join()
        self._variables.take_back()

    def _check_process(self, error: BaseException | None) -> None:
        if self._forks != connection.forks:
            connection.exit_fork(error)  # of a process that is forked here nobody waits

    def _run(self) -> None:
        while self._requests.get():
            try:
                item = self._variables.run(next, self._items)
                self._check_process(None)
            except BaseException as error:
                self._check_process(error)
                self._results.put((None, error))
            else:
                self._results.put((item, None))
        try:
            close = getattr(self._items, "close", None)
            if close is not None:
                self._variables.run(close)
        except BaseException as error:  # the response may be over: it can only be logged
            log_exception(error)
