"""Masks one event in a process of its own: parsing it, and searching it, would hold all threads."""

import asyncio
import os
import sys

from streambda.local.records.masks import mask_document


async def mask_in_process(event: bytes) -> bytes:
    """As `mask_document`. Raises `OSError` where no process can be started, or where it fails."""
    # The same modules as here, and none of the folder that we are in.
    path = os.pathsep.join(filter(None, sys.path))
    process = await asyncio.create_subprocess_exec(
        sys.executable or "",  # None where Python is a part of another program
        "-P",
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C is for us: what has ended is recorded
    )
    try:
        masked, _ = await process.communicate(event)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OSError(f"the process that masks events ended with status {process.returncode}")
    return masked


if __name__ == "__main__":
    sys.stdout.buffer.write(mask_document(sys.stdin.buffer.read()))
