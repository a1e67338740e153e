"""What a developer chooses for the endpoints of a cloud: auth, limits and faults."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.local.auth.guard import AuthMode
from streambda.local.auth.jwks import KeySet
from streambda.local.auth.keys import LOCAL_KEY, AccessKey
from streambda.local.faults.faults import Faults, read_faults
from streambda.local.http.web_pages import is_loopback
from streambda.local.limits.limits import Limits
from streambda.local.model.errors import LocalCloudError


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointOptions:
    """What a developer chooses for the endpoints of a cloud.

    Args:
        auth: Whether a request that AWS would refuse is accepted with a warning, or refused.
        keys: Access keys that are valid for requests, besides the key of the local functions.
        jwks: The keys of Cognito user pools; without them no token can be checked.
        limits: What a request and a response may be; AWS's limits by default.
        faults: By the kind of endpoint.
    """

    auth: AuthMode = AuthMode.WARN
    keys: tuple[AccessKey, ...] = ()
    jwks: KeySet | None = None
    limits: Limits = field(default_factory=Limits)
    faults: Mapping[str, Faults] = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        *,
        auth: str,
        keys: Iterable[str],
        jwks: str | None,
        no_limits: bool,
        limits: Iterable[str],
        faults: Iterable[str],
    ) -> "EndpointOptions":
        """From the options of a command line. Raises `LocalCloudError`."""
        if auth not in tuple(AuthMode):
            raise LocalCloudError(f"--auth is {auth!r}, expected {' or '.join(AuthMode)}")
        return cls(
            auth=AuthMode(auth),
            keys=tuple(AccessKey.parse(one) for one in keys),
            jwks=KeySet.read(Path(jwks)) if jwks else None,
            limits=(Limits.none() if no_limits else Limits()).change(limits),
            faults=read_faults(faults),
        )

    def check_host(self, host: str) -> None:
        """Raises `LocalCloudError` if other machines could call unsigned."""
        if self.auth is not AuthMode.ENFORCE and not is_loopback(host):
            raise LocalCloudError(
                f"other machines can connect to host {host!r}: this needs --auth enforce"
            )

    def known_keys(self, host: str) -> tuple[AccessKey, ...]:
        """The keys that may sign requests to `host`."""
        # The key of functions is the same everywhere, and so not a secret from other machines.
        return (LOCAL_KEY, *self.keys) if is_loopback(host) else self.keys
