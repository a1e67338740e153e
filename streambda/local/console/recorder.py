"""The recordings of the last invocations, and the browsers that follow them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from streambda.local.console.recording import Recording
from streambda.local.console.sse_queue import SseQueue, encode_sse
from streambda.local.console.timeline_events import TimelineEvent, to_json
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.functions import LocalFunction

if TYPE_CHECKING:
    from streambda.local.records.record import InvocationRecord

MAX_INVOCATIONS = 50


class Recorder:
    """Args:
    prelude_limit: How many bytes a prelude may have; None for any number.
    max_invocations: How many recordings are kept; the oldest is forgotten first.
    """

    def __init__(self, prelude_limit: int | None, max_invocations: int = MAX_INVOCATIONS) -> None:
        self.max_invocations = max_invocations
        self._prelude_limit = prelude_limit
        self._recordings: dict[str, Recording] = {}
        self._queues: set[SseQueue] = set()

    def start_recording(
        self, function: LocalFunction, endpoint: str, request: InvocationRequest
    ) -> Recording:
        """The observer for a new invocation. `endpoint` is the kind of endpoint."""
        recording = Recording(
            request, function.name, endpoint, self._publish, prelude_limit=self._prelude_limit
        )
        self._keep(request.request_id, recording)
        return recording

    def add(self, record: "InvocationRecord") -> None:
        """Keeps what was recorded before, as if it had just ended."""
        # Only here: without a file of records, what reads them is not needed.
        from streambda.local.console.replayed_recording import replay_record

        self._keep(record.request_id, replay_record(record, self._prelude_limit))

    def find(self, request_id: str) -> Recording | None:
        return self._recordings.get(request_id)

    def list_invocations(self) -> dict[str, Any]:
        """A summary of each invocation, oldest first, and how many are kept at most.

        `next` is the number of the invocation's next event: all before it are counted.
        """
        summaries = [
            {**asdict(one.summary), "next": one.event_count} for one in self._recordings.values()
        ]
        return {"max_invocations": self.max_invocations, "invocations": summaries}

    @contextmanager
    def follow(self) -> Iterator[SseQueue]:
        """A queue with a snapshot, and with all that happens while it is entered."""
        queue = SseQueue(lambda: encode_sse("snapshot", self.list_invocations()))
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def _keep(self, request_id: str, recording: Recording) -> None:
        self._recordings[request_id] = recording
        while len(self._recordings) > self.max_invocations:
            del self._recordings[next(iter(self._recordings))]

    def _publish(self, recording: Recording, event: TimelineEvent) -> None:
        if not self._queues:
            return
        content = {
            "id": recording.began.request_id,
            "n": recording.event_count,
            "event": to_json(event),
        }
        message = encode_sse("timeline", content)
        for queue in self._queues:
            queue.put(message)


def describe_recording(recording: Recording) -> dict[str, Any]:
    """All about one invocation. The next event that is published has the number `next`."""
    return {
        "summary": asdict(recording.summary),
        "events": [to_json(event) for event in recording.events],
        "next": recording.event_count,
    }
