"""Routes of HTTP APIs that call a URL."""

import json
from pathlib import Path

import httpx

from streambda.local import EndpointKind, LocalCloud
from tests.support.backend import serve_backend


async def test_a_default_route_sends_the_whole_path_and_bodies_go_on_as_they_are(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with serve_backend() as backend:
        backend.answer = b"HTTP/1.1 200 OK\r\nserver: x\r\ncontent-length: 2\r\n\r\n\xff\0"
        # As `aws apigatewayv2 create-api --target` makes one.
        called = f"http://127.0.0.1:{backend.port}/base/?own=1"
        properties = {"Name": "quick", "ProtocolType": "HTTP", "Target": called}
        api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties}
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Resources": {"Quick": api}}))
        async with LocalCloud(path) as cloud:
            [url] = [one.url for one in cloud.endpoints if one.kind is EndpointKind.HTTP_API]
            reply = await http.post(f"{url}a%20b/%7Bc%7D/?x=2", content=b"\xfe")
            await http.get(url, headers={"accept": "text/html"})

    assert (reply.status_code, reply.content) == (200, b"\xff\0")
    assert [one.line for one in backend.received] == [
        "POST /base/a%20b/%7Bc%7D/?own=1&x=2 HTTP/1.1",
        "GET /base/?own=1 HTTP/1.1",
    ]
    assert backend.received[0].body == b"\xfe"
