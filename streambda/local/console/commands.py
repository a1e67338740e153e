"""Commands that start an invocation again: for a terminal and for Python. No I/O."""

import shlex
from base64 import b64encode
from urllib.parse import quote

from streambda.local.console.events import Began
from streambda.local.console.original_request import Original, original

STREAMING_PATH = "/2021-11-15/functions/{name}/response-streaming-invocations"

BOTO3 = """\
import boto3

client = boto3.client(
    "lambda",
    endpoint_url={endpoint!r},
    region_name="us-east-1",
    aws_access_key_id="local",
    aws_secret_access_key="local",
)
answer = client.invoke_with_response_stream(FunctionName={name!r}, Payload={event!r})
for event in answer["EventStream"]:
    print(event)
"""


def commands(began: Began, lambda_url: str) -> dict[str, str] | None:
    """By name; None when the event is too long to have been kept."""
    if len(began.event.encode()) < began.event_bytes:
        return None
    name, event = began.function, began.event
    request = original(began.endpoint, event)
    again = http_curl(request) if request else lambda_curl(name, event, lambda_url)
    return {"curl": again, "boto3": BOTO3.format(endpoint=lambda_url, name=name, event=event)}


def http_curl(request: Original) -> str:
    # -g: brackets and braces are part of the address.
    words = ["curl", "-gNi", f"http://{request.host}{request.target}", *_method(request)]
    for name, value in request.headers:
        words += ["-H", f"{name}: {value}"]
    if not request.body:
        return shlex.join(words)
    if not any(name.lower() == "content-type" for name, _ in request.headers):
        words += ["-H", "content-type:"]  # curl would say that it is a form
    try:
        # --data-raw: a body that begins with @ is no file's name.
        return shlex.join([*words, "--data-raw", request.body.decode()])
    except UnicodeDecodeError:
        encoded = b64encode(request.body).decode()
        return f"printf %s {encoded} | base64 -d | {shlex.join([*words, '--data-binary', '@-'])}"


def _method(request: Original) -> list[str]:
    usual = "POST" if request.body else "GET"
    if request.method == "HEAD":
        return ["--head"]
    return [] if request.method == usual else ["-X", request.method]


def lambda_curl(name: str, event: str, lambda_url: str) -> str:
    # The answer is an event stream, which is binary: curl is told to print it all the same.
    url = lambda_url + STREAMING_PATH.format(name=quote(name, safe=""))
    return shlex.join(["curl", "-N", "--output", "-", url, "--data-raw", event])
