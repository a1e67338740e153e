"""botocore's own signer, on requests that go nowhere."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streambda.local.auth.signature import SignableRequest
from streambda.local.http.request import HttpRequest

NOW = datetime(2026, 2, 28, 23, 59, 30, tzinfo=UTC)
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

Headers = list[tuple[str, str]]


def signed(
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Headers | None = None,
    service: str = "lambda",
    region: str = "us-east-1",
    key: str = KEY,
    secret: str = SECRET,
    token: str | None = None,
    expires_s: int | None = None,
) -> SignableRequest:
    """Signed in its headers; where it expires in its query, which takes no body."""
    request = AWSRequest(method=method, url=url, data=b"" if expires_s else body)
    for name, value in headers or []:
        request.headers[name] = value
    credentials = Credentials(key, secret, token)
    if expires_s is None:
        SigV4Auth(credentials, service, region).add_auth(request)
    else:
        SigV4QueryAuth(credentials, service, region, expires=expires_s).add_auth(request)
    return on_the_wire(request)


def on_the_wire(request: AWSRequest) -> SignableRequest:
    parts = urlsplit(request.url)
    pairs = [("host", parts.netloc), *request.headers.items()]
    return SignableRequest(
        method=request.method,
        raw_path=parts.path or "/",
        query=parts.query,
        headers=tuple((name.lower(), value) for name, value in pairs),
        body=request.data or b"",
    )


def empty_request() -> HttpRequest:
    """A request without anything."""
    return HttpRequest(
        method="GET",
        raw_path="/prod/words",
        path="/prod/words",
        query="",
        headers=(),
        body=b"",
        client="127.0.0.1",
        protocol="HTTP/1.1",
        request_id="request",
        trace_id="trace",
        time=NOW,
    )


def at(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs as if it were now."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None))


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)
