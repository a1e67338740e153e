"""Names that AWS gives, and that are made up on this machine: one account, one region, one version."""

from collections.abc import Mapping
from types import MappingProxyType

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
VERSION = "$LATEST"

# What a function finds as its own credentials where the developer has given none.
DUMMY_CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
    }
)
