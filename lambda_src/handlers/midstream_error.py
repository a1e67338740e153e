"""An error after the first bytes: the caller gets the bytes that were sent, and then the error."""

import time
from collections.abc import Iterator

from streambda_runtime import Context


def handler(event: object, context: Context) -> Iterator[str]:
    yield "the first part\n"
    time.sleep(0.2)
    yield "the second part\n"
    time.sleep(0.2)
    raise RuntimeError("the model went away in the middle of its answer")
