"""What can go wrong, split by blame, and the report of a handler's failure that Lambda reads.

A handler's failure is a value, `ErrorReport`, rendered once: to the log, to an error body, or to
the trailers of a response that has begun.
"""

from __future__ import annotations

from .json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# Go's net/http, which Lambda's side is built on, refuses a trailer section that does not fit its
# buffer of 4096 bytes; the whole response is then lost ("suspiciously long trailer").
MAX_TRAILER_SECTION = 4096
MAX_ERROR_TYPE = 256

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_RUNTIME_FOLDER = __file__.rpartition("/")[0] + "/"


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
        if isinstance(error, RuntimeFault):
            return cls(error.error_type, error.error_type, str(error), ())
        name = type(error).__name__
        stack = _format_users_frames(error.__traceback__)
        return cls(error_type or f"Function.{name}", name, _message_of(error), stack)

    def body(self) -> bytes:
        """The JSON document, on one line: it also travels as a header field."""
        return _encode(self.name, self.message, self.stack)

    def trailers(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The two trailer fields; together with the closing CRLF they fit the trailer section.

        The stack is cut first, from its outer end, then the message.
        """
        error_type = _replace_invisible(self.error_type[:MAX_ERROR_TYPE])
        framing = f"{ERROR_TYPE}: {error_type}\r\n{ERROR_BODY}: \r\n\r\n"
        room = (MAX_TRAILER_SECTION - len(framing)) // 4 * 3  # what base64 leaves for the JSON
        from binascii import b2a_base64  # a library of its own, needed on errors only

        document = b2a_base64(self._encode_fitting(room), newline=False).decode("ascii")
        return (ERROR_TYPE, error_type), (ERROR_BODY, document)

    def _encode_fitting(self, room: int) -> bytes:
        stack, message, name = self.stack, self.message, self.name[:MAX_ERROR_TYPE]
        while len(document := _encode(name, message, stack)) > room:
            if stack:
                stack = stack[1:]
            else:
                message = message[: len(message) * 3 // 4]
        return document

    def log_text(self) -> str:
        """What the log shows: type, message, stack, as one text of several lines."""
        return "".join([f"[ERROR] {self.name}: {self.message}\n", *self.stack]).rstrip("\n")


def _encode(name: str, message: str, stack: tuple[str, ...]) -> bytes:
    return dumps({"errorMessage": message, "errorType": name, "stackTrace": stack})


def _message_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # a __str__ that raises must not hide the error itself
        return f"<message unavailable: {type(broken).__name__} in __str__>"


def _format_users_frames(trace: TracebackType | None) -> tuple[str, ...]:
    """The user's frames, outermost first; the runtime's own are of no use to the reader."""
    import traceback  # costs as much as the rest of the start, and is needed on errors only

    frames = traceback.extract_tb(trace)
    users = [frame for frame in frames if not frame.filename.startswith(_RUNTIME_FOLDER)]
    return tuple(traceback.format_list(users))


def _replace_invisible(text: str) -> str:
    """A field value: visible ASCII only; a type name that is anything else must not split lines."""
    return "".join(char if "!" <= char <= "~" else "?" for char in text)
