"""The wrapper under AWS's own Runtime Interface Emulator, started as in a managed image."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.events import FUNCTION_URL
from tests.support.managed_image import VERSION, WRAPPER, make_managed_image
from tests.support.rie import INVOKE_PATH, RIE, run_emulator
from tests.support.split_prelude import split_prelude

pytestmark = [
    pytest.mark.rie,
    pytest.mark.skipif(not RIE.exists(), reason="no emulator in .tools: `make test` downloads it"),
]

HANDLER = """
import os, sys
import bundled_sdk
def handler(event, context):
    if event.get("kind") == "early":
        raise ValueError("before the first byte")
    yield f"{bundled_sdk.NAME} {os.environ['AWS_EXECUTION_ENV']}"
    yield f" {sys.argv[0].rpartition('/')[2]}"
"""


@pytest.fixture(scope="module")
def rie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    image = make_managed_image(tmp_path_factory.mktemp("image"))
    image.write_module("mine.py", HANDLER)
    # The emulator does not pass this variable on, so the image sets it.
    script = image.bootstrap.read_text()
    variable = f"export AWS_LAMBDA_EXEC_WRAPPER='{image.task / WRAPPER}'"
    image.bootstrap.write_text(script.replace("\n", f"\n{variable}\n", 1))
    with run_emulator(image.bootstrap, "mine.handler", image.task / "log.txt") as client:
        yield client


def test_a_stream_arrives_whole(rie: httpx.Client) -> None:
    answer = rie.post(INVOKE_PATH, json={})

    assert answer.status_code == 200
    assert answer.text == f"bundled AWS_Lambda_python{VERSION} bootstrap.py"


def test_an_http_event_gets_its_prelude(rie: httpx.Client) -> None:
    prelude, body = split_prelude(rie.post(INVOKE_PATH, content=FUNCTION_URL).content)

    assert prelude["statusCode"] == 200
    assert body.startswith(b"bundled ")


def test_an_error_does_not_end_the_loop(rie: httpx.Client) -> None:
    early = rie.post(INVOKE_PATH, json={"kind": "early"}).json()
    after = rie.post(INVOKE_PATH, json={})

    assert (early["errorType"], early["errorMessage"]) == ("ValueError", "before the first byte")
    assert after.text.startswith("bundled ")
