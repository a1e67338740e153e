"""API keys and usage plans: who may come, how often, and how many times a day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointKind, EndpointOptions, Limits
from streambda.local.endpoints.rest_api.gateway_errors import GatewayRefusal
from streambda.local.endpoints.rest_api.usage_plans import UsagePlans, find_period
from streambda.local.model.rest_api_access import Quota, Throttle, UsagePlan
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import (
    api,
    of_api,
    running,
    running_in_thread,
    small_function,
    url_of,
)
from tests.support.local_assembly import function, integration

ENFORCE = EndpointOptions(auth=AuthMode.ENFORCE)
VALUE = "the-value-of-a-key"
GOOD = {"x-api-key": VALUE}


def usage(**plan: Any) -> dict[str, Any]:
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    return {
        "Words": function(FunctionName="Words"),
        **api("Words", ApiKeyRequired=True),
        "Key": {
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Enabled": True, "Value": VALUE},
        },
        "Unnamed": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": "true"}},
        "Disabled": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Value": "disabled"}},
        "Loose": {
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Enabled": True, "Value": "in-no-plan"},
        },
        "Plan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"ApiStages": stages, **plan}},
        "Elsewhere": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {}},
        **{f"{name}InPlan": in_plan(name) for name in ("Key", "Unnamed", "Disabled")},
    }


def in_plan(key: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::UsagePlanKey",
        "Properties": {"KeyId": {"Ref": key}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}},
    }


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("keyed") / "cloud"
    with running_in_thread(folder, usage(), ENFORCE) as cloud:
        yield url_of(cloud, EndpointKind.REST_API)


async def test_without_a_key_of_the_stage(keyed: str, http: httpx.AsyncClient) -> None:
    for value in (None, "", "wrong", "disabled", "in-no-plan"):
        headers = {} if value is None else {"x-api-key": value}
        reply = await http.get(f"{keyed}words", headers=headers)

        assert (reply.status_code, reply.json()) == (403, {"message": "Forbidden"}), value
        assert reply.headers["x-amzn-errortype"] == "ForbiddenException", value


async def test_key_is_told_to_the_function(keyed: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{keyed}echo", headers=GOOD)
    unnamed = await http.get(f"{keyed}echo", headers={"x-api-key": "Unnamed"})

    identity = reply.json()["event"]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (VALUE, "Key")
    assert unnamed.status_code == 200


async def test_missing_key_is_let_in_with_a_warning(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    async with running(tmp_path, usage(), lines=lines) as cloud:
        reply = await http.get(f"{url_of(cloud, EndpointKind.REST_API)}echo")

    assert "apiKey" not in reply.json()["event"]["requestContext"]["identity"]
    assert "403 Forbidden, the API key" in " ".join(line for _, line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "message", "exception"),
    [
        (
            {"Throttle": {"RateLimit": 0.001, "BurstLimit": 2}},
            "Too Many Requests",
            "TooManyRequestsException",
        ),
        ({"Quota": {"Limit": 2, "Period": "MONTH"}}, "Limit Exceeded", "LimitExceededException"),
    ],
)
async def test_too_many_requests(
    plan: dict[str, Any],
    message: str,
    exception: str,
    tmp_path: Path,
    http: httpx.AsyncClient,
) -> None:
    async with running(tmp_path, usage(**plan)) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}words"
        replies = [await http.get(address, headers=GOOD) for _ in range(3)]
        other = await http.get(address, headers={"x-api-key": "Unnamed"})

    assert [reply.status_code for reply in replies] == [201, 201, 429]
    assert replies[2].json() == {"message": message}
    assert replies[2].headers["x-amzn-errortype"] == exception
    assert other.status_code == 201, "every key has its own count"


async def test_usage_plans_can_be_switched_off(tmp_path: Path, http: httpx.AsyncClient) -> None:
    options = EndpointOptions(limits=Limits(usage_plans=None))
    async with running(tmp_path, usage(Quota={"Limit": 1}), options) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}words"

        assert [(await http.get(address, headers=GOOD)).status_code for _ in "ab"] == [201, 201]


async def test_key_may_come_from_the_authorizer(tmp_path: Path, http: httpx.AsyncClient) -> None:
    wanted = usage()
    uri = integration("Asked", "2015-03-31/functions/{arn}/invocations", "BUFFERED")["Uri"]
    wanted["Api"]["Properties"]["ApiKeySourceType"] = "AUTHORIZER"
    wanted["ProxyAny"]["Properties"] |= {
        "AuthorizationType": "CUSTOM",
        "AuthorizerId": {"Ref": "Authorizer"},
    }
    wanted["Asked"] = small_function("authorizer")
    wanted["Authorizer"] = of_api(
        "Authorizer", Type="REQUEST", AuthorizerUri=uri, AuthorizerResultTtlInSeconds=0
    )
    async with running(tmp_path, wanted, ENFORCE) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}words"

        assert (await http.get(address)).status_code == 201
        assert (await http.get(address, headers={"x-usage": "wrong"})).status_code == 403


def plans(clock: Any, **plan: Any) -> UsagePlans:
    one = UsagePlan(id="p", stages=frozenset({"prod"}), keys={VALUE: "k"}, **plan)
    return UsagePlans([one], clock)


def accepted(usage: UsagePlans) -> bool:
    try:
        usage.count(usage.find(VALUE, "prod"))
    except GatewayRefusal:
        return False
    return True


def test_throttle_fills_again_with_time() -> None:
    now = 0.0
    usage = plans(lambda: now, throttle=Throttle(rate_per_s=2, burst=3))

    assert [accepted(usage) for _ in range(4)] == [True, True, True, False]
    now = 0.5
    assert [accepted(usage) for _ in range(2)] == [True, False]
    now = 100
    assert [accepted(usage) for _ in range(4)] == [True, True, True, False]


def test_key_of_another_stage() -> None:
    with pytest.raises(GatewayRefusal):
        plans(lambda: 0).find(VALUE, "test")


@pytest.mark.parametrize(
    ("kind", "same", "next_"),
    [
        ("DAY", "2026-03-04T23:59:59", "2026-03-05T00:00:00"),
        ("WEEK", "2026-03-08T23:59:59", "2026-03-09T00:00:00"),
        ("MONTH", "2026-03-31T23:59:59", "2026-04-01T00:00:00"),
    ],
)
def test_quota_is_anew_with_its_period(kind: str, same: str, next_: str) -> None:
    moment = seconds("2026-03-04T00:00:00")
    usage = plans(lambda: moment, quota=Quota(limit=1, period=kind))

    assert [accepted(usage), accepted(usage)] == [True, False]
    moment = seconds(same)
    assert not accepted(usage)
    moment = seconds(next_)
    assert accepted(usage)
    assert find_period(kind, seconds(next_)) == next_[:10]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
