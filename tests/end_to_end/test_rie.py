"""The runtime under AWS's own Runtime Interface Emulator: framing, status codes, keep-alive.

The emulator buffers the response and drops trailers, so it cannot show that chunks arrive one by
one. The tests on the local cloud show that.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.events import FUNCTION_URL
from tests.support.rie import INVOKE_PATH, RIE, ROOT, run_emulator
from tests.support.split_prelude import split_prelude

pytestmark = [
    pytest.mark.rie,
    pytest.mark.skipif(not RIE.exists(), reason="no emulator in .tools: `make test` downloads it"),
]

LAMBDA_SRC = ROOT / "lambda_src"
HANDLER = """
from handlers import words, midstream_error

def handler(event, context):
    kind = event.get("kind", "words")
    if kind == "document":
        return {"id": context.aws_request_id, "left": context.get_remaining_time_in_millis()}
    if kind == "early":
        raise ValueError("before the first byte")
    if kind == "late":
        return midstream_error.handler(event, context)
    return words.handler(event, context)
"""


@pytest.fixture(scope="module")
def rie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    root = tmp_path_factory.mktemp("task")
    for name in ("bootstrap", "streambda_runtime", "handlers"):
        (root / name).symlink_to(LAMBDA_SRC / name)
    (root / "by_kind.py").write_text(HANDLER)
    with run_emulator(root / "bootstrap", "by_kind.handler", root / "log.txt") as client:
        yield client


def invoke(rie: httpx.Client, **event: Any) -> httpx.Response:
    return rie.post(INVOKE_PATH, json=event)


def test_a_stream_arrives_whole(rie: httpx.Client) -> None:
    answer = invoke(rie, sentence="to be streamed", pause_ms=0)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert [line["word"] for line in lines] == ["to", "be", "streamed"]
    assert lines[2] == {"word": "streamed", "index": 2, "total": 3}


def test_an_http_event_gets_its_prelude(rie: httpx.Client) -> None:
    answer = rie.post(INVOKE_PATH, content=FUNCTION_URL.replace(b'"a=1"', b'"pause_ms=0"'))

    prelude, body = split_prelude(answer.content)
    assert prelude["statusCode"] == 200
    assert prelude["headers"]["content-type"] == "text/event-stream"
    assert len(prelude["cookies"]) == 2
    assert body.startswith(b'id: 0\ndata: {"word": "Every"')


def test_an_ordinary_handler_with_its_context(rie: httpx.Client) -> None:
    document = invoke(rie, kind="document").json()

    assert len(document["id"]) == 36
    assert 0 < document["left"] <= 300_000


def test_b4_errors_do_not_end_the_loop(rie: httpx.Client) -> None:
    early = invoke(rie, kind="early").json()
    late = invoke(rie, kind="late")
    after = invoke(rie, sentence="alive", pause_ms=0)

    assert (early["errorType"], early["errorMessage"]) == ("ValueError", "before the first byte")
    assert late.text == "the first part\nthe second part\n"
    assert after.json()["word"] == "alive"
