"""Where a stack is deployed: an account, a region, and the partition that follows. No I/O."""

from dataclasses import dataclass
from functools import lru_cache

from streambda.local.model.constants import ACCOUNT_ID, REGION

# Starts of regions outside of the partition "aws", from botocore's list of endpoints: the
# partition's name, and what its domains end with.
PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}
DEFAULT_PARTITION = ("aws", "amazonaws.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and a region; without either, those that the local cloud makes up."""

    region: str = REGION
    account_id: str = ACCOUNT_ID

    @property
    def partition(self) -> str:
        return _partition(self.region)[0]

    @property
    def url_suffix(self) -> str:
        return _partition(self.region)[1]

    def arn(self, service: str, resource: str) -> str:
        """As "arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE"."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """As "arn:aws:iam::ACCOUNT:RESOURCE": IAM has no regions."""
        return f"arn:{self.partition}:iam::{self.account_id}:{resource}"


@lru_cache(maxsize=64)  # each invocation has an ARN
def _partition(region: str) -> tuple[str, str]:
    found = (value for start, value in PARTITIONS.items() if region.startswith(start))
    return next(found, DEFAULT_PARTITION)
