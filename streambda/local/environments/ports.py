"""The port of a web server in an environment, behind an adapter that is an extension.

On Lambda each environment has a network of its own, so that all servers have the same port. Here
they share this machine's: the second one gets another port, which its variables name.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# The file in /opt/extensions of the Lambda Web Adapter, and where it looks for its port.
# https://github.com/aws/aws-lambda-web-adapter
ADAPTER = "lambda-adapter"
ADAPTER_PORT = "AWS_LWA_PORT"
PORT = "PORT"
DEFAULT_PORT = 8080

# What programs print that cannot listen, in whatever language: the words of the C library.
TAKEN = "address already in use"

_held: set[int] = set()


class TakenPortNote:
    """Says once, in the words of the local cloud, what it means that a port is in use.

    On Lambda it cannot be, so nothing in a function's own text tells of it.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._is_told = False

    def look_at(self, line: str) -> None:
        """At a line that the function or an extension has printed."""
        if not self._is_told and TAKEN in line.lower():
            self._is_told = True
            self._note(
                "warning: a port that it listens on is in use on this machine, by another program "
                "or another environment of the function: --concurrency 1 allows one environment"
            )


@contextmanager
def hold_port(variables: Mapping[str, str], extensions: list[Path]) -> Iterator[Mapping[str, str]]:
    """Gives the variables to change, while the port is this environment's alone: mostly none."""
    if not any(path.name == ADAPTER for path in extensions):
        yield {}
        return
    wanted = variables.get(ADAPTER_PORT) or variables.get(PORT) or str(DEFAULT_PORT)
    port = choose_port(int(wanted)) if wanted.isdecimal() else None
    if port is None or port in _held:
        yield {}
        return
    _held.add(port)
    try:
        yield {} if port == int(wanted) else {ADAPTER_PORT: str(port), PORT: str(port)}
    finally:
        _held.discard(port)


def choose_port(wanted: int) -> int:
    """`wanted` if it is free, else one that is."""
    for port in (wanted, 0):
        if port in _held:
            continue
        with socket.socket() as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(bound.getsockname()[1])
    return wanted
