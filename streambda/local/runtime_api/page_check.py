"""Refuses web pages. No I/O.

Every tab of a browser can connect to loopback, by way of a name that resolves to it (DNS rebinding)
or with a form: it would take a function's events, answer in its name, or end its init phase.
Runtimes send no header that tells of a page, and a `Host` that is loopback, or any word: names that
the world can register have a dot.
"""

from collections.abc import Mapping

from streambda.local.http.web_pages import describe_other_page, is_own_host
from streambda.local.runtime_api.errors import RuntimeApiError


def check_page(headers: Mapping[str, str]) -> None:
    """Args: `headers` have lower-case names. Raises `RuntimeApiError`."""
    host = headers.get("host", "")
    if "." in host and not is_own_host(host):
        raise _refusal(f"Host is {host!r}, expected an address of loopback")
    if page := describe_other_page(headers.items()):
        raise _refusal(page)


def _refusal(reason: str) -> RuntimeApiError:
    return RuntimeApiError(403, "AccessDenied", f"no web page may use the Runtime API: {reason}")
