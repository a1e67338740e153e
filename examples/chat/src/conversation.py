"""What each front end sends, as the messages that Bedrock takes.

Of former answers only the text is kept, for the tool runs here and its results are in the text.
"""

import json
from typing import Any

from streambda_runtime.llm import Failure

ROLES = {"user": "user", "assistant": "assistant"}


class Refused(Exception):
    """A request that is not answered; `failure` is told in the protocol's own form."""

    def __init__(self, message: str, kind: str = "invalid_request") -> None:
        super().__init__(message)
        self.failure = Failure(message, kind)


def parse(body: bytes) -> dict[str, Any]:
    """Raises Refused for a body that is no JSON object."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Refused(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused(f"the body is a JSON {type(value).__name__}, expected an object")
    return value


def check_model(body: dict[str, Any], known: str) -> str:
    """The model that a client asks for: the one there is. Raises Refused for another."""
    model = body.get("model")
    if not model or model not in (known, "chat"):
        raise Refused(f"there is no model {model!r}, expected 'chat'", "not_found")
    return str(model)


def read_messages(messages: Any) -> list[Any]:
    """Raises Refused for messages that cannot be asked."""
    if isinstance(messages, str):  # OpenAI's Responses take the prompt alone
        messages = [{"role": "user", "content": messages}]
    if not isinstance(messages, list) or not messages:
        raise Refused("messages are missing: expected a list of them")
    found: list[Any] = []
    for message in messages:
        role, text = _read_message(message)
        if role is None or not text:
            continue
        if found and found[-1]["role"] == role:  # Bedrock wants the two sides in turns
            found[-1]["content"].append({"text": text})
        else:
            found.append({"role": role, "content": [{"text": text}]})
    if not found or found[-1]["role"] != "user":
        raise Refused("the last message has no text of the user")
    return found[1:] if found[0]["role"] == "assistant" else found


def _read_message(message: Any) -> tuple[str | None, str]:
    if not isinstance(message, dict):
        raise Refused(f"a message is {message!r}, expected an object")
    content = message.get("content", message.get("parts"))
    if isinstance(
        content, list
    ):  # parts of text, and of other kinds that this model has no use for
        pieces = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(piece for piece in pieces if isinstance(piece, str))
    if content is not None and not isinstance(content, str):
        raise Refused(f"the content of a message is {content!r}, expected text")
    return ROLES.get(message.get("role", "")), content or ""
