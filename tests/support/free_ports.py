"""Finds free ports in a row, for programs that cannot be given port 0."""

import os
import socket
from contextlib import ExitStack

# Below 32768, where the system begins when a program connects or asks for any port.
FIRST, END = 10_000, 32_000
PER_PROCESS = 16  # two test runs look in different places


def find_free_ports(count: int) -> int:
    """Returns the first of `count` ports in a row that are free on 127.0.0.1."""
    places = (END - FIRST) // PER_PROCESS
    for attempt in range(places):
        first = FIRST + (os.getpid() + attempt) % places * PER_PROCESS
        if are_free(range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports in a row")


def are_free(ports: range) -> bool:
    with ExitStack() as stack:
        try:
            for port in ports:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            return False
        return True
