"""The requests of the demonstration: httpx to the two HTTP endpoints, boto3 to Lambda's API."""

import json
from typing import Any

import boto3
import httpx
from botocore.config import Config

from demo.timeline import Timeline

REQUEST = {"sentence": "Every word leaves Lambda the moment Python yields it"}


async def post_sentence(url: str, timeline: Timeline) -> None:
    """Posts the sentence and prints each chunk as it comes."""
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("POST", url, json=REQUEST) as response,
    ):
        cookies = ", ".join(response.headers.get_list("set-cookie"))
        kind = response.headers["content-type"]
        timeline.print_note(f"{response.status_code} {kind}; set-cookie: {cookies}")
        response.raise_for_status()
        async for data in response.aiter_raw():
            timeline.print_chunk(data)


def create_lambda_client(endpoint_url: str) -> Any:
    """A boto3 client for the local cloud. Only the endpoint and the keys differ from AWS."""
    return boto3.client(
        "lambda",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        # A retry would run the function again.
        config=Config(read_timeout=900, retries={"max_attempts": 0}),
    )


def invoke_with_boto3(client: Any, function_name: str, timeline: Timeline) -> dict[str, Any]:
    """Invokes with a response stream, and returns the InvokeComplete event."""
    response = client.invoke_with_response_stream(
        FunctionName=function_name, Payload=json.dumps(REQUEST)
    )
    complete: dict[str, Any] = {}
    for event in response["EventStream"]:
        if "PayloadChunk" in event:
            timeline.print_chunk(event["PayloadChunk"]["Payload"])
        else:
            complete = event["InvokeComplete"]
    timeline.print_note(f"InvokeComplete {json.dumps(complete)}"[:400])
    return complete
