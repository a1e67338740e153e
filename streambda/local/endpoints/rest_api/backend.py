"""The connection to a backend of a REST API, and what goes wrong with it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from functools import lru_cache

import h11

from streambda.local.endpoints.call_chains import Address
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.integration_request import BackendRequest
from streambda.local.http.client_connection import BROKEN, ClientConnection, InvalidRequest
from streambda.local.model.one_line import escape_controls

# What goes wrong with a backend, or with the request that it was to get. A host that can have no
# name in DNS is a UnicodeError.
FAILURES = (*BROKEN, InvalidRequest, UnicodeError)

Follow = Callable[[Address], AbstractContextManager[None]]


@asynccontextmanager
async def connect(
    backend: BackendRequest, *, verify: bool, follow: Follow
) -> AsyncIterator[tuple[ClientConnection, h11.Response]]:
    """Sends the request, and reads the head of its response. Raises `FAILURES`.

    Args:
        verify: Whether its certificate has to be valid.
        follow: Is called with the address that the request comes from.
    """
    connection = ClientConnection()
    data = connection.encode(backend.message)
    tls = make_tls_context(verify=verify) if backend.tls else None
    connection.reader, writer = await asyncio.open_connection(backend.host, backend.port, ssl=tls)
    try:
        with follow(writer.get_extra_info("sockname")[:2]):
            writer.write(data)
            yield connection, await connection.read_head()
    finally:
        # At once: the rest of a response that nobody reads any more is not waited for.
        writer.transport.abort()


@lru_cache(maxsize=2)  # reads the certificates of this machine
def make_tls_context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def refuse(error: Exception, backend: BackendRequest) -> GatewayRefusal:
    """What API Gateway answers for a backend that has not, by what its own log calls the reason."""
    why = f"{backend.url}: {describe_failure(error, backend)}"
    # A certificate that is not valid is a ValueError too.
    if isinstance(error, socket.gaierror | ValueError):
        return GatewayRefusal(GatewayError.API_CONFIGURATION, why=why)
    return GatewayRefusal(GatewayError.NETWORK_ERROR, why=why)


def describe_failure(error: Exception, backend: BackendRequest) -> str:
    """In words, on one line."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"there is no host {backend.host}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused, nothing listens there"
    if isinstance(error, ConnectionResetError):
        return "it has reset the connection"
    text = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    return escape_controls(" ".join(text.split())) or type(error).__name__
