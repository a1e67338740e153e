"""A stream that does not complete: the function's time-out comes first, and Lambda cuts it."""

import time
from collections.abc import Iterator

from streambda_runtime import Context


def handler(event: object, context: Context) -> Iterator[str]:
    while True:
        yield f"{context.get_remaining_time_in_millis()} ms left\n"
        time.sleep(0.5)
