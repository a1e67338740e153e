"""Which web pages can call the endpoints, and which cannot."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streambda.local import AccessKey, EndpointKind, EndpointOptions, LocalCloud
from streambda.local.http.web_pages import describe_other_page, is_own_host
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import api, http_api, running_in_thread, url_of
from tests.support.local_assembly import function, url

PATHS = {
    EndpointKind.LAMBDA_API: "/2015-03-31/functions/Words/invocations",
    EndpointKind.FUNCTION_URL: "words",
    EndpointKind.REST_API: "words",
    EndpointKind.HTTP_API: "words",
}
LOCAL, SECRET = Credentials("local", "local"), Credentials("AKIDMINE", "secret")


@pytest.fixture(scope="module")
def said() -> LogLines:
    return []


@pytest.fixture(scope="module")
def signed_cloud(said: LogLines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Every endpoint asks for a signature; unsigned requests are accepted with a warning."""
    iam = url("Words")
    iam["Properties"]["AuthType"] = "AWS_IAM"
    open_to_pages = url("Words")
    open_to_pages["Properties"]["Cors"] = {
        "AllowOrigins": ["https://app.example"],
        "AllowMethods": ["*"],
    }
    resources: dict[str, Any] = {
        "Words": function(FunctionName="Words"),
        "Url": iam,
        "OpenUrl": open_to_pages,
        **api("Words", AuthorizationType="AWS_IAM"),
        **http_api("Words", AuthorizationType="AWS_IAM"),
    }
    options = EndpointOptions(keys=(AccessKey.parse("AKIDMINE:secret"),))
    folder = tmp_path_factory.mktemp("pages") / "cloud"
    with running_in_thread(folder, resources, options, lines=said) as cloud:
        yield cloud


def address(cloud: LocalCloud, kind: EndpointKind) -> str:
    return url_of(cloud, kind) + PATHS[kind]


FOREIGN_HOSTS = [
    "rebound.example",
    "rebound.example:8000",
    "127.0.0.1.example",
    "localhost.example",
    "example.localhost",
    "evil@localhost",
    "localhost@evil.example",
    "localhost/evil",
    "localhost evil",
    "localhost:80:80",
    "localhost:port",
    "[::1",
    "[::2]",
    "0.0.0.0",
    "10.0.0.1",
    "2130706433",
    "",
]
OWN_HOSTS = ["localhost", "LOCALHOST:1", "127.0.0.1:65535", "127.9.9.9", "[::1]", "[::1]:80"]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_names_that_are_not_of_loopback(host: str) -> None:
    assert not is_own_host(host)


@pytest.mark.parametrize("host", OWN_HOSTS)
async def test_names_of_loopback(
    host: str, signed_cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    for kind in EndpointKind:
        at = address(signed_cloud, kind)
        reply = await http.post(at, json={"do": "words"}, headers={"host": host})
        assert "one two" in reply.text, kind


@pytest.mark.parametrize("kind", EndpointKind)
@pytest.mark.parametrize("host", ["rebound.example", "evil@localhost", "0.0.0.0"])
async def test_another_host_reaches_no_function(
    kind: EndpointKind, host: str, signed_cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        reply = await http.request(method, address(signed_cloud, kind), headers={"host": host})

        assert reply.status_code == 403
        assert reply.headers["x-amzn-errortype"] == "ForbiddenException"
        expected = f"Forbidden: Host is {host!r}, expected an address of loopback"
        assert reply.json() == {"message": expected}


async def test_an_open_url_refuses_another_host_too(
    signed_cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    open_url = [one.url for one in signed_cloud.endpoints if one.name == "Words" and not one.iam]
    for at in open_url:
        assert (await http.get(at, headers={"host": "rebound.example"})).status_code == 403


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [
        ("1.1", ["localhost", "localhost"], 400),
        ("1.1", ["localhost", "evil.example"], 400),
        ("1.1", [], 400),
        ("1.0", [], 201),  # no browser
        ("1.0", ["evil.example"], 403),
    ],
)
async def test_there_is_one_host(
    version: str, hosts: list[str], status: int, signed_cloud: LocalCloud
) -> None:
    at = httpx.URL(address(signed_cloud, EndpointKind.FUNCTION_URL))
    reader, writer = await asyncio.open_connection(at.host, at.port)
    lines = [f"GET {at.path} HTTP/{version}", *(f"Host: {host}" for host in hosts), "", ""]
    writer.write("\r\n".join(lines).encode())
    first = await reader.readline()
    writer.close()

    assert int(first.split()[1]) == status


# What a browser sends with a request of a page that is not the endpoint's own.
OTHER_PAGES: dict[str, dict[str, str]] = {
    "a form": {"origin": "https://evil.example", "content-type": "text/plain"},
    "a form of a file": {"origin": "null", "content-type": "text/plain"},
    "a script": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another port": {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
    "an image": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    "an old browser": {"referer": "https://evil.example/page"},
    "an unknown site": {"sec-fetch-site": "new-value"},
    "a broken referrer": {"referer": "http://["},
}


@pytest.mark.parametrize("kind", EndpointKind)
@pytest.mark.parametrize("page", OTHER_PAGES)
async def test_another_page_must_sign(
    kind: EndpointKind, page: str, signed_cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    reply = await http.post(
        address(signed_cloud, kind), content=b'{"do": "words"}', headers=OTHER_PAGES[page]
    )

    assert reply.status_code == 403
    if kind is EndpointKind.HTTP_API:
        assert reply.json() == {"message": "Forbidden"}
    else:
        assert reply.headers["x-amzn-errortype"] in {
            "MissingAuthenticationTokenException",
            "AccessDeniedException",
        }


@pytest.mark.parametrize("kind", EndpointKind)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"origin": "{own}", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"referer": "{own}/page"},
    ],
)
async def test_programs_and_its_own_page_need_not_sign(
    kind: EndpointKind,
    headers: dict[str, str],
    signed_cloud: LocalCloud,
    http: httpx.AsyncClient,
) -> None:
    at = address(signed_cloud, kind)
    own = f"http://{httpx.URL(at).netloc.decode()}"
    sent = {name: value.replace("{own}", own) for name, value in headers.items()}
    reply = await http.post(at, content=b'{"do": "words"}', headers=sent)

    assert "one two" in reply.text


@pytest.mark.parametrize(
    ("credentials", "in_query", "accepted"),
    [
        (SECRET, False, True),
        (SECRET, True, True),
        (LOCAL, False, True),  # a preflight came before it, and was granted
        (LOCAL, True, False),  # any page can make this without one
        (Credentials("local", "wrong"), True, False),
        (Credentials("local", "wrong"), False, False),
    ],
)
@pytest.mark.parametrize(
    ("kind", "service"),
    [(EndpointKind.FUNCTION_URL, "lambda"), (EndpointKind.REST_API, "execute-api")],
)
async def test_a_signature_of_another_page(
    kind: EndpointKind,
    service: str,
    credentials: Credentials,
    in_query: bool,
    accepted: bool,
    signed_cloud: LocalCloud,
    http: httpx.AsyncClient,
) -> None:
    request = AWSRequest(method="GET", url=address(signed_cloud, kind))
    signer = SigV4QueryAuth if in_query else SigV4Auth
    signer(credentials, service, "us-east-1").add_auth(request)
    headers = {**dict(request.headers), "origin": "https://app.example"}
    reply = await http.get(request.url, headers=headers)

    assert (reply.status_code == 403) is not accepted


async def test_an_open_url_with_cors_serves_pages(
    signed_cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    kind = EndpointKind.FUNCTION_URL
    [at] = [one.url for one in signed_cloud.endpoints if one.kind is kind and not one.iam]
    origin = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
    preflight = await http.options(at, headers={**origin, "access-control-request-method": "GET"})
    reply = await http.get(f"{at}words", headers=origin)

    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert reply.headers["access-control-allow-origin"] == "https://app.example"
    assert reply.text == "one two"


async def test_a_refusal_is_logged_once(
    signed_cloud: LocalCloud, http: httpx.AsyncClient, said: LogLines
) -> None:
    for _ in range(3):
        at = address(signed_cloud, EndpointKind.FUNCTION_URL)
        await http.get(at, headers={b"origin": b"https://evil.example/\x9b"})

    told = [text for name, text in said if name == "Words" and "web page" in text]
    assert len(told) == 1
    assert told[0].startswith(
        "function-url refuses a request that a web page of another origin sends unsigned: "
    )


@pytest.mark.parametrize("value", ["", "null", "https://localhost.evil", "http://localhost:1"])
def test_one_foreign_header_among_several_is_enough(value: str) -> None:
    own = ("origin", "http://localhost")
    assert describe_other_page([("host", "localhost"), own]) is None
    assert describe_other_page([("host", "localhost"), own, ("origin", value)])
