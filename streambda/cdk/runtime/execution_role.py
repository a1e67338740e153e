"""The execution role of a function: it may write to its own log group, and nothing else."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.interfaces.aws_logs import ILogGroupRef
from constructs import Construct

# A function in a VPC makes its network interfaces itself; EC2 knows no narrower resource for it.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
NETWORK_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
# What the CDK adds where a function is traced; X-Ray has no narrower resource for these either.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


def make_execution_role(scope: Construct, *, in_vpc: bool) -> iam.Role:
    """Make the role of a function; the CDK adds what tracing and other options need."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    if in_vpc:
        role.add_to_policy(iam.PolicyStatement(actions=list(NETWORK_INTERFACES), resources=["*"]))
    return role


def let_write_logs(role: iam.IRole, log_group: ILogGroupRef) -> None:
    """Let `role` write to `log_group`: logs:CreateLogStream and logs:PutLogEvents.

    AWSLambdaBasicExecutionRole would allow the logs of every function, and new log groups, to which
    no retention applies.
    """
    logs.LogGroupGrants.from_log_group(log_group).write(role)
