"""Stands for CloudFront with origin access control: one origin for a page and a Function URL.

It signs each request to the function, and does not look at the body: the hash that it signs is the
one that the client sends. The page is as it is in the example.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from streambda.local.http.server import HttpServer, bind, url_of
from tests.support.background_task import run_in_background

HASH = "x-amz-content-sha256"
# Those of the viewer that the origin gets, beside the hash.
_PASSED = ("content-type",)


@asynccontextmanager
async def serve_edge(
    page: str, function_url: str, credentials: Credentials, region: str
) -> AsyncIterator[str]:
    """Serves `page` as /index.html, and passes everything else on to `function_url`."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:

        async def pass_on(request: Request) -> Response:
            body = await request.body()
            url = f"{function_url.rstrip('/')}{request.url.path}"
            given = {name: request.headers[name] for name in _PASSED if name in request.headers}
            # As CloudFront does where there is none: no hash of the body is signed.
            signed_hash = request.headers.get(HASH, "UNSIGNED-PAYLOAD" if body else "")
            headers = sign(request.method, url, given, signed_hash, credentials, region)
            outgoing = http.build_request(request.method, url, headers=headers, content=body)
            answer = await http.send(outgoing, stream=True)
            return StreamingResponse(
                answer.aiter_bytes(),
                answer.status_code,
                {"content-type": answer.headers.get("content-type", "text/plain")},
            )

        async def show_page(request: Request) -> Response:
            return HTMLResponse(page)

        app = Starlette(
            routes=[
                Route("/index.html", show_page),
                Route("/{path:path}", pass_on, methods=["GET", "POST"]),
            ]
        )
        with bind("127.0.0.1", 0) as bound:
            server = HttpServer(app, bound)
            async with run_in_background(server.serve_socket()):
                yield url_of(bound)
                await server.hang_up()


def sign(
    method: str,
    url: str,
    headers: dict[str, str],
    content_hash: str,
    credentials: Credentials,
    region: str,
) -> dict[str, str]:
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=b"")
    if content_hash:
        request.headers[HASH] = content_hash  # which botocore signs in place of its own
    SigV4Auth(credentials, "lambda", region).add_auth(request)
    return dict(request.headers.items())
