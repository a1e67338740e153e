"""Which functions are debugged, and on which ports: `--debug FUNCTION[=PORT]`."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack

from streambda.local.model.errors import LocalCloudError, PortInUse

# What debugpy's own documentation and editors use.
FIRST_PORT = 5678
LAST_PORT = 65535
HOST = "127.0.0.1"  # whoever can connect can run code

# "FUNCTION" or "FUNCTION=PORT", several of them, or ports by function; 0 is any free port.
DebugOption = str | Iterable[str] | Mapping[str, int] | None


def parse_debug(option: DebugOption) -> Mapping[str, int | None]:
    """Ports by any name of a function; None for the next one. Raises `LocalCloudError`."""
    if isinstance(option, Mapping):
        pairs: Iterable[tuple[str, object]] = option.items()
    else:
        texts = (option,) if isinstance(option, str) else option or ()
        pairs = ((name, port if equals else None) for name, equals, port in split(texts))
    return {name: None if port is None else _check_port(name, port) for name, port in pairs}


def split(options: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    return (option.partition("=") for option in options)


def _check_port(name: str, port: object) -> int:
    text = str(port)
    if not (text.isascii() and text.isdecimal() and int(text) <= LAST_PORT):
        raise LocalCloudError(f"--debug {name}: the port is {text!r}, expected 0 to {LAST_PORT}")
    return int(text)


def choose_ports(wanted: Mapping[str, int | None]) -> Mapping[str, int]:
    """A free port for each function. Raises `PortInUse`."""
    taken = {port for port in wanted.values() if port}
    following = (port for port in range(FIRST_PORT, LAST_PORT) if port not in taken)
    chosen = {name: next(following) if port is None else port for name, port in wanted.items()}
    if len(set(chosen.values()) - {0}) < sum(port != 0 for port in chosen.values()):
        raise LocalCloudError("--debug: two functions have the same port, expected different ones")
    with ExitStack() as stack:
        return {name: _try(stack, name, port) for name, port in chosen.items()}


def _try(stack: ExitStack, name: str, port: int) -> int:
    """Held until all are chosen, so that two functions do not get the same free one."""
    bound = stack.enter_context(socket.socket())
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        raise PortInUse(
            f"--debug {name}: port {port} is in use, expected a free one, as in --debug {name}=0"
        ) from error
    return int(bound.getsockname()[1])
