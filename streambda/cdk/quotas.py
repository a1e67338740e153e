"""Limits of AWS that the constructs state or check: each number once, with its source."""

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import IConstruct


@dataclass(frozen=True, slots=True)
class TimeoutRange:
    """The shortest and the longest timeout that a service accepts, in `unit`: "s" or "ms"."""

    minimum: int
    maximum: int
    unit: str

    def check(self, option: str, timeout: cdk.Duration) -> None:
        """Check the value of the option that is called `option`.

        A value that is known only at deployment, such as a CloudFormation parameter, passes.

        Raises:
            ValueError: it is out of range.
        """
        if timeout.is_unresolved():
            return
        value = (
            timeout.to_seconds(integral=False) if self.unit == "s" else timeout.to_milliseconds()
        )
        if not self.minimum <= value <= self.maximum:
            raise ValueError(
                f"{option} is {value:.10g} {self.unit}, "
                f"expected {self.minimum} {self.unit} to {self.maximum} {self.unit}"
            )


# tests/test_service_models.py compares the numbers that AWS's own service models have.

# 30 minutes since November 2026.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_TIMEOUT = TimeoutRange(1, 1_800, "s")
# What aws-cdk-lib 2.275 refuses at synthesis: a timeout of over 15 minutes.
_CDK_TIMEOUT_RULE = "CloudFormation-Validate::E3717"
_CDK_MAXIMUM_TIMEOUT_S = 900

# Above 10,240 MB a function has an accelerator.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LAMBDA_MEMORY_MB = range(128, 32_768 + 1)

# The integration of a method that streams: how long the whole stream may take. It is still half of
# what a function may take.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
REST_API_STREAM_TIMEOUT = TimeoutRange(50, 900_000, "ms")

# What API Gateway takes where a method of a REST API has no timeout.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
REST_API_DEFAULT_TIMEOUT_MS = 29_000

# How long a stream may be silent: through an edge-optimised REST API, and through the others.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
EDGE_IDLE_TIMEOUT_S = 30
REGIONAL_IDLE_TIMEOUT_S = 300

# How long CloudFront waits for the first byte, and between two packets, without a raised quota.
# The stream as a whole may take longer.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html
CLOUDFRONT_READ_TIMEOUT = TimeoutRange(1, 120, "s")

# The largest response that a load balancer takes from a function.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
LOAD_BALANCER_RESPONSE_MB = 1

# https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html (November 2026)
REGIONS_WITHOUT_FUNCTION_URLS = frozenset({
    "ap-east-2", "ap-south-2", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
    "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-2", "il-central-1", "me-central-1",
})  # fmt: skip


def check_memory(memory_size: float) -> None:
    """Check a function's `memory_size`, in MiB.

    A value that is known only at deployment, such as a CloudFormation parameter, passes.

    Raises:
        ValueError: it is out of range.
    """
    if not cdk.Token.is_unresolved(memory_size) and memory_size not in LAMBDA_MEMORY_MB:
        least, most = LAMBDA_MEMORY_MB[0], LAMBDA_MEMORY_MB[-1]
        raise ValueError(
            f"memory_size is {memory_size:.10g} MiB, expected {least} MiB to {most} MiB"
        )


def acknowledge_long_timeout(function: IConstruct, timeout: cdk.Duration) -> None:
    """The CDK's own validation does not know yet that Lambda allows more; this construct does."""
    if timeout.is_unresolved():
        return
    if timeout.to_seconds(integral=False) > _CDK_MAXIMUM_TIMEOUT_S:
        reason = f"Lambda allows {LAMBDA_TIMEOUT.maximum} s since November 2026"
        acknowledgment = cdk.Acknowledgment(id=_CDK_TIMEOUT_RULE, reason=reason)
        cdk.Validations.of(function).acknowledge(acknowledgment)
