"""What a program asks a running cloud for."""

import json
import re

from streambda.local import LocalCloud


async def test_an_invocation_has_a_trace_as_on_lambda(cloud: LocalCloud) -> None:
    """X-Ray's SDKs read it."""
    body = b"".join([chunk async for chunk in cloud.invoke_stream("Words", {"do": "echo"})])

    trace = json.loads(body)["headers"]["lambda-runtime-trace-id"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
