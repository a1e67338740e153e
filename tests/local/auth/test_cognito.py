"""Cognito authorisers: tokens signed by another library, checked with a local key set."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from streambda.local import AuthMode, EndpointKind, EndpointOptions, LocalCloudError
from streambda.local.auth.jwks import KeySet, PublicKey, TokenError, pad_digest, split_token
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import api, of_api, running, running_in_thread, url_of
from tests.support.local_assembly import function

KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "two"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})


def write_jwks(folder: Path) -> Path:
    file = folder / "jwks.json"
    keys = [KEY.as_dict(private=False), CURVE.as_dict(private=False)]
    file.write_text(json.dumps({"keys": keys}))
    return file


def token(key: Any = KEY, *, alg: str = "RS256", kid: str = "one", **claims: Any) -> str:
    given = {"sub": "me", "token_use": "id", "exp": time.time() + 86_400, **claims}
    known = {name: value for name, value in given.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": kid}, known, key, algorithms=[alg])


def resources(**properties: Any) -> dict[str, Any]:
    return {
        "Words": function(FunctionName="Words"),
        "Authorizer": of_api(
            "Authorizer",
            Type="COGNITO_USER_POOLS",
            IdentitySource="method.request.header.Authorization",
            ProviderARNs=[{"Fn::GetAtt": ["Pool", "Arn"]}],
        ),
        **api(
            "Words",
            AuthorizationType="COGNITO_USER_POOLS",
            AuthorizerId={"Ref": "Authorizer"},
            **properties,
        ),
    }


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> EndpointOptions:
    file = write_jwks(tmp_path_factory.mktemp("keys"))
    return EndpointOptions(auth=AuthMode.ENFORCE, jwks=KeySet.read(file))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory, options: EndpointOptions) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cognito") / "cloud"
    with running_in_thread(folder, resources(), options) as cloud:
        yield url_of(cloud, EndpointKind.REST_API)


@pytest.mark.parametrize("prefix", ["", "Bearer "])
async def test_claims_reach_the_function(
    prefix: str, endpoint: str, http: httpx.AsyncClient
) -> None:
    text = token(email_verified=True, groups=["a"])
    reply = await http.get(f"{endpoint}echo", headers={"authorization": prefix + text})

    claims = reply.json()["event"]["requestContext"]["authorizer"]["claims"]
    assert (claims["sub"], claims["email_verified"]) == ("me", "true")


REFUSED = [
    (None, "Unauthorized"),
    ("nonsense", "Unauthorized"),
    (token(OTHER), "Unauthorized"),
    (token(kid="two"), "Unauthorized"),
    (token(alg="RS512"), "Unauthorized"),
    (token(CURVE, alg="ES256", kid="curve"), "Unauthorized"),
    (token(exp=None), "Unauthorized"),
    (token(token_use="access"), "Unauthorized"),
    (token(exp=1), "The incoming token has expired"),
    (token()[:-4] + "AAAA", "Unauthorized"),
    (token() + "AA", "Unauthorized"),
]


@pytest.mark.slow
async def test_tokens_that_are_not_taken(endpoint: str, http: httpx.AsyncClient) -> None:
    for text, message in REFUSED:
        reply = await http.get(f"{endpoint}words", headers={"authorization": text} if text else {})

        assert (reply.status_code, reply.json()) == (401, {"message": message}), text


async def test_scopes_need_an_access_token_with_one_of_them(
    tmp_path: Path, options: EndpointOptions, http: httpx.AsyncClient
) -> None:
    async with running(tmp_path, resources(AuthorizationScopes=["a/r", "a/w"]), options) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}words"
        tokens = [
            token(token_use="access", scope="x a/w"),
            token(token_use="access", scope="x"),
            token(token_use="id", scope="a/w"),
        ]
        replies = [await http.get(address, headers={"authorization": one}) for one in tokens]

    assert [reply.status_code for reply in replies] == [201, 401, 401]


async def test_without_keys_no_token_is_checked(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    async with running(tmp_path, resources(), lines=lines) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}echo"
        replies = [
            await http.get(address, headers={"authorization": one})
            for one in (token(OTHER), "nonsense")
        ]

    told = [reply.json()["event"]["requestContext"]["authorizer"] for reply in replies]
    assert (told[0]["claims"]["sub"], told[1]) == ("me", {"claims": {}})
    warnings = [line for _, line in lines if "AWS would refuse" in line]
    assert len(warnings) == 1
    assert "without --jwks FILE no token can be checked" in warnings[0]


@pytest.mark.parametrize("missing", ["jwks", "authorizer"])
async def test_enforced_without_keys_or_authorizer(
    missing: str, tmp_path: Path, options: EndpointOptions, http: httpx.AsyncClient
) -> None:
    wanted = resources()
    if missing == "authorizer":
        del wanted["Authorizer"]
    given = options if missing == "authorizer" else EndpointOptions(auth=AuthMode.ENFORCE)
    async with running(tmp_path, wanted, given) as cloud:
        address = f"{url_of(cloud, EndpointKind.REST_API)}words"
        reply = await http.get(address, headers={"authorization": token()})

    assert reply.status_code == (401 if missing == "jwks" else 500)


@pytest.mark.parametrize("text", ["{}", "[]", "x", '{"keys": [{"kty": "RSA"}]}', '{"keys": [1]}'])
def test_a_file_that_is_not_a_key_set(text: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(text)

    with pytest.raises(LocalCloudError, match=r"jwks.json is not a JWKS, expected an object"):
        KeySet.read(file)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"cannot read .*: No such file"):
        KeySet.read(tmp_path / "none.json")


@pytest.mark.parametrize("text", ["", "a.b", "e30.W10.x", "e30." + "W" * 200_000 + ".x", "é.é.é"])
def test_text_that_is_not_a_token(text: str) -> None:
    with pytest.raises(TokenError):
        split_token(text)


@pytest.mark.parametrize("bits", [1024, 1030, 2048])
def test_signatures_of_another_library(bits: int) -> None:
    secret = rsa.generate_private_key(65537, bits)
    numbers = secret.public_key().public_numbers()
    key = PublicKey(modulus=numbers.n, exponent=numbers.e)
    good = secret.sign(b"data", padding.PKCS1v15(), hashes.SHA256())
    number = int.from_bytes(good)

    assert key.verifies(b"data", good)
    assert not key.verifies(b"date", good)
    assert not key.verifies(b"data", b"\0" + good)
    assert not key.verifies(b"data", good[1:])
    wrapped = number + numbers.n
    if wrapped.bit_length() <= len(good) * 8:
        assert not key.verifies(b"data", wrapped.to_bytes(len(good)))
    other = secret.sign(b"data", padding.PKCS1v15(), hashes.SHA1())
    assert not key.verifies(b"data", other)


def test_key_that_is_too_short_signs_nothing() -> None:
    assert pad_digest(b"data", 61) == b""
    assert not PublicKey(modulus=257, exponent=3).verifies(b"data", b"\0\0")


def encode(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def sign(claims: object, header: object = None) -> str:
    """As `token`, but for texts that no library would sign."""
    head = encode(header or {"alg": "RS256", "kid": "one"})
    data = f"{head}.{encode(claims)}"
    private = KEY.private_key
    assert private is not None
    signature = private.sign(data.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{data}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


NOW_S = 1_000_000.0
KEYS = KeySet({"one": PublicKey(modulus=KEY.public_key.public_numbers().n, exponent=65537)})


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ('{"exp": 1000001}', None),
        ('{"exp": 1000000.5}', None),
        (f'{{"exp": 1{"0" * 400}}}', None),
        ('{"exp": 1000001, "nbf": 1000000}', None),
        ('{"exp": 1000001, "nbf": 0.5}', None),
        ("{}", "has no exp"),
        ('{"exp": null}', "exp is None, expected a number"),
        ('{"exp": "1000001"}', "expected a number"),
        ('{"exp": true}', "exp is True, expected a number"),
        ('{"exp": [1000001]}', "expected a number"),
        ('{"exp": 1e999}', "exp is inf, expected a number"),
        ('{"exp": NaN}', "NaN is not JSON"),
        ('{"exp": Infinity}', "Infinity is not JSON"),
        ('{"exp": 1000001, "other": NaN}', "NaN is not JSON"),
        ('{"exp": 1000000}', "has expired"),
        ('{"exp": -1}', "has expired"),
        ('{"exp": 1000001, "nbf": 1000000.5}', "not valid yet, nbf is 1000000.5"),
        ('{"exp": 1000001, "nbf": "0"}', "nbf is '0', expected a number"),
        ('{"exp": 1000001, "nbf": false}', "nbf is False, expected a number"),
        ('{"exp": 1000001, "nbf": null}', "nbf is None, expected a number"),
        ('{"exp": 1000001, "nbf": -1e999}', "nbf is -inf, expected a number"),
        ('{"exp": 1000001, "nbf": -Infinity}', "-Infinity is not JSON"),
        ("[]", "not a JSON object"),
    ],
)
def test_when_a_token_is_valid(claims: str, reason: str | None) -> None:
    if reason is None:
        assert "exp" in KEYS.verify(sign(claims), NOW_S)
    else:
        with pytest.raises(TokenError, match=reason):
            KEYS.verify(sign(claims), NOW_S)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "one"},
        {"alg": "HS256", "kid": "one"},
        {"alg": "rs256", "kid": "one"},
        {"alg": ["RS256"], "kid": "one"},
        {"alg": "RS256"},
        {"alg": "RS256", "kid": None},
        {"alg": "RS256", "kid": 1},
        {"alg": "RS256", "kid": ["one"]},
        {"alg": "RS256", "kid": {"one": 1}},
        {"alg": "RS256", "kid": "One"},
        {"alg": "RS256", "kid": ""},
        {"alg": "RS256", "kid": "one", "crit": ["exp"]},
        {"alg": "RS256", "kid": "one", "crit": []},
    ],
)
def test_a_header_names_what_is_known(header: dict[str, object]) -> None:
    known = KeySet({"one": PublicKey(modulus=KEY.public_key.public_numbers().n, exponent=65537)})
    odd = KeySet({**known._keys, "None": known._keys["one"], "1": known._keys["one"]})
    with pytest.raises(TokenError, match=r"expected RS256 and a known key|crit"):
        odd.verify(sign({"exp": NOW_S + 1}, header), NOW_S)


@pytest.mark.parametrize("change", ["{}=", "{}\n", " {}", "{}!", "{}é", "{}%3D", "{}..", "{}.x"])
def test_a_token_is_written_in_one_way(change: str) -> None:
    good = sign({"exp": NOW_S + 1})
    assert KEYS.verify(good, NOW_S)
    with pytest.raises(TokenError):
        KEYS.verify(change.replace("{}", good), NOW_S)
