"""Headers of a function that say what the endpoint says: they go out under another name."""

import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.support.endpoint_clouds import url_of
from tests.support.raw_client import connect


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (EndpointKind.FUNCTION_URL, "/dated"),
        (EndpointKind.REST_API, "/prod/dated"),
        (EndpointKind.REST_API, "/prod/buffered/dated"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_date_and_a_server_of_the_function(
    version: str, kind: EndpointKind, target: str, cloud: LocalCloud
) -> None:
    async with connect(url_of(cloud, kind)) as connection:
        await connection.send(f"GET {target} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
        reply = await connection.read_response("GET")

    [date] = reply.values("date")
    assert not date.startswith("Thu, 01 Jan 1970")
    assert reply.values("x-amzn-remapped-date") == ["Thu, 01 Jan 1970 00:00:00 GMT"]
    assert reply.values("server") == []
    assert reply.values("x-amzn-remapped-server") == ["mine/1.0"]
