"""The examples of web apps are served and stream, each a chunk before the next can be made.

What an example waits for with a sleep, it waits for at a gate here: nothing else is changed.
"""

import http.client
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from streambda.local.blocking import BlockingCloud, blocking_cloud
from streambda.local.model.endpoints import EndpointKind
from streambda_runtime import testing
from tests.support.example_gate import put_gate
from tests.support.examples import synthesise_example
from tests.support.python_with_packages import write_python
from tests.support.templates import ROOT
from tests.support.wait_until import wait_until
from tests.support.web_requests import Answer, Gate, Request, send, streaming

pytestmark = pytest.mark.slow


class Example:
    """An example, copied and running."""

    def __init__(self, cloud: BlockingCloud, gate: Gate) -> None:
        self.cloud = cloud
        self.gate = gate
        self.url = cloud.function_url("Api")

    def get(self, path: str) -> Answer:
        self.gate.open()
        return send(self.url, Request("GET", path))

    def stream(self, path: str) -> tuple[http.client.HTTPResponse, bytes, bytes]:
        """The response, its first line while the gate is shut, and all that comes after it."""
        self.gate.shut()
        with streaming(self.url, path) as response:
            first = response.readline()
            self.gate.open()
            return response, first, response.read()


Start = Callable[[str], Example]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Example:
            work = tmp_path_factory.mktemp(name)
            example = shutil.copytree(ROOT / "examples" / name, work / "app")
            gate = Gate(work)
            put_gate(example / "src", gate.file)
            synthesise_example(example, work / "cdk.out", work)
            variables = work / "variables.env"
            variables.write_text(f"STREAMBDA_PYTHON={write_python(work)}\n")
            cloud = blocking_cloud(assembly=work / "cdk.out", env_file=variables)
            return Example(stack.enter_context(cloud), gate)

        yield start


def test_fastapi_streams_through_a_rest_api_and_lambdas_own_api(start: Start) -> None:
    example = start("fastapi")
    [rest_api] = [one.url for one in example.cloud.endpoints if one.kind is EndpointKind.REST_API]
    example.gate.shut()
    with streaming(rest_api, "/words?prompt=hi") as response:
        first = response.readline()
        example.gate.open()
        rest = response.read()

    event = testing.http_event("GET", "/words", query="prompt=hi")
    whole = example.cloud.invoke("Api", event)

    assert (response.status, first) == (200, b'data: {"word": "You"}\n')
    assert whole.partition(b"\0" * 8)[2] == first + rest


def test_fastapi_streams_events(start: Start) -> None:
    response, first, rest = start("fastapi").stream("/words?prompt=hi")

    assert (response.status, response.headers.get_content_type()) == (200, "text/event-stream")
    assert json.loads(first.removeprefix(b"data: ")) == {"word": "You"}
    assert re.findall(rb'"word": ?"(.*?)"', rest) == [b"said:", b"hi"]
    assert b"event: end\n" in rest


def test_fastapi_has_a_page_and_says_what_is_invalid(start: Start) -> None:
    page, invalid = (start("fastapi").get(path) for path in ("/", "/words?prompt=a&repeat=many"))

    assert (page.status, b"new EventSource" in page.body) == (200, True)
    assert invalid.status == 422
    [error] = json.loads(invalid.body)["detail"]
    assert error["loc"] == ["query", "repeat"]


async def test_fastapi_runs_a_task_after_the_last_byte(start: Start) -> None:
    example = start("fastapi")
    example.get("/words?prompt=one%20two%20three")

    await wait_until(
        lambda: any("the prompt had 3 words" in line.text for line in example.cloud.lines)
    )


def test_flask_streams_lines(start: Start) -> None:
    response, first, rest = start("flask").stream("/countdown?from=3&name=you")

    assert response.status == 200
    assert (first, rest) == (b"3\n", b"2\n1\nlift-off, you\n")


def test_django_streams_a_table(start: Start) -> None:
    response, first, rest = start("django").stream("/squares/2")

    assert (response.status, response.headers.get_content_type()) == (200, "text/csv")
    assert (first, rest) == (b"number,square\n", b"1,1\n2,4\n")


@pytest.mark.parametrize("name", ["flask", "django"])
def test_the_first_page_is_served(start: Start, name: str) -> None:
    assert start(name).get("/").status == 200
