"""Who calls, as STS tells it: most tools ask first, to know the account."""

from streambda.local.model.identity import Caller


def describe_caller(caller: Caller) -> dict[str, str]:
    """Shape: GetCallerIdentityResponse in the service model of STS."""
    return {"Arn": caller.user_arn, "UserId": caller.user_id, "Account": caller.account_id}
