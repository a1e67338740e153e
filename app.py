"""The CDK app: its stack, and what checks it. It needs neither a network nor an account."""

import sys

from streambda.node import use_bundled_node

use_bundled_node()  # before aws_cdk: Node.js is started when that is imported

import aws_cdk as cdk  # noqa: E402
from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: E402

from stacks.streaming_stack import StreamingStack  # noqa: E402
from streambda.layer import LayerError  # noqa: E402

# Findings of cdk-nag that are accepted, and why.
ACKNOWLEDGED = {
    "AwsSolutions-COG4": "callers sign with IAM credentials; there is no user pool to ask",
    "AwsSolutions-APIG3": "a web ACL is billed; whether to have one is the account owner's choice",
    "AwsSolutions-APIG6": "execution logs repeat the access log and may hold request bodies",
    "Serverless-LambdaTracing": "traces are billed: StreamingFunction(tracing=Tracing.ACTIVE)",
    "Serverless-APIGWXrayEnabled": "traces are billed: StreamingRestApi(tracing_enabled=True)",
    "Serverless-LambdaDLQ": "the functions are called synchronously; nobody reads a stream later",
    # Raised only with the context value api_gateway_logs_role=create.
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs]": "the one policy API Gateway accepts here",
}


def main() -> int:
    app = cdk.App()
    add_checks(app)
    try:
        StreamingStack(app, "Streambda")
    except (ValueError, LayerError) as error:
        # The user can correct these: one line, without a traceback.
        sys.stderr.write(f"streambda: error: {error}\n")
        return 1
    app.synth()
    return 0


def add_checks(app: cdk.App) -> None:
    """Let cdk-nag check every stack: a finding that is not acknowledged fails `cdk synth`."""
    checks = cdk.Validations.of(app)
    checks.add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    for finding, reason in ACKNOWLEDGED.items():
        checks.acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


if __name__ == "__main__":
    sys.exit(main())
