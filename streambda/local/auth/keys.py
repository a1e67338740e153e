"""The access keys that may sign requests, and whose signature a request has. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from streambda.local.auth.signature import Scope, SignableRequest, UnknownKey, read_signature
from streambda.local.auth.sigv4 import check_signature
from streambda.local.model.constants import DUMMY_CREDENTIALS
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.identity import Caller
from streambda.local.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A key that may sign requests."""

    id: str
    secret: str
    tokens: frozenset[str | None] = frozenset({None})  # session tokens that go with it

    @classmethod
    def parse(cls, text: str) -> "AccessKey":
        """ID:SECRET, or ID:SECRET:TOKEN for temporary credentials. Raises `LocalCloudError`."""
        parts = text.split(":", 2)
        if len(parts) < 2 or not all(parts):
            # The text is not shown: it may be a secret.
            raise LocalCloudError("--key: expected ID:SECRET or ID:SECRET:TOKEN")
        token = parts[2] if len(parts) == 3 else None
        return cls(id=parts[0], secret=parts[1], tokens=frozenset({token}))


HERE = Place()

# The credentials that a function has here, with their session token and without.
LOCAL_KEY = AccessKey(
    id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
    secret=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    tokens=frozenset({None, DUMMY_CREDENTIALS["AWS_SESSION_TOKEN"]}),
)


class Keyring:
    """Knows secrets by key id; a later key replaces an earlier one of the same id."""

    def __init__(self, keys: Iterable[AccessKey]) -> None:
        self._keys: Mapping[str, AccessKey] = MappingProxyType({key.id: key for key in keys})

    def identify(
        self,
        request: SignableRequest,
        service: str,
        now: datetime,
        places: Sequence[Place] = (HERE,),
    ) -> Caller:
        """Who signed. Raises `SignatureError`.

        `places` are those of the functions behind the endpoint: a signature is for one of them.
        """
        signature = read_signature(request)
        key = self._keys.get(signature.key_id)
        if key is None or signature.token not in key.tokens:
            raise UnknownKey("The security token included in the request is invalid.")
        signed = (place for place in places if place.region == signature.scope.region)
        place = next(signed, places[0])
        scope = Scope(date="", region=place.region, service=service)
        check_signature(request, signature, key.secret, place=scope, now=now)
        return Caller(access_key=key.id, place=place)
