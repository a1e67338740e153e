"""Calls the server with the official client.

python client.py URL [NAME:VALUE ...]     headers that are sent, such as x-api-key:KEY
python client.py URL --region REGION      signed with your AWS credentials; a URL of Lambda says
                                          its region itself
"""

import asyncio
import sys
from collections.abc import Iterator

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


class Signature(httpx2.Auth):
    """Signs requests for Lambda (SigV4), body included."""

    requires_request_body = True

    def __init__(self, region: str) -> None:
        import boto3
        from botocore.auth import SigV4Auth

        credentials = boto3.Session().get_credentials()
        self.signer = SigV4Auth(credentials, "lambda", region)

    def auth_flow(self, request: httpx2.Request) -> Iterator[httpx2.Request]:
        from botocore.awsrequest import AWSRequest

        sent = {"host": request.headers["host"], "content-type": "application/json"}
        aws = AWSRequest(request.method, str(request.url), sent, request.content)
        self.signer.add_auth(aws)
        request.headers.update(dict(aws.headers))
        yield request


def find_region(url: str, options: list[str]) -> str | None:
    """The region to sign for; None where no signature is needed."""
    if options[:1] == ["--region"]:
        return options[1]
    host = httpx2.URL(url).host
    return None if options or ".lambda-url." not in host else host.split(".")[2]


async def show_progress(progress: float, total: float | None, message: str | None) -> None:
    print(f"progress {progress:.0f} of {total:.0f}: {message}", flush=True)


async def main(url: str, *options: str) -> None:
    region = find_region(url, list(options))
    headers = {} if region else dict(option.split(":", 1) for option in options)
    auth = Signature(region) if region else None
    http = httpx2.AsyncClient(headers=headers, auth=auth, timeout=60)
    async with http, Client(streamable_http_client(url, http_client=http)) as client:
        print("protocol", client.protocol_version)
        result = await client.call_tool("count_words", {}, progress_callback=show_progress)
        print("result", result.structured_content)
        result = await client.call_tool("find_book", {"title": "Ulysses"})
        print("error", result.is_error, result.structured_content)
        result = await client.read_resource("library://catalogue")
        print("resource", result.contents[0].text.split("\n"))
        result = await client.get_prompt("review", {"title": "Emma"})
        print("prompt", result.messages[0].content.text[:40])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
