"""Sample events, from the files in tests/events."""

import json
from pathlib import Path
from typing import Any

_EVENTS = Path(__file__).parent.parent / "events"


def read_event(name: str, **changes: Any) -> bytes:
    """The event in the file `name`, with top-level keys replaced by `changes`."""
    document = json.loads((_EVENTS / f"{name}.json").read_text("utf-8"))
    return json.dumps(document | changes).encode()


DIRECT = b'{"sentence":"Hello world"}'
FUNCTION_URL = read_event("function_url")
REST_API = read_event("rest_api")
