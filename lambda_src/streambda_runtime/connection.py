"""The one keep-alive socket to the Runtime API: the only file here that does I/O.

Writes block for as long as the peer does not read: that is the back-pressure, and no time-out of
ours ends it. Reads of `/next` block until there is an invocation. `_socket` is what `socket` wraps;
the wrapper imports `selectors` and `enum`, which would double the time of a cold start (ADR 3).
"""

from __future__ import annotations

import os
import select
import sys
from _socket import IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, getaddrinfo
from _socket import socket as Socket

from .errors import ErrorReport, RuntimeApiError
from .http11 import ResponseParser
from .logs import flush_streams, log_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .http11 import Data, Response

READ_SIZE = 65536
_TCP_INFO = 11  # of linux/tcp.h: struct tcp_info
_SIOCOUTQ = 0x5411  # of linux/sockios.h: bytes that the peer has not acknowledged


forks = 0  # that lie between this process and the one that was started


def _count_fork() -> None:
    global forks
    forks += 1


if hasattr(os, "register_at_fork"):  # not on Windows, where handlers are only tested
    os.register_at_fork(after_in_child=_count_fork)


def exit_fork(error: BaseException | None) -> None:
    """Ends a process that the handler has forked, with the exit status of any Python process.

    Without unwinding: event loop and exit hooks are shared with the parent, or are its own.
    """
    flush_streams()
    if error is not None and not isinstance(error, SystemExit):
        log_error(ErrorReport.of(error))
        os._exit(1)
    status = error.code if isinstance(error, SystemExit) else None
    os._exit(status & 0xFF if isinstance(status, int) else 0 if status is None else 1)


class EarlyAnswer(Exception):
    """The Runtime API answered, or closed, before the request was whole: stop sending."""

    def __init__(self, response: Response | None) -> None:
        super().__init__("the Runtime API has ended this response")
        self.response = response


class Connection:
    """A connection that is opened when it is first needed, and again after the peer closed it."""

    __slots__ = ("_address", "_forks", "_parser", "_poll", "_socket", "is_unfinished", "sent")

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host.strip("[]"), int(port) if port.isdecimal() else 0)
        if not host or not self._address[1]:
            raise RuntimeApiError(f"AWS_LAMBDA_RUNTIME_API is {address!r}, expected host:port")
        self._socket: Socket | None = None
        self._poll = select.poll()
        self._parser = ResponseParser()
        self.sent = 0  # bytes of whole writes on this socket, counted by those who write
        self.is_unfinished = False  # a request has begun, and its response was not read
        # Only the process that took an invocation may answer it: compared before each request.
        self._forks = forks
        # A process that the handler forks must not speak on its parent's connection.
        os.register_at_fork(after_in_child=self.close)

    def close(self) -> None:
        """Closes the socket; the next request opens a new one."""
        if self._socket is not None:
            # A signal may raise between any two of these: what is called again does them all.
            self._socket.close()
            self._poll = select.poll()
            self._parser = ResponseParser()
            self.sent = 0
            self._socket = None
        self.is_unfinished = False

    def start_request(self) -> Socket:
        """The socket to send a new request on, known to be alive."""
        if self._forks != forks:
            exit_fork(None)
        # An idle connection that is readable was closed by the peer; one with half a request on
        # it, which something has interrupted, takes no other.
        if self._socket is not None and (self.is_unfinished or self._poll.poll(0)):
            self.close()
        sock = self.connect()
        self.is_unfinished = True
        return sock

    def continue_request(self) -> Socket:
        """The socket to send more of a request on. Raises EarlyAnswer if the peer has answered."""
        if self._forks != forks:
            exit_fork(None)
        if self._socket is None or self._poll.poll(0):
            raise self.read_early_answer()
        return self._socket

    def read_early_answer(self) -> EarlyAnswer:
        """What the peer had to say to a request that cannot be finished; closes the connection."""
        if self._forks != forks:
            exit_fork(None)
        try:
            return EarlyAnswer(None if self._socket is None else self.receive())
        except RuntimeApiError:
            return EarlyAnswer(None)
        finally:
            self.close()

    def receive(self) -> Response:
        """Waits for the response to the request that was sent."""
        assert self._socket is not None
        response = None
        while response is None:
            response = self.parse(self._read(self._socket))
        return response

    def parse(self, data: bytes) -> Response | None:
        """Takes what was read, nothing at the peer's end; the response, once it is whole."""
        response = self._parser.feed(data) if data else self._parser.end()
        if response is None and not data:
            self.close()
            raise RuntimeApiError("the Runtime API closed the connection without an answer")
        if response is not None:
            self.is_unfinished = False
            if response.closes or not data:
                self.close()
        return response

    def wait_for_answer(self, milliseconds: int) -> bool:
        """Whether the peer has answered, or gone, within that time."""
        return bool(self._poll.poll(milliseconds))

    def count_accepted(self) -> int | None:
        """As the function of that name, of this connection."""
        return None if self._socket is None else count_accepted(self._socket)

    def connect(self) -> Socket:
        """The connected socket. Raises RuntimeApiError when nobody listens."""
        if self._socket is None:
            try:
                self._socket = _connect_to(*self._address)
            except OSError as error:
                host, port = self._address
                message = f"no Runtime API at {host}:{port}: {error.strerror or error}"
                raise RuntimeApiError(message) from error
            # Nagle would hold the terminator back for the peer's delayed ACK: 40 ms a response.
            self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            self._poll.register(self._socket, select.POLLIN)
        return self._socket

    @staticmethod
    def _read(sock: Socket) -> bytes:
        try:
            return sock.recv(READ_SIZE)
        except OSError:
            return b""  # a reset is an end


def _connect_to(host: str, port: int) -> Socket:
    # As bytes: a str would be encoded as IDNA, whose codec imports `re`, `enum` and `stringprep`.
    name = host.encode("ascii")
    family, kind, protocol, _, address = getaddrinfo(name, port, 0, SOCK_STREAM)[0]
    sock = Socket(family, kind, protocol)
    try:
        sock.settimeout(None)  # whatever the handler's module has set as the default
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def count_accepted(sock: Socket) -> int | None:
    """How many bytes the kernel has taken from us on a connection; None where it does not tell.

    Tells what has left when a write was interrupted: its own count is lost then. Linux tells how
    many the peer has acknowledged, and how many it has not.
    """
    try:
        from fcntl import ioctl  # needed after an interruption only

        while True:
            acknowledged = _read_acknowledged(sock)
            waiting = int.from_bytes(ioctl(sock, _SIOCOUTQ, bytes(4)), sys.byteorder)
            if acknowledged == _read_acknowledged(sock):
                return acknowledged - 1 + waiting  # the SYN was acknowledged too
    except Exception:  # fcntl may be the function's own
        return None


def _read_acknowledged(sock: Socket) -> int:
    info = sock.getsockopt(IPPROTO_TCP, _TCP_INFO, 128)
    if sys.platform != "linux" or len(info) < 128:
        raise OSError("no count of acknowledged bytes")
    return int.from_bytes(info[120:128], sys.byteorder)  # tcpi_bytes_acked


def send(sock: Socket, parts: tuple[Data, ...]) -> None:
    """Sends parts of a request at once; raises OSError when the peer takes no more."""
    if len(parts) == 1:
        sock.sendall(parts[0])
        return
    sent = sock.sendmsg(parts)
    for part in parts:
        if sent < len(part):
            sock.sendall(memoryview(part)[sent:])
        sent = max(0, sent - len(part))
