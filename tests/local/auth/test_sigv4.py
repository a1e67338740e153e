"""Signatures: what botocore signs is good, and nothing else is."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.auth.signature import (
    Incomplete,
    Scope,
    SignableRequest,
    SignatureError,
    Unsigned,
    read_signature,
)
from streambda.local.auth.sigv4 import check_signature, encode_path, write_canonical_request
from tests.support.signing import KEY, NOW, SECRET, at, later, signed

PLACE = Scope(date="", region="us-east-1", service="lambda")
URL = "http://127.0.0.1:8000/a/b?x=1"

NAMES = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=12)
# What a header can carry, inner runs of spaces included.
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
PARTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(PARTS, PARTS), max_size=5)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        at(NOW, patch)
        yield


def verify(request: SignableRequest, secret: str = SECRET, **place: str) -> None:
    check_signature(
        request, read_signature(request), secret, place=replace(PLACE, **place), now=NOW
    )


@given(
    path=st.lists(PARTS, max_size=5),
    query=PAIRS,
    headers=st.dictionaries(NAMES.map(lambda name: f"x-{name}"), VALUES, max_size=4),
    body=st.binary(max_size=40),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    service=st.sampled_from(["lambda", "execute-api"]),
    token=st.none() | st.text("abcXYZ+/=", min_size=1),
    expires_s=st.none() | st.integers(1, 604_800),
)
def test_what_botocore_signs_is_good(
    path: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    method: str,
    service: str,
    token: str | None,
    expires_s: int | None,
) -> None:
    raw_path = "/".join(quote(part, safe="~") for part in path)
    raw_query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in query)
    request = signed(
        f"http://127.0.0.1:8000/{raw_path}?{raw_query}",
        method=method,
        body=body,
        headers=list(headers.items()),
        service=service,
        token=token,
        expires_s=expires_s,
    )

    verify(request, service=service)

    assert read_signature(request).token == token
    with pytest.raises(SignatureError, match="does not match the signature you provided"):
        verify(request, secret="another", service=service)


@given(
    path=st.text("/.ab %~", max_size=20),
    query=st.lists(st.tuples(st.text("ab", min_size=1), st.text("ab")), max_size=6),
)
def test_canonical_request_is_botocores(path: str, query: list[tuple[str, str]]) -> None:
    # A name without a value comes with its "=" or without.
    text = "&".join(f"{name}={value}" if value else name for name, value in query)
    request = AWSRequest("GET", f"http://localhost/{quote(path, safe='/~')}?{text}")
    request.context["timestamp"] = "20260228T235930Z"
    signer = SigV4Auth(Credentials(KEY, SECRET), "lambda", "us-east-1")
    ours = signed(request.url)
    signature = replace(read_signature(ours), signed_headers=("host",))

    assert write_canonical_request(ours, signature) == signer.canonical_request(request)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"raw_path": "/a/c"},
        {"query": "x=2"},
        {"query": "x=1&y=2"},
        {"body": b"other"},
    ],
)
@pytest.mark.parametrize("expires_s", [None, 60])
def test_any_change_behind_the_signer_is_seen(
    change: dict[str, object], expires_s: int | None
) -> None:
    request = signed(URL, expires_s=expires_s)
    if expires_s and "query" in change:
        change = {"query": request.query.replace("x=1", str(change["query"]))}

    with pytest.raises(SignatureError, match="does not match the signature"):
        verify(replace(request, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw_path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("/a//b/./c/../d/", "/a/b/d/"),
        ("/../a", "/a"),
        ("/a%20b/~c", "/a%2520b/~c"),
    ],
)
def test_paths_are_normalised_and_encoded_once_more(raw_path: str, canonical: str) -> None:
    assert encode_path(raw_path) == canonical


def test_signed_header_that_changed() -> None:
    request = signed(URL, headers=[("x-mine", "1")])
    headers = tuple((k, "2" if k == "x-mine" else v) for k, v in request.headers)

    with pytest.raises(SignatureError, match="does not match"):
        verify(replace(request, headers=headers))


def test_bytes_of_a_header_that_are_not_ascii() -> None:
    request = signed(URL, headers=[("x-name", "é")])
    # As a server reads it: the bytes of UTF-8 as Latin-1.
    headers = tuple((k, v.encode().decode("latin-1")) for k, v in request.headers)

    verify(replace(request, headers=headers))


def test_repeated_header_is_one_line() -> None:
    request = signed(URL, headers=[("x-a", "1"), ("x-a", " 2   3 ")])

    verify(request)


def test_date_header_in_place_of_x_amz_date() -> None:
    request = signed(URL, headers=[("Date", "now")])

    verify(request)
    assert read_signature(request).timestamp == "20260228T235930Z"


def test_unsigned_payload_is_not_taken() -> None:
    request = signed(
        URL, method="POST", body=b"{}", headers=[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]
    )

    with pytest.raises(SignatureError, match="does not match"):
        verify(request)


def test_stated_hash_of_the_body_is_good_if_it_is_true() -> None:
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    request = signed(URL, method="POST", body=b"{}", headers=[("x-amz-content-sha256", digest)])

    verify(request)
    with pytest.raises(SignatureError, match="does not match"):
        verify(replace(request, body=b"[]"))


@pytest.mark.parametrize(
    ("minutes", "message"),
    [
        (-5, None),
        (5, None),
        (-5.1, "Signature not yet current: 20260228T235930Z is still later than"),
        (5.1, r"Signature expired: 20260228T235930Z is now earlier than \w+ \(\w+ - 5 min.\)"),
    ],
)
def test_five_minutes_of_skew(minutes: float, message: str | None) -> None:
    request = signed(URL)

    def verify_later() -> None:
        now = later(minutes=minutes)
        check_signature(request, read_signature(request), SECRET, place=PLACE, now=now)

    if message is None:
        verify_later()
    else:
        with pytest.raises(SignatureError, match=message):
            verify_later()


def test_presigned_url_lasts_as_long_as_it_says() -> None:
    request = signed(URL, expires_s=60)

    check_signature(request, read_signature(request), SECRET, place=PLACE, now=later(seconds=60))
    with pytest.raises(SignatureError, match="Signature expired"):
        check_signature(
            request, read_signature(request), SECRET, place=PLACE, now=later(seconds=61)
        )


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"region": "eu-west-1"}, "valid region, not 'us-east-1'"),
        ({"service": "execute-api"}, "correct service: 'execute-api'"),
    ],
)
def test_signed_for_another_place(place: dict[str, str], message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        verify(signed(URL), **place)


def with_authorization(value: str, **more: str) -> SignableRequest:
    request = signed(URL)
    kept = [pair for pair in request.headers if pair[0] not in {"authorization", *more}]
    given = [(name, text) for name, text in more.items() if text]
    return replace(request, headers=(*kept, ("authorization", value), *given))


SCOPE = "20260228/us-east-1/lambda/aws4_request"
GOOD = f"AWS4-HMAC-SHA256 Credential={KEY}/{SCOPE}, SignedHeaders=host, Signature=00"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Bearer abc", "'abc' not a valid key=value pair"),
        ("nonsense", "'nonsense' not a valid key=value pair"),
        ("AWS4-HMAC-SHA256 Credential=x", "requires 'SignedHeaders' parameter"),
        ("AWS4-HMAC-SHA256 Signature=x, SignedHeaders=host", "requires 'Credential' parameter"),
        (GOOD.replace(SCOPE, "lambda"), "must have 5 slash-delimited elements"),
        (GOOD.replace("aws4_request", "aws5_request"), "must have 5 slash-delimited elements"),
    ],
)
def test_authorization_that_is_none(value: str, message: str) -> None:
    with pytest.raises(Incomplete, match=message):
        read_signature(with_authorization(value))


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_no_time_at_all(date: str) -> None:
    request = with_authorization(GOOD, **{"x-amz-date": "", "date": date})

    with pytest.raises(Incomplete, match="'X-Amz-Date' or a 'Date' header"):
        read_signature(request)


@pytest.mark.parametrize(
    ("value", "headers", "message"),
    [
        (GOOD, {"x-amz-date": "yesterday"}, "Date in Credential scope does not match"),
        (GOOD, {"x-amz-date": "20260228"}, "ISO-8601 'basic format'"),
        (GOOD.replace("=host", "=x-amz-date"), {}, "'Host' must be a 'SignedHeader'"),
        (GOOD, {}, "does not match the signature"),
    ],
)
def test_signature_that_cannot_be_good(value: str, headers: dict[str, str], message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        verify(with_authorization(value, **headers))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("X-Amz-Date=", "Y=", "must include 'X-Amz-Date'"),
        ("X-Amz-Expires=60", "X-Amz-Expires=soon", "number up to 604800, not 'soon'"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801", "number up to 604800"),
        ("AWS4-HMAC-SHA256", "AWS3", "must include 'X-Amz-Algorithm'"),
    ],
)
def test_query_that_is_no_signature(old: str, new: str, message: str) -> None:
    request = signed(URL, expires_s=60)

    with pytest.raises(Incomplete, match=message):
        read_signature(replace(request, query=request.query.replace(old, new)))


def test_odd_bytes_are_a_wrong_signature_and_no_accident() -> None:
    request = signed(URL, expires_s=60)
    odd = request.query.replace("SignedHeaders=host", "SignedHeaders=host%3B%FF%F0%9F%98%80")

    with pytest.raises(SignatureError, match="does not match"):
        verify(replace(request, query=odd.replace("Signature=", "Signature=%FF")))


def test_no_signature() -> None:
    request = replace(signed(URL), headers=())

    with pytest.raises(Unsigned, match="Missing Authentication Token"):
        read_signature(request)


def test_the_judge_is_not_stubbed() -> None:
    assert botocore.auth.get_current_datetime() == NOW.replace(tzinfo=None)
