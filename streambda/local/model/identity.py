"""Who has signed a request, as the function's event names them. No I/O."""

from dataclasses import dataclass

from streambda.local.model.constants import ACCOUNT_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose access key signed; function URLs and REST APIs put it into their events."""

    access_key: str
    account_id: str = ACCOUNT_ID

    @property
    def user_id(self) -> str:
        return "AIDALOCALUSEREXAMPLE1"

    @property
    def user_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:user/{self.access_key}"
