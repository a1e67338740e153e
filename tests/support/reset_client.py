"""A client that tells a reset from an end."""

import asyncio
from urllib.parse import urlsplit


async def get_until_reset(address: str) -> tuple[bytes, bool]:
    """The body as far as it came, and whether it ended with a reset."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    body, reset = b"", False
    try:
        await reader.readuntil(b"\r\n\r\n")
        while size := int(await reader.readline() or b"0", 16):
            body += (await reader.readexactly(size + 2))[:-2]
    except ConnectionResetError:
        reset = True
    finally:
        writer.transport.abort()
    return body, reset
