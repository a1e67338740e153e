"""A stream that completes."""

import time
from collections.abc import Iterator

from streambda_runtime import Context


def handler(event: object, context: Context) -> Iterator[str]:
    for step in ("connecting", "thinking", "answering", "done"):
        yield f"{step}\n"
        time.sleep(0.2)
