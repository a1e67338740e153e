"""What a stream needs once: an identifier and the time."""

from __future__ import annotations

import os
import time


def make_id(prefix: str) -> str:
    """`prefix` and 24 random hexadecimal digits."""
    return prefix + os.urandom(12).hex()


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
