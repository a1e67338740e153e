"""A Runtime API without a process, and a connection to it that sends bytes as a test wants them."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from streambda.local.invocation.stream import InvocationRequest, InvocationStream
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeSession

TYPE = "Lambda-Runtime-Function-Error-Type"
BODY = "Lambda-Runtime-Function-Error-Body"
BOOM = '{"errorMessage":"boom"}'
ENCODED = base64.b64encode(BOOM.encode()).decode()

RESPONSE = (
    "POST /2018-06-01/runtime/invocation/r/response HTTP/1.1\r\n"
    "Host: x\r\nTransfer-Encoding: chunked\r\n"
    "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
    f"Trailer: {TYPE}\r\nTrailer: {BODY}\r\n\r\n"
    "4\r\npart\r\n3;x=y\r\n!!!\r\n0\r\n"
    f"{TYPE}: Function.ValueError\r\n{BODY}: {ENCODED}\r\n\r\n"
).encode()
NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
RESTORE_NEXT = b"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def open_session() -> AsyncIterator[
    tuple[RuntimeSession, asyncio.StreamReader, asyncio.StreamWriter]
]:
    session = RuntimeSession()
    async with RuntimeApi(session) as api, asyncio.timeout(30):
        host, port = api.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            yield session, reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def hand_out_one(session: RuntimeSession) -> InvocationStream:
    request = InvocationRequest(
        request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
    )
    stream = InvocationStream(request)
    session.hand_out(stream, deadline_ms=1)
    return stream
