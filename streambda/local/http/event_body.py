"""The body of a request within an event: text, or base64 for what AWS calls binary. No I/O.

Content types decide. A REST API's binaryMediaTypes are not read.
"""

from base64 import b64encode
from dataclasses import dataclass

from streambda.local.http.request import HttpRequest

# What AWS hands to a function as text; every other body is base64.
TEXT_TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/xml",
    }
)
TEXT_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True, slots=True)
class EventBody:
    text: str | None
    is_base64: bool

    @classmethod
    def of(cls, request: HttpRequest) -> "EventBody":
        if not request.body:
            return cls(None, False)
        if is_text(request.header("content-type")):
            try:
                return cls(request.body.decode(), False)
            except UnicodeDecodeError:
                pass  # a wrong label must not cost bytes
        return cls(b64encode(request.body).decode("ascii"), True)


def is_text(content_type: str | None) -> bool:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return (
        media_type.startswith("text/")
        or media_type in TEXT_TYPES
        or media_type.endswith(TEXT_SUFFIXES)
    )
