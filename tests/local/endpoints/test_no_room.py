"""What an endpoint has no room for: a request that is too large, and one more at the same time."""

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.support.endpoint_clouds import url_of
from tests.support.gate import Gate

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "status"), [(EndpointKind.FUNCTION_URL, 429), (EndpointKind.REST_API, 500)]
)
@pytest.mark.slow
async def test_when_every_environment_is_busy(
    kind: EndpointKind, status: int, single: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    address = url_of(single, kind)
    async with http.stream("GET", f"{address}gated"):
        reply = await http.get(f"{address}words")
        await gate.open()

    assert reply.status_code == status


@pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_a_request_over_6_mb_is_413(
    kind: EndpointKind, urls: dict[EndpointKind, str], http: httpx.AsyncClient
) -> None:
    reply = await http.post(f"{urls[kind]}words", content=b"x" * (6 * MB + 1))

    assert reply.status_code == 413
