"""What can go wrong, split by blame, and the report of a handler's failure that Lambda reads.

A handler's failure is a value, `ErrorReport`, rendered once: to the log, to an error body, or to
the trailers of a response that has begun.
"""

from __future__ import annotations

from .json_codec import dumps_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any

# Go's net/http, which Lambda's side is built on, refuses a trailer section that does not fit its
# buffer of 4096 bytes; the whole response is then lost ("suspiciously long trailer").
MAX_TRAILER_SECTION = 4096
MAX_ERROR_TYPE = 256
_MAX_INNER = 5  # exceptions of a group that are told
_MAX_CAUSES = 5  # exceptions that led to one another
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

# The error types of the runtime itself: those of Lambda's own runtimes where they have one.
# A new one is a line here, and a RuntimeFault that is raised with it.
# At the start, posted to init/error (handlers.py, start.py, platform/snapstart.py):
MALFORMED_HANDLER_NAME = "Runtime.MalformedHandlerName"  # `_HANDLER` is not module.function
HANDLER_NOT_FOUND = "Runtime.HandlerNotFound"  # the module has no such function
IMPORT_MODULE_ERROR = "Runtime.ImportModuleError"  # the module cannot be imported
USER_CODE_SYNTAX_ERROR = "Runtime.UserCodeSyntaxError"
STARTUP_FAILED = "Runtime.StartupFailed"  # a web app's own startup
BEFORE_SNAPSHOT_ERROR = "Runtime.BeforeSnapshotError"  # a hook before the snapshot
AFTER_RESTORE_ERROR = "Runtime.AfterRestoreError"  # a hook after the restore
# In an invocation:
UNMARSHAL_ERROR = "Runtime.UnmarshalError"  # the event is not JSON
MARSHAL_ERROR = "Runtime.MarshalError"  # the result is not JSON
INVALID_EVENT = "Runtime.InvalidEvent"  # one that a web app cannot take
ERROR_STATUS = "Runtime.ErrorStatus"  # a web app's answer that counts as a failure
INVALID_HANDLER = "Runtime.InvalidHandler"
INVALID_CHUNK = "Runtime.InvalidChunk"  # an item that is not bytes or str
INVALID_RESPONSE = "Runtime.InvalidResponse"  # what HTTP cannot carry
PRELUDE_TOO_LARGE = "Runtime.PreludeTooLarge"
STREAM_BEGUN = "Runtime.StreamBegun"  # `begin` after the beginning
STREAM_CLOSED = "Runtime.StreamClosed"  # a write after the end
STREAM_BUSY = "Runtime.StreamBusy"  # a write that is not its turn

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_RUNTIME_FOLDER = __file__.rpartition("/")[0] + "/"


# Needed on errors only, and slow to import: `traceback` costs as much as the rest of the start.
_traceback: Any = None
_binascii: Any = None


def load_ahead() -> None:
    """Imports what error reports need, where the function's own modules may take its place."""
    global _traceback, _binascii
    _traceback, _binascii = _import("traceback"), _import("binascii")


def import_binascii() -> Any:
    """The standard library's, also where the function has one of that name."""
    return _binascii or _import("binascii")


def _import(name: str) -> Any:
    return __import__(name)


class StreambdaError(Exception):
    """The root of the runtime's own errors; never raised itself."""


class RuntimeApiError(StreambdaError):
    """The Runtime API answered what it may not, failed, or went away: the process must end."""


class RuntimeFault(StreambdaError):
    """The function's fault, found by the runtime; `error_type` is its `Runtime.*` name."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class ErrorReport:
    """`{"errorMessage", "errorType", "stackTrace"}`, as Lambda's own Python runtime reports it."""

    __slots__ = ("error_type", "message", "name", "stack")

    def __init__(self, error_type: str, name: str, message: str, stack: tuple[str, ...]) -> None:
        self.error_type = error_type  # for the header and the trailer: "Function.ValueError"
        self.name = name  # for the body: "ValueError"
        self.message = message
        self.stack = stack

    @classmethod
    def of(cls, error: BaseException, error_type: str | None = None) -> ErrorReport:
        """The report of an exception; `error_type` replaces the derived `Function.<class>`."""
        kind = type(error)  # its __class__ may say anything
        if issubclass(kind, RuntimeFault):
            return cls(error.error_type, error.error_type, describe(error), ())  # type: ignore[attr-defined]
        name = _name_of(kind)
        return cls(error_type or f"Function.{name}", name, describe(error), _make_stack(error))

    def body(self) -> bytes:
        """The JSON document, on one line: it also travels as a header field."""
        return _encode(self.name, self.message, self.stack)

    def field_type(self) -> str:
        """The error type as a header field has it."""
        return _replace_invisible(self.error_type[:MAX_ERROR_TYPE])

    def trailers(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The two trailer fields; together with the closing CRLF they fit the trailer section.

        The stack is cut first, from its outer end, then the message.
        """
        error_type = self.field_type()
        framing = f"{ERROR_TYPE}: {error_type}\r\n{ERROR_BODY}: \r\n\r\n"
        room = (MAX_TRAILER_SECTION - len(framing)) // 4 * 3  # what base64 leaves for the JSON
        document = _encode_base64(self._encode_fitting(room))
        return (ERROR_TYPE, error_type), (ERROR_BODY, document)

    def _encode_fitting(self, room: int) -> bytes:
        name, message = self.name[:MAX_ERROR_TYPE], self.message[:room]
        while (left := room - len(_encode(name, message, ()))) < 0:
            message = message[: len(message) * 3 // 4]
        kept = len(self.stack)
        # Each frame is measured once: a stack may have thousands, and the caller waits.
        while kept and (left := left - len(dumps_ascii(self.stack[kept - 1])) - 1) >= -1:
            kept -= 1
        return _encode(name, message, self.stack[kept:])

    def log_text(self) -> str:
        """What the log shows: type, message, stack, as one text of several lines."""
        return "".join([f"[ERROR] {self.name}: {self.message}\n", *self.stack]).rstrip("\n")


def _encode(name: str, message: str, stack: tuple[str, ...]) -> bytes:
    return dumps_ascii({"errorMessage": message, "errorType": name, "stackTrace": stack})


def _name_of(kind: type) -> str:
    try:
        return str(kind.__name__)
    except BaseException:  # a metaclass may do anything
        return "Exception"


def describe(error: BaseException) -> str:
    """The text of an exception, and of those that a group holds; never raises."""
    try:
        text = str.__str__(str(error))  # not what a subclass makes of it
    except BaseException as broken:  # a __str__ that raises must not hide the error itself
        return f"<message unavailable: {_name_of(type(broken))} in __str__>"
    inner = _inner_errors(error)
    shown = "; ".join(f"{_name_of(type(one))}: {describe(one)}" for one in inner[:_MAX_INNER])
    return f"{text}: {shown}" if shown else text


def _inner_errors(error: BaseException) -> tuple[BaseException, ...]:
    if not issubclass(type(error), BaseExceptionGroup):
        return ()
    return tuple(BaseExceptionGroup.exceptions.__get__(error))


def _make_stack(error: BaseException) -> tuple[str, ...]:
    stack: tuple[str, ...] = ()
    # Frameworks raise errors of their own in place of the user's: each is told that led to it.
    for number, one in enumerate(_list_causes(error)):
        title = (f"  caused by {_name_of(type(one))}: {describe(one)}\n",) if number else ()
        stack += title + _make_own_stack(one)
    return stack


def _list_causes(error: BaseException) -> list[BaseException]:
    """The error, and what led to it, as Python's own tracebacks show it; the last one first."""
    found = [error]
    while len(found) <= _MAX_CAUSES:
        # The attributes themselves: a class may hide them.
        cause = _read("__cause__", found[-1])
        if cause is None and not _read("__suppress_context__", found[-1]):
            cause = _read("__context__", found[-1])
        if cause is None or any(cause is one for one in found):
            break
        found.append(cause)
    return found


def _read(name: str, error: BaseException) -> Any:
    return BaseException.__dict__[name].__get__(error)


def _make_own_stack(error: BaseException) -> tuple[str, ...]:
    stack = _format_users_frames(_read("__traceback__", error))
    for one in _inner_errors(error)[:_MAX_INNER]:
        stack += (f"  {_name_of(type(one))}: {describe(one)}\n", *_make_stack(one))
    return stack


def _encode_base64(data: bytes) -> str:
    try:
        return str(import_binascii().b2a_base64(data, newline=False), "ascii")
    except Exception:  # no descriptor is left to read a module with, or it is another's
        return "".join(map(_encode_three, [data[at : at + 3] for at in range(0, len(data), 3)]))


def _encode_three(data: bytes) -> str:
    number = int.from_bytes(data.ljust(3, b"\0"), "big")
    text = "".join(_BASE64[number >> shift & 63] for shift in (18, 12, 6, 0))
    return text[: len(data) + 1].ljust(4, "=")


def _format_users_frames(trace: TracebackType | None) -> tuple[str, ...]:
    """The user's frames, outermost first; the runtime's own are of no use to the reader."""
    try:
        traceback = _traceback or _import("traceback")
        frames = traceback.extract_tb(trace)
        users = [frame for frame in frames if not frame.filename.startswith(_RUNTIME_FOLDER)]
        return tuple(traceback.format_list(users))
    except BaseException:  # user code may have replaced what `traceback` needs
        return tuple(_format_plainly(trace))


def _format_plainly(trace: TracebackType | None) -> Iterator[str]:
    """As `traceback` does, without the lines of source."""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(_RUNTIME_FOLDER):
            yield f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}\n'
        trace = trace.tb_next


def _replace_invisible(text: str) -> str:
    """A field value: visible ASCII only; a type name that is anything else must not split lines."""
    return "".join(char if "!" <= char <= "~" else "?" for char in text)
