"""Sample events, made from the files in tests/events."""

import json
from pathlib import Path
from typing import Any

_EVENTS = Path(__file__).parent.parent / "events"


def event(name: str, **changes: Any) -> bytes:
    """The event of a file, with top-level keys replaced."""
    document = json.loads((_EVENTS / f"{name}.json").read_text("utf-8"))
    return json.dumps(document | changes).encode()


DIRECT = b'{"sentence":"Hello world"}'
FUNCTION_URL = event("function_url")
REST_API = event("rest_api")
