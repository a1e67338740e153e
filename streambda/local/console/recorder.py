"""The recordings of the last invocations, and the browsers that watch them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from streambda.local.console.events import TimelineEvent, to_json
from streambda.local.console.feed import Feed, server_sent
from streambda.local.console.recording import Recording
from streambda.local.invocation.lifecycle import InvocationRequest
from streambda.local.model.functions import LocalFunction

MOST_INVOCATIONS = 50


class Recorder:
    """Args: `most` is how many invocations are kept; the oldest are forgotten first."""

    def __init__(self, most: int = MOST_INVOCATIONS) -> None:
        self._most = most
        self._recordings: dict[str, Recording] = {}
        self._feeds: set[Feed] = set()

    def start_recording(
        self, function: LocalFunction, endpoint: str, request: InvocationRequest
    ) -> Recording:
        """Observes the invocation that begins now."""
        recording = Recording(request, function.name, endpoint, self._publish)
        self._recordings[request.request_id] = recording
        while len(self._recordings) > self._most:
            del self._recordings[next(iter(self._recordings))]
        return recording

    def find(self, request_id: str) -> Recording | None:
        return self._recordings.get(request_id)

    def snapshot(self) -> dict[str, Any]:
        """A line about every invocation, oldest first, and how many are kept at most."""
        lines = [asdict(one.summary) for one in self._recordings.values()]
        return {"most": self._most, "invocations": lines}

    @contextmanager
    def feed(self) -> Iterator[Feed]:
        """A snapshot and all that happens from it on, for as long as it is entered."""
        feed = Feed(server_sent("snapshot", self.snapshot()))
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    def _publish(self, recording: Recording, event: TimelineEvent) -> None:
        if not self._feeds:
            return
        told = {"id": recording.began.request_id, "n": recording.told, "event": to_json(event)}
        message = server_sent("timeline", told)
        for feed in self._feeds:
            feed.put(message)


def timeline(recording: Recording) -> dict[str, Any]:
    """All of one invocation. What is told from here on is numbered from `next`."""
    return {
        "summary": asdict(recording.summary),
        "events": [to_json(event) for event in recording.events],
        "next": recording.told,
    }
