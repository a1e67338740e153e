"""binaryMediaTypes: which requests are base64 in their events, and which responses are decoded."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.endpoints.rest_api.binary_media_types import accepts_binary, is_binary
from tests.support.endpoint_clouds import running_in_thread, url_of
from tests.support.local_assembly import function, rest_api

IMAGES = ("image/*", "application/octet-stream")
PNG = b"\x89PNG\xff\x00"


@pytest.mark.parametrize(
    ("types", "content_type", "binary"),
    [
        ((), "image/png", False),
        ((), None, False),
        (IMAGES, "image/png", True),
        (IMAGES, "IMAGE/PNG; q=1", True),
        (IMAGES, "application/octet-stream", True),
        (IMAGES, "application/json", False),
        (IMAGES, "images/png", False),
        (IMAGES, "image", True),
        (IMAGES, "", False),
        (IMAGES, None, False),
        (("*/*",), "text/plain", True),
        (("*/*",), None, True),
        (("application/json",), None, True),
        (("application/*",), "application/x-www-form-urlencoded", True),
        (("image/png",), "image/*", False),
    ],
)
def test_which_requests_are_binary(
    types: tuple[str, ...], content_type: str | None, binary: bool
) -> None:
    assert is_binary(content_type, types) is binary


@pytest.mark.parametrize(
    ("types", "accept", "decoded"),
    [
        ((), "*/*", False),
        (IMAGES, "image/png", True),
        (IMAGES, "image/webp, */*;q=0.8", True),
        (IMAGES, "image/png;q=0.9", True),
        (IMAGES, "text/html, image/png", False),
        (IMAGES, "*/*", False),
        (IMAGES, None, False),
        (("*/*",), "text/html", True),
        (("*/*",), "*/*", True),
        (("*/*",), None, True),
        (("application/json",), None, False),
    ],
)
def test_for_whom_a_response_is_decoded(
    types: tuple[str, ...], accept: str | None, decoded: bool
) -> None:
    assert accepts_binary(accept, types) is decoded


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    resources: dict[str, Any] = {"Words": function(FunctionName="Words"), **rest_api("Words")}
    resources["Api"]["Properties"]["BinaryMediaTypes"] = ["Image/*", "application~1octet-stream"]
    with running_in_thread(tmp_path_factory.mktemp("images") / "cloud", resources) as cloud:
        yield cloud


@pytest.mark.parametrize(
    ("content_type", "body", "text", "is_base64"),
    [
        ("image/png", PNG, base64.b64encode(PNG).decode(), True),
        ("application/octet-stream", b"abc", "YWJj", True),
        ("application/json", b"{}", "{}", False),
        ("application/x-www-form-urlencoded", b"a=1", "a=1", False),
        ("application/pdf", b"%PDF\xff", "%PDF\ufffd", False),
        ("image/png", b"", None, False),
    ],
)
async def test_a_request(
    content_type: str,
    body: bytes,
    text: str | None,
    is_base64: bool,
    images: LocalCloud,
    http: httpx.AsyncClient,
) -> None:
    url = url_of(images, EndpointKind.REST_API)

    reply = await http.post(f"{url}echo", content=body, headers={"content-type": content_type})

    event = reply.json()["event"]
    assert (event["body"], event["isBase64Encoded"]) == (text, is_base64)


@pytest.mark.parametrize(
    ("accept", "content"),
    [("image/png", b"abc"), ("text/html", b"YWJj"), ("*/*", b"YWJj"), ("image/x, text/y", b"abc")],
)
async def test_a_buffered_response(
    accept: str, content: bytes, images: LocalCloud, http: httpx.AsyncClient
) -> None:
    url = url_of(images, EndpointKind.REST_API)

    reply = await http.get(f"{url}buffered/whole", headers={"accept": accept})

    assert (reply.status_code, reply.content) == (202, content)


async def test_a_stream_goes_out_as_it_is(images: LocalCloud, http: httpx.AsyncClient) -> None:
    url = url_of(images, EndpointKind.REST_API)

    reply = await http.get(f"{url}binary", headers={"accept": "image/png"})

    assert reply.content[8:264] == bytes(range(256))


async def test_without_binary_media_types_every_body_is_text(
    rest_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.post(f"{rest_url}echo", content=PNG, headers={"content-type": "image/png"})

    event = reply.json()["event"]
    assert (event["body"], event["isBase64Encoded"]) == ("\ufffdPNG\ufffd\x00", False)
