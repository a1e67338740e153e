"""Reserved concurrency and qualifiers, as callers of Lambda's API see them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.support.local_assembly import function, write_assembly

PATH = "/2015-03-31/functions/{name}/invocations"


@pytest.mark.parametrize(
    ("properties", "reason", "concurrency"),
    [
        ({}, "ConcurrentInvocationLimitExceeded", 0),
        (
            {"ReservedConcurrentExecutions": 0},
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            10,
        ),
    ],
)
async def test_too_many_at_a_time(
    properties: dict[str, Any],
    reason: str,
    concurrency: int,
    tmp_path: Path,
    http: httpx.AsyncClient,
) -> None:
    words = function(FunctionName="Words", **properties)
    folder = write_assembly(tmp_path, {"Words": words})
    async with LocalCloud(folder, concurrency=concurrency) as cloud:
        answer = await http.post(cloud.lambda_url + PATH.format(name="Words"))

    assert answer.status_code == 429
    assert answer.headers["x-amzn-errortype"] == "TooManyRequestsException"
    assert answer.json() == {"Type": "User", "message": "Rate Exceeded.", "Reason": reason}


async def test_an_alias(tmp_path: Path, http: httpx.AsyncClient) -> None:
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Words"}, "Name": "live"},
    }
    folder = write_assembly(tmp_path, {"Words": function(FunctionName="Words"), "Live": alias})
    async with LocalCloud(folder) as cloud:
        url = cloud.lambda_url + PATH.format(name="Words")
        live = await http.post(url, params={"Qualifier": "live"})
        other = await http.post(url, params={"Qualifier": "beta"})

    assert (live.status_code, live.text) == (200, "one two")
    assert other.status_code == 404
