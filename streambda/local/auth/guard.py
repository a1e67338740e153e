"""The guard of one endpoint: refuses what AWS would refuse, or accepts it with a warning."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from streambda.local.auth.jwks import KeySet
from streambda.local.auth.keys import HERE, LOCAL_KEY, AccessKey, Keyring
from streambda.local.auth.signature import SignableRequest, SignatureError, UnknownKey
from streambda.local.http.request import HttpRequest
from streambda.local.http.web_pages import describe_other_page
from streambda.local.model.identity import Caller
from streambda.local.model.one_line import escape_controls
from streambda.local.model.place import Place

Log = Callable[[str], None]


class AuthMode(StrEnum):
    WARN = "warn"  # a request that AWS would refuse is accepted; the first one is logged
    ENFORCE = "enforce"  # it is refused


class Guard:
    """Args:
    places: Those of the functions behind the endpoint; a signature is for one of their regions.
    clock: Gives seconds since 1970.
    """

    def __init__(
        self,
        mode: AuthMode = AuthMode.WARN,
        keys: Iterable[AccessKey] = (LOCAL_KEY,),
        jwks: KeySet | None = None,
        log: Log = lambda line: None,
        clock: Callable[[], float] = time.time,
        places: Sequence[Place] = (HERE,),
    ) -> None:
        self.jwks = jwks
        self.clock = clock
        self._mode = mode
        self._keyring = Keyring(keys)
        self._places = places
        self._log = log
        self._warned = False
        self._told_of_pages = False

    def identify_signer(self, request: HttpRequest, service: str) -> Caller | None:
        """Who signed; None for an unsigned request that is accepted. Raises `SignatureError`.

        A web page of another origin must sign, whatever the mode: else each that is open in a
        browser of this machine could invoke functions.
        """
        now = datetime.fromtimestamp(self.clock(), UTC)
        page = describe_other_page(request.headers)
        try:
            caller = self._keyring.identify(to_signable(request), service, now, self._places)
        except SignatureError as error:
            if page is not None:
                self._log_other_page(page)
                raise
            if self.refuses(str(error)):
                raise
            return None
        if page is not None and is_signed_by_anybody(caller, request):
            self._log_other_page(page)
            raise UnknownKey("The security token included in the request is invalid.")
        return caller

    def refuses(self, reason: str) -> bool:
        """Whether a request that AWS would refuse, for this reason, is refused here too."""
        if self._mode is AuthMode.ENFORCE:
            return True
        if not self._warned:
            self._warned = True
            self._log(
                f"accepts a request that AWS would refuse: {reason} (only the first one is logged; "
                "--auth enforce refuses them)"
            )
        return False

    def _log_other_page(self, page: str) -> None:
        if not self._told_of_pages:
            self._told_of_pages = True
            self._log(
                f"refuses a request that a web page of another origin sends unsigned: "
                f"{escape_controls(page)} (only the first one is logged)"
            )


def is_signed_by_anybody(caller: Caller, request: HttpRequest) -> bool:
    """Whether any page could have signed so: in the query, with the local key, which is public.

    With a signature in a header a browser first asks by a preflight, which only CORS grants.
    """
    return caller.access_key == LOCAL_KEY.id and request.header("authorization") is None


def to_signable(request: HttpRequest) -> SignableRequest:
    return SignableRequest(
        method=request.method,
        raw_path=request.raw_path,
        query=request.query,
        headers=request.headers,
        body=request.body,
    )
