"""The client of the Runtime API for an event loop: what waits lets other tasks run."""

from __future__ import annotations

import asyncio

from ..errors import RuntimeApiError
from ..runtime_api import RuntimeApi, check_accepted, response_of
from .readable import receive_now, wait_until_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..http11 import Response
    from ..invocation import Invocation


PAUSE_S = 1.0


class AsyncRuntimeApi(RuntimeApi):
    """A RuntimeApi whose `next` and whole responses do not block; its streams do so in no case.

    An error is reported as by RuntimeApi: at once, and before anything else runs.
    """

    __slots__ = ()

    async def next_on_loop(self) -> Invocation:
        """As `next`; a connection that is lost meanwhile is replaced once, after PAUSE_S."""
        try:
            response = await self._ask_on_loop(self._next)
        except RuntimeApiError:
            self.close()
            await asyncio.sleep(PAUSE_S)
            response = await self._ask_on_loop(self._next)
        return self._read_next(response)

    async def respond_on_loop(self, invocation: Invocation, payload: bytes) -> bool:
        """As `respond`."""
        response = await self._ask_on_loop(self._make_whole(invocation, payload))
        return check_accepted(response, "response")

    async def _ask_on_loop(self, request: bytes) -> Response:
        connection = self._connection
        sock = connection.start_request()
        try:
            sock.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_sendall(sock, request)  # type: ignore[arg-type]
            finally:
                sock.setblocking(True)
        except OSError:
            return response_of(connection.read_early_answer())
        connection.sent += len(request)
        response = None
        while response is None:
            await wait_until_readable(sock)
            response = connection.parse(receive_now(sock))
        return response
