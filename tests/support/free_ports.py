"""For what cannot be given port 0: some ports in a row that nobody else takes meanwhile."""

import os
import socket
from contextlib import ExitStack

# The system hands out ports from 32768 on to whoever connects or asks for any.
FIRST, END = 10_000, 32_000
EACH = 16  # of a process, so that two test runs look in different places


def free_ports(count: int) -> int:
    """The first of `count` ports in a row that are free on 127.0.0.1."""
    places = (END - FIRST) // EACH
    for turn in range(places):
        first = FIRST + (os.getpid() + turn) % places * EACH
        if all_free(range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports in a row")


def all_free(ports: range) -> bool:
    with ExitStack() as stack:
        try:
            for port in ports:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            return False
        return True
