"""The body of a request within an event: text, or base64 for what AWS calls binary. No I/O."""

from base64 import b64encode
from dataclasses import dataclass

from streambda.local.http.request import HttpRequest

# What a function URL hands to its function as text, beside text/*; every other body is base64, a
# form's too. AWS documents no list: this is what was seen there. Of types such as
# application/problem+json it was seen at HTTP APIs, which have the same payload, 2.0.
TEXT_TYPES = frozenset({"application/javascript", "application/json", "application/xml"})


@dataclass(frozen=True, slots=True)
class EventBody:
    """The body within an event; None if there is none."""

    text: str | None
    is_base64: bool

    @classmethod
    def of_function_url(cls, request: HttpRequest) -> "EventBody":
        """The content type decides."""
        return cls._of_labelled(request.body, text=is_text(request.header("content-type")))

    @classmethod
    def of_http_api(cls, request: HttpRequest) -> "EventBody":
        """The same, and types such as application/problem+json are text too."""
        content_type = request.header("content-type")
        text = is_text(content_type) or media_type_of(content_type).endswith(("+json", "+xml"))
        return cls._of_labelled(request.body, text=text)

    @classmethod
    def _of_labelled(cls, body: bytes, *, text: bool) -> "EventBody":
        if text:
            try:
                return cls._of_text(body.decode())
            except UnicodeDecodeError:
                pass  # a wrong label must not cost bytes
        return cls._of_bytes(body)

    @classmethod
    def of_rest_api(cls, request: HttpRequest, *, binary: bool) -> "EventBody":
        """As text, bytes that are not UTF-8 are lost, as on AWS."""
        return (
            cls._of_bytes(request.body)
            if binary
            else cls._of_text(request.body.decode("utf-8", "replace"))
        )

    @classmethod
    def _of_text(cls, text: str) -> "EventBody":
        return cls(text or None, False)

    @classmethod
    def _of_bytes(cls, data: bytes) -> "EventBody":
        return cls(b64encode(data).decode("ascii"), True) if data else cls(None, False)


def media_type_of(value: str | None) -> str:
    """Of a Content-Type, or the first one of an Accept; "" if there is none."""
    return (value or "").partition(",")[0].partition(";")[0].strip().lower()


def is_text(content_type: str | None) -> bool:
    media_type = media_type_of(content_type)
    return media_type.startswith("text/") or media_type in TEXT_TYPES
