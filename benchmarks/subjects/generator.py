"""The handler of the streaming Python subjects: a generator that imports only `time`.

The event's path says what it yields: /COUNT/SIZE/PAUSE_US/LIST_SIZE, COUNT items of SIZE bytes,
PAUSE_US apart, or in lists of LIST_SIZE items. An item is x...x and a newline. With a pause, the
first 16 bytes of an item are its time.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def handler(event: dict[str, Any], context: object) -> Iterator[bytes | list[bytes]]:
    count, size, pause_us, list_size = [int(number) for number in event["rawPath"][1:].split("/")]
    item = b"x" * (size - 1) + b"\n"
    if list_size:
        for _ in range(count // list_size):
            yield [item] * list_size
    elif pause_us:
        for _ in range(count):
            time.sleep(pause_us / 1e6)
            yield b"%016x" % time.monotonic_ns() + item[16:]
    else:
        for _ in range(count):
            yield item
