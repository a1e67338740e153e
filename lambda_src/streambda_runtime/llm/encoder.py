"""What the encoders of all protocols share: which blocks are open, and what opens and closes them.

A subclass says how each step looks in its protocol. Its methods return the frames as text, and may
return none. Nothing here does I/O or knows whether the source is blocking.
"""

from __future__ import annotations

from ..chunks import encode_text
from ..json_codec import dumps, loads, quote
from .events import (
    STOP,
    TOOL_CALLS,
    Data,
    Event,
    Failure,
    Reasoning,
    Stop,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
)
from .recognise import recognise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .recognise import Translator

_TEXT, _REASONING = "text", "reasoning"


class Call:
    """A tool call: its place among the calls of this answer, and its arguments so far."""

    __slots__ = ("answered", "block", "closed", "id", "index", "name", "pieces")

    def __init__(self, id: str, name: str, index: int) -> None:
        self.id = id
        self.name = name
        self.index = index
        self.block = 0  # for encoders that number all blocks
        self.pieces: list[str] = []
        self.closed = False
        self.answered = False

    @property
    def arguments(self) -> str:
        """The whole document of the arguments, as far as it has come."""
        return "".join(self.pieces)

    def parse(self) -> Any:
        """The arguments as a JSON value. Raises ValueError if they are cut or no JSON."""
        return loads(self.arguments)


class Encoder:
    """From events to frames. It ends with `end` or `fail`, and after that gives nothing more."""

    def __init__(self) -> None:
        self.ended = False
        self.calls: dict[str, Call] = {}
        self.usage: Usage | None = None
        self.before = self.after = ""
        self._number_of_calls = 0
        self._begun = False
        self._kind = ""
        self._flows = False  # text is open and nothing is held back: a token is one frame
        self._half = ""  # the first half of a surrogate pair, which waits for the second
        self._stop: Stop | None = None
        self._paused = False  # a call of the model has ended, another may follow
        self._translators: dict[type, Translator] = {}

    # What `stream` calls.

    def encode_text(self, text: str) -> bytes:
        """The frames of a piece of text."""
        # The usual token at once: this is what a stream of tokens costs.
        if self._flows and text and (text.isascii() or _is_whole(text)):
            return f"{self.before}{quote(text)}{self.after}".encode()
        return self.encode(text)

    def encode(self, item: Any) -> bytes:
        """The frames of an event, of a provider's event, or of bytes that are a frame already.

        Raises TypeError for anything else, ValueError for what does not fit the events before it.
        """
        if self.ended:
            return b""
        if isinstance(item, (bytes, bytearray, memoryview)):
            return encode_text(self._begin()) + bytes(item)
        return encode_text(self._take(self._translate(item)))

    def end(self) -> bytes:
        """The frames that end the stream, when its source has ended."""
        if self.ended:
            return b""
        events = [event for one in self._translators.values() for event in one.finish()]
        frames = self._begin() + self._take(events)
        if not self.ended:
            frames += self._close_all() + self.finish(self._find_stop(), self.usage)
            self.ended = True
        return encode_text(frames)

    def fail(self, failure: Failure) -> bytes:
        """The frames that say what went wrong, and end the stream."""
        return self.encode(failure)

    # What a protocol says. What opens a block sets `before`, and `after` if it is not always the
    # same: they stand around each token of it.

    def begin(self) -> str:
        return ""

    def open_text(self) -> str:
        return ""

    def text(self, text: str) -> str:
        return f"{self.before}{quote(text)}{self.after}"

    def close_text(self) -> str:
        return ""

    def open_reasoning(self) -> str:
        return ""

    def reasoning(self, text: str) -> str:
        return self.text(text)

    def sign_reasoning(self, signature: str) -> str:
        return ""

    def close_reasoning(self) -> str:
        return ""

    def open_tool(self, call: Call) -> str:
        raise NotImplementedError

    def tool_delta(self, call: Call, arguments: str) -> str:
        raise NotImplementedError

    def close_tool(self, call: Call) -> str:
        return ""

    def tool_result(self, result: ToolResult) -> str:
        return ""

    def data(self, data: Data) -> str:
        return ""

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        raise NotImplementedError

    def failure(self, failure: Failure) -> str:
        raise NotImplementedError

    def next_step(self) -> str:
        """Before what a model says after another call of it has ended."""
        return ""

    # The steps between them.

    def _begin(self) -> str:
        if self._begun:
            return ""
        self._begun = True
        return self.begin()

    def _take(self, events: Iterable[Any]) -> str:
        """The frames of some events. Those that begin the stream leave with the first of them."""
        frames = []
        for event in events:
            frames.append(self._begin())
            if not self.ended:
                step = _STEPS.get(type(event))
                frames.append(self._add(_TEXT, event) if step is None else step(self, event))
        return "".join(frames)

    def _translate(self, item: Any) -> Any:
        if isinstance(item, (str, Event)):
            return (item,)
        kind = recognise(item)
        translator = self._translators.get(kind)
        if translator is None:
            translator = self._translators[kind] = kind()
        return translator.translate(item)

    def _think(self, event: Reasoning) -> str:
        frames = self._add(_REASONING, event.text)
        if event.signature:
            frames += self._switch_to(_REASONING) + self.sign_reasoning(event.signature)
        return frames

    def _add(self, kind: str, text: str) -> str:
        if not text:
            return ""
        frames = self._switch_to(kind)
        text, self._half = _join_halves(self._half + text)
        self._flows = kind is _TEXT and not self._half
        if not text:
            return frames
        return frames + (self.text(text) if kind is _TEXT else self.reasoning(text))

    def _switch_to(self, kind: str) -> str:
        if self._kind is kind:
            return ""
        frames = self._leave_block() + self._go_on()
        self._kind = kind
        return frames + (self.open_text() if kind is _TEXT else self.open_reasoning())

    def _leave_block(self) -> str:
        kind, self._kind, self._flows = self._kind, "", False
        if not kind:
            return ""
        half, self._half = self._half, ""
        lost = "\ufffd" if half else ""  # its second half has not come
        if kind is _TEXT:
            return (self.text(lost) if lost else "") + self.close_text()
        return (self.reasoning(lost) if lost else "") + self.close_reasoning()

    def _close_all(self) -> str:
        frames = self._leave_block()
        return frames + "".join([self._close_call(call) for call in self.calls.values()])

    def _go_on(self) -> str:
        if not self._paused:
            return ""
        self._paused = False
        return self.next_step()

    def _start_call(self, event: ToolCallStart) -> str:
        former = self.calls.get(event.id)
        if former is not None and not former.closed:
            raise ValueError(f"the tool call {event.id!r} is started twice")
        # Some models number the calls of each answer anew: then the former one is over.
        call = Call(event.id, event.name, self._number_of_calls)
        self._number_of_calls += 1
        frames = self._leave_block() + self._go_on()
        self.calls[event.id] = call
        return frames + self.open_tool(call)

    def _add_arguments(self, event: ToolCallDelta) -> str:
        call = self._find_call(event.id)
        if not event.arguments:
            return ""
        call.pieces.append(event.arguments)
        return self.tool_delta(call, event.arguments)

    def _end_call(self, event: ToolCallEnd) -> str:
        return self._close_call(self._find_call(event.id))

    def _close_call(self, call: Call) -> str:
        if call.closed:
            return ""
        # A tool without parameters: models stream nothing, and clients want a JSON document.
        frames = "" if call.pieces else self._add_arguments(ToolCallDelta(call.id, "{}"))
        call.closed = True
        return frames + self.close_tool(call)

    def _find_call(self, id: str) -> Call:
        call = self.calls.get(id)
        if call is None or call.closed:
            raise ValueError(f"the tool call {id!r} {'is complete' if call else 'was not started'}")
        return call

    def _take_call(self, event: ToolCall) -> str:
        given = event.arguments
        document = given if isinstance(given, str) else dumps(given).decode()
        frames = self._start_call(ToolCallStart(event.id, event.name))
        frames += self._add_arguments(ToolCallDelta(event.id, document))
        return frames + self._close_call(self.calls[event.id])

    def _answer(self, event: ToolResult) -> str:
        frames = self._leave_block()
        call = self.calls.get(event.id)
        if call is not None:
            frames += self._close_call(call)
            call.answered = True
        self._paused = True
        return frames + self.tool_result(event)

    def _add_usage(self, event: Usage) -> str:
        self.usage = event if self.usage is None else self.usage + event
        return ""

    def _pause(self, event: Stop) -> str:
        self._stop = event
        self._paused = True
        return self._close_all()

    def _take_failure(self, event: Failure) -> str:
        self.ended, self._flows = True, False
        return self.failure(event)

    def _tell(self, event: Data) -> str:
        return self.data(event)

    def _find_stop(self) -> Stop:
        waits = any(not call.answered for call in self.calls.values())
        return self._stop or Stop(TOOL_CALLS if waits else STOP)


_STEPS: dict[type, Callable[[Encoder, Any], str]] = {
    Reasoning: Encoder._think,
    ToolCallStart: Encoder._start_call,
    ToolCallDelta: Encoder._add_arguments,
    ToolCallEnd: Encoder._end_call,
    ToolCall: Encoder._take_call,
    ToolResult: Encoder._answer,
    Usage: Encoder._add_usage,
    Stop: Encoder._pause,
    Failure: Encoder._take_failure,
    Data: Encoder._tell,
}


def _is_whole(text: str) -> bool:
    """Whether it has no half of a surrogate pair, as a token that ends within an emoji has."""
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def _join_halves(text: str) -> tuple[str, str]:
    """Surrogate pairs as one character, and the half at the end, whose other half may come."""
    if text.isascii():
        return text, ""
    half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
    return encode_text(text[:-1] if half else text).decode(), half
