"""Who calls, as STS tells it: most tools ask first."""

import httpx

from streambda.local import LocalCloud
from tests.local.endpoints.management.conftest import Client


async def test_a_signed_caller(cloud: LocalCloud) -> None:
    found = await Client("sts", cloud.lambda_url).call("get_caller_identity")

    assert found["Account"] == "123456789012"
    assert found["Arn"] == "arn:aws:iam::123456789012:user/local"
    assert found["UserId"].startswith("AIDA")


async def test_an_unsigned_one_by_the_query(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    """As presigned addresses of STS are asked."""
    asked = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
    answer = await http.get(cloud.lambda_url, params=asked)

    assert answer.headers["content-type"] == "text/xml"
    assert "<Account>123456789012</Account>" in answer.text
    assert "https://sts.amazonaws.com/doc/2011-06-15/" in answer.text
