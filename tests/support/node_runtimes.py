"""Runs a Node.js function under the local cloud's stand-in and under Lambda's own client.

What must be the same is compared in a normal form: paths and lines of a runtime's own files, ports
and times differ, and each client has headers of its own HTTP library.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11

from streambda.local.environments.entry_point import MANAGED_NODE
from streambda.local.environments.node import list_options
from tests.support import node_ric
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi, RecordedRequest
from tests.support.parallel_runtime_api import ParallelRuntimeApi

STREAMING = "lambda-runtime-function-response-mode"
XRAY_CAUSE = "lambda-runtime-function-xray-error-cause"
ERROR_BODY = "lambda-runtime-function-error-body"
# Of an HTTP library, not of the protocol.
OTHER_HEADERS = {"accept", "connection", "host", "user-agent", "content-length"}

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# A line of a stack, alone or as an item of a JSON list.
FRAME = re.compile(r'(?:,?"|\n|\\n) {4,}at ((?:(?!\\n)[^"\n\r])*)"?')
# A runtime's own file in the message of a module that is not found, and a process's id.
OTHER = re.compile(r"(?<=- )/[^\s\"\\]+/index\.mjs|(?<=\(node:)\d+")
GONE = "410"
PLACE = re.compile(r"(?:file://)?(/[^\s()]+)")


@dataclass(frozen=True, slots=True)
class Run:
    """What a runtime did, in the normal form."""

    posts: tuple[Mapping[str, Any], ...]
    log: tuple[str, ...]
    status: int


class CutRuntimeApi(ParallelRuntimeApi):
    """A process that ends in the middle of a response cuts its body."""

    def _serve(self, client: socket.socket) -> None:
        with suppress(h11.RemoteProtocolError):
            super()._serve(client)


def run_stand_in(version: int, task: Path, handler: str, *events: bytes, **options: Any) -> Run:
    own = list_options(node_ric.find_node(), version, 128, "")
    command = [node_ric.find_node(), *own, str(MANAGED_NODE)]
    return _run(command, version, task, handler, events, **options)


def run_against(
    api: FakeRuntimeApi | str, version: int, task: Path, handler: str
) -> subprocess.CompletedProcess[str]:
    """The stand-in with a Runtime API of the test's own, or at an address."""
    address = api if isinstance(api, str) else api.address
    return subprocess.run(
        [node_ric.find_node(), str(MANAGED_NODE)],
        env=dict(node_ric.variables(version, handler, task, address)),
        cwd=task,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def run_lambdas_client(
    version: int, task: Path, handler: str, *events: bytes, **options: Any
) -> Run:
    command = node_ric.command(version, list_options(node_ric.find_node(), version, 128, ""))
    return _run(command, version, task, handler, events, **options)


def _run(
    command: Sequence[str],
    version: int,
    task: Path,
    handler: str,
    events: Sequence[bytes],
    *,
    environ: Mapping[str, str] = {},
    more: Mapping[str, str] | None = None,
) -> Run:
    with CutRuntimeApi(*events, more=more) as api:
        variables = node_ric.variables(version, handler, task, api.address)
        done = subprocess.run(
            command,
            env={**variables, **environ},
            cwd=task,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
    # Lambda's own client has \r within a message where its log is no pipe of Lambda's.
    text = _normalise(done.stdout.replace("\r", "\n"), task)
    # After the last event the fake is gone, about which some clients complain to it.
    posted = [post for post in api.posts() if GONE not in post.body.decode("latin-1")]
    posts = tuple(_describe_post(post, task, api.address) for post in posted)
    lines = [line for line in text.split("\n") if line and "Unexpected Top Level" not in line]
    return Run(posts, tuple(lines), done.returncode)


def _describe_post(post: RecordedRequest, task: Path, address: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {"target": post.target}
    headers = {name: value for name, value in post.headers.items() if name not in OTHER_HEADERS}
    trailers = dict(post.trailers)
    if cause := headers.pop(XRAY_CAUSE, None):
        found["cause"] = _describe_cause(json.loads(cause))
    if STREAMING in headers:
        found["raw"] = _describe_raw(post, task, address)
    if body := trailers.pop(ERROR_BODY, None):
        found["failure"] = _normalise(b64decode(body).decode(), task)
    body_text = post.body.decode("latin-1")
    return found | {
        "headers": headers,
        "trailers": trailers,
        "body": _normalise(body_text, task),
    }


def _describe_raw(post: RecordedRequest, task: Path, address: str) -> bytes:
    """All bytes, but not those of an error's body, which holds paths of the runtime."""
    raw = post.raw.replace(address.encode(), b"ADDRESS")
    return re.sub(rb"(?i)(error-body: )[\w+/=]+", rb"\1BODY", raw)


def _describe_cause(cause: Mapping[str, Any]) -> Mapping[str, Any]:
    [exception] = cause["exceptions"]
    return {
        "working_directory": cause["working_directory"],
        "type": exception.get("type"),
        "message": exception.get("message"),
        "frames": bool(exception["stack"]),
    }


def _normalise(text: str, task: Path) -> str:
    """Without times, and of stacks only the places in the function's own files."""

    def show(match: re.Match[str]) -> str:
        place = PLACE.search(match[1])
        return f"<{match[1]}>" if place and place[1].startswith(str(task)) else ""

    return FRAME.sub(show, OTHER.sub("_", TIME.sub("TIME", text)))
