"""Commands that start an invocation again: curl for a terminal, boto3 for Python. No I/O."""

import shlex
from base64 import b64encode
from urllib.parse import quote

from streambda.local.console.original_request import OriginalRequest, find_original_request
from streambda.local.console.timeline_events import InvocationBegan
from streambda.local.model.constants import REGION, STREAMING_PATH

BOTO3 = """\
import boto3

client = boto3.client(
    "lambda",
    endpoint_url={endpoint!r},
    region_name={region!r},
    aws_access_key_id="local",
    aws_secret_access_key="local",
)
response = client.invoke_with_response_stream(FunctionName={name!r}, Payload={event!r})
for event in response["EventStream"]:
    print(event)
"""


def build_repeat_commands(
    began: InvocationBegan, lambda_url: str, region: str = REGION
) -> dict[str, str] | None:
    """By name: curl and boto3. None if the event was too long to be recorded whole."""
    if not began.has_whole_event:
        return None
    name, event = began.function, began.event
    request = find_original_request(began.endpoint, event)
    curl = build_http_curl(request) if request else build_lambda_curl(name, event, lambda_url)
    return {
        "curl": curl,
        "boto3": BOTO3.format(endpoint=lambda_url, region=region, name=name, event=event),
    }


def build_http_curl(request: OriginalRequest) -> str:
    # -g: brackets and braces are part of the address.
    words = ["curl", "-gNi", f"http://{request.host}{request.target}", *_method_options(request)]
    for name, value in request.headers:
        words += ["-H", f"{name}: {value}"]
    if not request.body:
        return shlex.join(words)
    if not any(name.lower() == "content-type" for name, _ in request.headers):
        words += ["-H", "content-type:"]  # else curl sends the content type of a form
    text = _as_argument(request.body)
    if text is not None:
        # --data-raw: a body that begins with @ is not a file's name.
        return shlex.join([*words, "--data-raw", text])
    encoded = b64encode(request.body).decode()
    return f"printf %s {encoded} | base64 -d | {shlex.join([*words, '--data-binary', '@-'])}"


def _as_argument(body: bytes) -> str | None:
    """None for what no argument of a command can be."""
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None


def _method_options(request: OriginalRequest) -> list[str]:
    default = "POST" if request.body else "GET"
    if request.method == "HEAD":
        return ["--head"]
    return [] if request.method == default else ["-X", request.method]


def build_lambda_curl(name: str, event: str, lambda_url: str) -> str:
    # The response is an event stream, which is binary: `--output -` makes curl print it anyway.
    url = lambda_url + STREAMING_PATH.format(name=quote(name, safe=""))
    return shlex.join(["curl", "-N", "--output", "-", url, "--data-raw", event])
