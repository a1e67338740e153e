"""The guard of one endpoint: refuses what AWS would refuse, or accepts it with a warning."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum

from streambda.local.auth.jwks import KeySet
from streambda.local.auth.keys import LOCAL_KEY, AccessKey, Keyring
from streambda.local.auth.signature import SignableRequest, SignatureError
from streambda.local.http.request import HttpRequest
from streambda.local.model.identity import Caller

Log = Callable[[str], None]


class AuthMode(StrEnum):
    WARN = "warn"  # a request that AWS would refuse is accepted; the first one is logged
    ENFORCE = "enforce"  # it is refused


class Guard:
    """Args: `clock` gives seconds since 1970."""

    def __init__(
        self,
        mode: AuthMode = AuthMode.WARN,
        keys: Iterable[AccessKey] = (LOCAL_KEY,),
        jwks: KeySet | None = None,
        log: Log = lambda line: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.jwks = jwks
        self.clock = clock
        self._mode = mode
        self._keyring = Keyring(keys)
        self._log = log
        self._warned = False

    def identify_signer(self, request: HttpRequest, service: str) -> Caller | None:
        """Who signed; None for an unsigned request that is accepted. Raises `SignatureError`."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        try:
            return self._keyring.identify(to_signable(request), service, now)
        except SignatureError as error:
            if self.refuses(str(error)):
                raise
            return None

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


def to_signable(request: HttpRequest) -> SignableRequest:
    return SignableRequest(
        method=request.method,
        raw_path=request.raw_path,
        query=request.query,
        headers=request.headers,
        body=request.body,
    )
