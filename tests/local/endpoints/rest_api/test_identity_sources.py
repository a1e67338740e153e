"""Authorizers: what is matched, cached and handed on is the same value."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from streambda.local.endpoints.rest_api.access import read_api_key, read_token
from streambda.local.endpoints.rest_api.event import RestTarget
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.lambda_authorizer import (
    MOST_DECISIONS,
    LambdaAuthorizer,
    read_decision,
)
from streambda.local.endpoints.rest_api.rest_api import split_stage
from streambda.local.http.buffered_response import BufferedResponse
from streambda.local.http.request import HttpRequest
from streambda.local.model.rest_api_access import Authorizer
from tests.support.signing import empty_request

ALLOW_ALL = [{"Action": "*", "Effect": "Allow", "Resource": "*"}]
TOKEN = "method.request.header.Authorization"


def target(path: str = "/words", **changes: Any) -> RestTarget:
    made = RestTarget(
        api_id="api",
        stage="prod",
        stage_variables={"variable": "blue"},
        resource_id="r",
        resource_path="/{proxy+}",
        path=path,
        path_parameters={},
    )
    return replace(made, **changes)


class Asked:
    """An authorizer's function, which allows and remembers what it was asked."""

    def __init__(self, statements: Any = ALLOW_ALL, **definition: Any) -> None:
        self.events: list[dict[str, Any]] = []
        self._statements = statements
        values = {"kind": "REQUEST", "identity_sources": (TOKEN,), "ttl_s": 60, **definition}
        self.authorizer = LambdaAuthorizer(
            Authorizer(id="A", function_name="Asked", **values), self._invoke, lambda: 0.0
        )

    async def _invoke(self, reference: str, event: bytes, trace_id: str) -> BufferedResponse:
        self.events.append(json.loads(event))
        answer = {"principalId": "me", "policyDocument": {"Statement": self._statements}}
        return BufferedResponse("application/json", json.dumps(answer).encode(), None)

    async def admit(self, request: HttpRequest, **changes: Any) -> None:
        await self.authorizer.admit(request, target(**changes))


def with_headers(*pairs: tuple[str, str], **changes: Any) -> HttpRequest:
    return replace(empty_request(), headers=pairs, **changes)


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        ([("authorization", "one")], "one"),
        ([("authorization", "one"), ("authorization", "two")], "two"),
        ([("authorization", "two"), ("authorization", "one")], "one"),
        ([("x", "y"), ("authorization", "a"), ("x", "z"), ("authorization", "b")], "b"),
    ],
)
@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
async def test_of_a_repeated_header_the_last_counts(
    kind: str, headers: list[tuple[str, str]], given: str
) -> None:
    asked = Asked(kind=kind)
    request = with_headers(*headers)
    await asked.admit(request)
    [event] = asked.events

    if kind == "TOKEN":
        assert event["authorizationToken"] == given
    else:
        assert event["headers"]["authorization"] == given
    definition = Authorizer(
        id="A", kind="COGNITO_USER_POOLS", function_name=None, identity_sources=(TOKEN,)
    )
    assert read_token(request, target(), definition) == given


def test_of_a_repeated_api_key_the_last_counts() -> None:
    assert read_api_key(with_headers(("x-api-key", "one"), ("x-api-key", "two"))) == "two"
    assert read_api_key(with_headers()) is None


ONE = ("authorization", "good")
PAIRS: dict[str, tuple[HttpRequest, HttpRequest, bool]] = {
    "the same": (with_headers(ONE), with_headers(ONE), True),
    "another value first": (with_headers(("authorization", "evil"), ONE), with_headers(ONE), False),
    "another value last": (with_headers(ONE, ("authorization", "evil")), with_headers(ONE), False),
    "twice the same": (with_headers(ONE, ONE), with_headers(ONE), False),
    "joined": (
        with_headers(("authorization", "a"), ("authorization", "b")),
        with_headers(("authorization", "a,b")),
        False,
    ),
    "another case": (with_headers(("authorization", "Good")), with_headers(ONE), False),
    "spaces": (with_headers(("authorization", "good ")), with_headers(ONE), False),
}


@pytest.mark.parametrize("name", PAIRS)
async def test_a_decision_is_cached_for_all_values(name: str) -> None:
    """Else a caller could make the function decide on one value, and be admitted with another."""
    first, second, same = PAIRS[name]
    asked = Asked()
    await asked.admit(first)
    await asked.admit(second)

    assert len(asked.events) == (1 if same else 2)


@pytest.mark.parametrize(
    ("queries", "same"),
    [
        (("q=1", "q=1&x=2"), True),
        (("q=1", "q=%31"), True),
        (("q=2&q=1", "q=1"), False),
        (("q=1", "q=1%0A"), False),
        (("q=1", "q=+1"), False),
    ],
)
async def test_query_parameters_are_cached_as_the_event_has_them(
    queries: tuple[str, str], same: bool
) -> None:
    asked = Asked(identity_sources=("method.request.querystring.q",))
    for query in queries:
        await asked.admit(with_headers(query=query))

    assert len(asked.events) == (1 if same else 2)
    assert asked.events[0]["queryStringParameters"]["q"] == "1"


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("method.request.header.X-Forwarded-For", False),  # AWS's own, not the client's
        ("stageVariables.variable", False),
        ("stageVariables.none", True),
        ("context.identity.sourceIp", False),
        ("context.none", True),
        ("method.request.body.x", True),
        ("method.request.header.None", True),
        ("method.request.querystring.none", True),
    ],
)
async def test_sources_are_values_of_the_event(source: str, refused: bool) -> None:
    asked = Asked(identity_sources=(source,))
    aws: Mapping[str, str] = {"x-forwarded-for": "127.0.0.1"}
    request = with_headers(("x-forwarded-for", "6.6.6.6"), aws_headers=aws)
    if refused:
        with pytest.raises(GatewayRefusal) as caught:
            await asked.admit(request)
        assert caught.value.error is GatewayError.UNAUTHORIZED
        assert asked.events == []
    else:
        await asked.admit(request)
        await asked.admit(replace(request, headers=(("x-forwarded-for", "7.7.7.7"),)))
        assert len(asked.events) == 1


@pytest.mark.parametrize(
    ("pattern", "headers", "valid"),
    [
        ("[a-z]+", [("authorization", "good")], True),
        ("[a-z]+", [("authorization", "good\n")], False),
        ("[a-z]+", [("authorization", "good!")], False),
        ("[a-z]+", [("authorization", "BAD"), ("authorization", "good")], False),
        ("^Bearer [-0-9a-zA-Z._]*$", [("authorization", "Bearer a.b-c")], True),
        (r"\p{Alpha}++", [("authorization", "java")], True),
        ("(a+)+$", [("authorization", "a" * 200 + "!")], False),
        ("(a|aa)+", [("authorization", "a" * 200 + "!")], False),
        (r"(.*a){30}", [("authorization", "a" * 25 + "b" * 200)], False),
    ],
)
async def test_validation_is_of_every_value_and_ends(
    pattern: str, headers: list[tuple[str, str]], valid: bool
) -> None:
    asked = Asked(kind="TOKEN", validation=pattern)
    if valid:
        await asked.admit(with_headers(*headers))
    else:
        with pytest.raises(GatewayRefusal) as caught:
            await asked.admit(with_headers(*headers))
        assert caught.value.error is GatewayError.UNAUTHORIZED
    assert bool(asked.events) is valid


ARN = "arn:aws:execute-api:*:*:api/prod/GET"


@pytest.mark.parametrize(
    ("path", "resource", "matches"),
    [
        ("/admin", f"{ARN}/admin", True),
        ("/admin/", f"{ARN}/admin", True),
        ("/admin//", f"{ARN}/admin", True),
        ("/", f"{ARN}/", True),
        ("/a/b", f"{ARN}/a/*", True),
        ("/a//b", f"{ARN}/a/b", False),
        ("/a%2Fb", f"{ARN}/a/b", False),
        ("/admin%0A", f"{ARN}/admin", False),
        ("/admin%0A", f"{ARN}/admin*", True),
        ("/admin\nx", f"{ARN}/*", True),  # no request has this, and a Deny must hold all the same
        ("/Admin", f"{ARN}/admin", False),
        ("/a.b", f"{ARN}/a?b", True),
        ("/axb", f"{ARN}/a.b", False),
    ],
)
async def test_a_deny_is_for_the_path_that_the_method_was_found_by(
    path: str, resource: str, matches: bool
) -> None:
    denied = [*ALLOW_ALL, {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": resource}]
    asked = Asked(denied)
    request = with_headers(ONE)
    if matches:
        with pytest.raises(GatewayRefusal) as caught:
            await asked.admit(request, path=path)
        assert caught.value.error is GatewayError.EXPLICIT_DENY
    else:
        await asked.admit(request, path=path)
    assert asked.events[0]["methodArn"].endswith(f"/prod/GET/{path.strip('/')}")


@pytest.mark.parametrize("raw", ["/prod/admin", "//prod/admin", "/prod//admin", "///prod///admin"])
def test_slashes_in_front_change_nothing(raw: str) -> None:
    assert split_stage(raw) == ("prod", "/admin")


async def test_decisions_are_not_kept_without_end() -> None:
    asked = Asked()
    for number in range(MOST_DECISIONS + 10):
        await asked.admit(with_headers(("authorization", str(number))))
    await asked.admit(with_headers(("authorization", str(MOST_DECISIONS))))
    assert len(asked.events) == MOST_DECISIONS + 10
    await asked.admit(with_headers(("authorization", "0")))
    assert len(asked.events) == MOST_DECISIONS + 11


async def test_a_token_authorizer_without_a_source_is_broken() -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await Asked(kind="TOKEN", identity_sources=()).admit(with_headers(ONE))
    assert caught.value.error is GatewayError.AUTHORIZER_CONFIGURATION


ODD_DECISIONS: list[Any] = [
    "[" * 100_000,
    '{"principalId": "me", "policyDocument": {}, "usageIdentifierKey": ["a"]}',
    '{"principalId": "me", "policyDocument": {}, "context": {"a": {}}}',
    '{"principalId": "me", "policyDocument": {}, "context": []}',
    '{"principalId": "me"}',
    "\ud800".encode("utf-8", "surrogatepass"),
]


@pytest.mark.parametrize("payload", ODD_DECISIONS)
def test_decisions_that_are_none(payload: str | bytes) -> None:
    data = payload if isinstance(payload, bytes) else payload.encode()
    if payload == ODD_DECISIONS[3]:
        assert read_decision(BufferedResponse("", data, None), until_s=0).usage_key is None
        return
    with pytest.raises(GatewayRefusal) as caught:
        read_decision(BufferedResponse("", data, None), until_s=0)
    assert caught.value.error is GatewayError.AUTHORIZER_CONFIGURATION


@pytest.mark.parametrize(
    "statement",
    [{"Effect": ["Allow"]}, {"Effect": {}}, {"Effect": None}, {"Effect": "allow"}, [], "Allow", 1],
)
async def test_policies_that_are_none(statement: Any) -> None:
    if isinstance(statement, dict):
        statement = {"Action": "*", "Resource": "*", **statement}
    with pytest.raises(GatewayRefusal) as caught:
        await Asked([statement]).admit(with_headers(ONE))
    assert caught.value.error is GatewayError.AUTHORIZER_CONFIGURATION
