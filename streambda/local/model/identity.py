"""Who has signed a request, as the function's event names them. No I/O."""

from dataclasses import dataclass, field

from streambda.local.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose access key signed; function URLs and REST APIs put it into their events."""

    access_key: str
    place: Place = field(default_factory=Place)

    @property
    def account_id(self) -> str:
        return self.place.account_id

    @property
    def user_id(self) -> str:
        return "AIDALOCALUSEREXAMPLE1"

    @property
    def user_arn(self) -> str:
        return f"arn:{self.place.partition}:iam::{self.account_id}:user/{self.access_key}"
