"""A signature is written in one way: dates, times, and each of its parts once."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from streambda.local.auth.signature import (
    Incomplete,
    Scope,
    SignableRequest,
    SignatureError,
    read_signature,
)
from streambda.local.auth.sigv4 import check_signature
from tests.support.signing import NOW, SECRET, at, signed

PLACE = Scope(date="", region="us-east-1", service="lambda")
URL = "http://127.0.0.1:8000/a/b?x=1"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        at(NOW, patch)
        yield


def verify(request: SignableRequest) -> None:
    check_signature(request, read_signature(request), SECRET, place=PLACE, now=NOW)


def with_header(request: SignableRequest, name: str, value: str) -> SignableRequest:
    others = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=(*others, (name, value)))


def with_credential_date(request: SignableRequest, date: str) -> SignableRequest:
    [(_, header)] = [pair for pair in request.headers if pair[0] == "authorization"]
    return with_header(request, "authorization", header.replace(f"{NOW:%Y%m%d}/", f"{date}/", 1))


@pytest.mark.parametrize(
    "timestamp",
    [
        f"{NOW:%Y%m%dT%H%M%S}",
        f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        f"{NOW:%Y%m%dT%H%MZ}",
        f"{NOW:%Y%m%dT%H%M%S.0Z}",
        f"{NOW:%Y%m%dt%H%M%Sz}",
        f" {NOW:%Y%m%dT%H%M%SZ}",
        f"{NOW:%Y%m%dT%H%M%SZ}\n",
        f"{NOW:%Y%m%dT%H%M%SZ}, {NOW:%Y%m%dT%H%M%SZ}",
        f"{NOW:%Y%m%d}T1 2 3Z",
        "20261T1T1Z",
        f"{NOW:%Y%m%dT%H%M%SZ}".translate({ord("0") + n: 0x660 + n for n in range(10)}),
        "99991332T246161Z",
        "00000101T000000Z",
    ],
)
def test_a_time_is_written_in_one_way(timestamp: str) -> None:
    request = with_credential_date(with_header(signed(URL), "x-amz-date", timestamp), timestamp[:8])
    with pytest.raises(Incomplete, match="ISO-8601 'basic format'"):
        verify(request)


@pytest.mark.parametrize("timestamp", ["99991231T235959Z", "00010101T000000Z"])
@pytest.mark.parametrize("expires_s", [None, 604_800])
def test_times_at_the_ends_of_the_calendar(timestamp: str, expires_s: int | None) -> None:
    request = signed(URL, expires_s=expires_s)
    if expires_s:
        query = request.query.replace(f"{NOW:%Y%m%dT%H%M%SZ}", timestamp)
        request = replace(request, query=query.replace(f"{NOW:%Y%m%d}%2F", f"{timestamp[:8]}%2F"))
    else:
        request = with_header(request, "x-amz-date", timestamp)
        request = with_credential_date(request, timestamp[:8])
    with pytest.raises(SignatureError, match=r"expired|not yet current"):
        verify(request)


@pytest.mark.parametrize(
    "date", ["", f"{NOW:%Y}", f"{NOW:%Y%m%d}T", f"{NOW:%Y%m%dT%H%M%SZ}", "20000101"]
)
def test_the_date_of_the_scope_is_the_day_of_the_time(date: str) -> None:
    with pytest.raises(SignatureError, match="Date in Credential scope does not match"):
        verify(with_credential_date(signed(URL), date))


@pytest.mark.parametrize(
    ("date", "timestamp"),
    [
        ("Sat, 31 Jan 2026 12:30:00 GMT", "20260131T123000Z"),
        ("Sat, 31 Jan 2026 12:30:00 -0000", "20260131T123000Z"),
        ("Sat, 31 Jan 2026 12:30:00 +0200", "20260131T103000Z"),
        ("Sun, 1 Feb 2026 01:00:00 +0130", "20260131T233000Z"),
    ],
)
def test_a_date_header_is_read_as_utc(date: str, timestamp: str) -> None:
    plain = tuple(pair for pair in signed(URL).headers if pair[0] != "x-amz-date")
    request = replace(signed(URL), headers=(*plain, ("date", date)))

    assert read_signature(request).timestamp == timestamp


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 -2300", "Fri, 31 Dec 9999 99:99:99 GMT"]
)
def test_a_date_header_outside_of_the_calendar(date: str) -> None:
    plain = tuple(pair for pair in signed(URL).headers if pair[0] != "x-amz-date")
    with pytest.raises(Incomplete, match="'Date' header"):
        verify(replace(signed(URL), headers=(*plain, ("date", date))))


@pytest.mark.parametrize("name", ["authorization", "x-amz-date", "x-amz-security-token"])
def test_what_is_checked_comes_once(name: str) -> None:
    request = signed(URL, token="t")
    [pair] = [pair for pair in request.headers if pair[0] == name]
    with pytest.raises(Incomplete, match=f"must have one '{name}' header"):
        verify(replace(request, headers=(*request.headers, pair)))


@pytest.mark.parametrize(
    "name",
    ["Signature", "Credential", "SignedHeaders", "Date", "Expires", "Algorithm", "Security-Token"],
)
def test_what_is_checked_of_a_query_comes_once(name: str) -> None:
    request = signed(URL, token="t", expires_s=60)
    with pytest.raises(Incomplete, match=f"must have one 'X-Amz-{name}'"):
        verify(replace(request, query=f"{request.query}&X-Amz-{name}=other"))


def test_a_parameter_of_the_header_comes_once() -> None:
    request = signed(URL)
    [(_, header)] = [pair for pair in request.headers if pair[0] == "authorization"]
    with pytest.raises(Incomplete, match="must have one 'Signature' parameter"):
        verify(with_header(request, "authorization", f"{header}, Signature=other"))


@pytest.mark.parametrize(
    ("names", "good"),
    [
        (";".join(f"x-{number}" for number in range(99)), True),
        (";".join(f"x-{number}" for number in range(100)), False),
        (";".join(["host"] * 10_000), False),
        ("x;X", False),
        ("host", False),
    ],
)
def test_signed_headers_are_few_and_different(names: str, good: bool) -> None:
    """Each costs a look through all headers, before anybody knows who asks."""
    request = signed(URL)
    [(_, header)] = [pair for pair in request.headers if pair[0] == "authorization"]
    more = header.replace("SignedHeaders=", f"SignedHeaders={names};").replace(";x-amz-date", "")
    request = with_header(request, "authorization", more)
    if good:
        assert len(read_signature(request).signed_headers) == 100
    else:
        with pytest.raises(Incomplete, match="SignedHeaders must have at most 100 different names"):
            verify(request)


@pytest.mark.parametrize(
    "expires", ["0", "604801", "-1", "1.5", "1e3", "\uff11", " 60", "0x10", "9" * 7]
)
def test_how_long_a_presigned_url_lasts(expires: str) -> None:
    request = signed(URL, expires_s=60)
    query = request.query.replace("X-Amz-Expires=60", f"X-Amz-Expires={quote(expires)}")
    with pytest.raises(Incomplete, match="X-Amz-Expires must be a number up to 604800"):
        verify(replace(request, query=query))
