"""The endpoint's end of an invocation's stream, which tells a recording what passes.

The endpoint gets the very bytes that the function sent, at the moment it would have got them.
"""

from streambda.local.console.recording import Recording
from streambda.local.invocation.lifecycle import ResponseHead
from streambda.local.invocation.log_tail import LogTail
from streambda.local.invocation.stream import InvocationStream


class RecordedStream(InvocationStream):
    def __init__(self, stream: InvocationStream, recording: Recording) -> None:
        # One stream with two ends: what the environment does to its own end is seen at this one.
        self.__dict__ = stream.__dict__
        # Nothing has been logged yet: the environment takes the invocation after its endpoint has it.
        self.logs = RecordedLog(recording)
        self._recording = recording
        self._head_told = False

    async def head(self) -> ResponseHead | None:
        head = await super().head()
        if head is None:
            self._recording.ended(self.lifecycle.state, self.failure)
        self._tell_head()
        return head

    async def next_chunk(self) -> bytes | None:
        data = await super().next_chunk()
        self._tell_head()
        if data is None:
            self._recording.ended(self.lifecycle.state, self.failure)
        else:
            self._recording.chunk(data)
        return data

    def _tell_head(self) -> None:
        if self._head and not self._head_told:
            self._head_told = True
            self._recording.head(self._head.content_type)


class RecordedLog(LogTail):
    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording

    def add(self, line: str) -> None:
        super().add(line)
        self._recording.log(line)
