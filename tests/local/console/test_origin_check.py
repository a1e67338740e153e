"""Which requests the console refuses: those of other web pages."""

import pytest
from starlette.datastructures import Headers

from streambda.local.console.origin_check import check_origin
from tests.support.console_clients import ConsoleClient


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://example.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},  # a Function URL is another origin too
        {"host": "rebound.example.com"},
        {"host": "127.0.0.1.example.com"},
        {"host": ""},
        {"host": "[::1"},
        {"content-type": "text/plain"},  # what a form could send without a preflight
        {"content-type": ""},
    ],
)
async def test_another_origin_can_invoke_nothing(
    headers: dict[str, str], api: ConsoleClient
) -> None:
    response = await api.post(
        "/api/invoke",
        content=b'{"endpoint": 1, "path": "/words"}',
        headers={"content-type": "application/json", **headers},
    )

    assert response.status_code in {400, 403}  # 400: uvicorn itself refuses this Host
    assert "access-control-allow-origin" not in response.headers
    assert await api.list_invocations() == []


async def test_another_origin_gets_no_preflight(api: ConsoleClient) -> None:
    headers = {"origin": "https://example.com", "access-control-request-method": "POST"}
    response = await api.options("/api/invoke", headers=headers)

    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_another_origin_can_read_nothing(api: ConsoleClient) -> None:
    response = await api.get("/api/events", headers={"origin": "https://example.com"})

    assert response.status_code == 403
    assert response.json()["error"].startswith("Origin is 'https://example.com', expected")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8003", "127.0.0.2", "localhost:8003", "[::1]:8003", "LOCALHOST"]
)
def test_every_name_of_loopback_is_served(host: str) -> None:
    assert check_origin("GET", Headers({"host": host})) is None
    assert check_origin("GET", Headers({"host": host, "origin": f"http://{host}"})) is None
