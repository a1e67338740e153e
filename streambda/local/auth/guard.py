"""One endpoint's watchman: asks for signatures, and decides what becomes of those who have none."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum

from streambda.local.auth.jwks import KeySet
from streambda.local.auth.keys import LOCAL_KEY, AccessKey, Keyring
from streambda.local.auth.signature import SignableRequest, SignatureError
from streambda.local.http.request import HttpCall
from streambda.local.model.identity import Caller

Log = Callable[[str], None]


class AuthMode(StrEnum):
    WARN = "warn"  # whom AWS would refuse is let in, and told of once
    ENFORCE = "enforce"


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
        self.mode = mode
        self.keyring = Keyring(keys)
        self.jwks = jwks
        self._log = log
        self.clock = clock
        self._warned = False

    def signer(self, call: HttpCall, service: str) -> Caller | None:
        """Who signed; None for an unsigned request let in. Raises `SignatureError`."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        try:
            return self.keyring.caller(signable(call), service, now)
        except SignatureError as error:
            if self.refuses(str(error)):
                raise
            return None

    def refuses(self, reason: str) -> bool:
        """Whether somebody whom AWS would refuse, for this reason, is refused here."""
        if self.mode is AuthMode.ENFORCE:
            return True
        if not self._warned:
            self._warned = True
            self._log(f"let in, AWS would refuse this and the like: {reason} (--auth enforce)")
        return False


def signable(call: HttpCall) -> SignableRequest:
    return SignableRequest(
        method=call.method,
        raw_path=call.raw_path,
        query=call.query,
        headers=call.headers,
        body=call.body,
    )
