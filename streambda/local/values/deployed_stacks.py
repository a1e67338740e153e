"""Reads what CloudFormation knows of a deployed stack: `--from-stack`.

With the developer's credentials, through boto3. It needs three permissions:
cloudformation:DescribeStacks, ListStackResources, and ListExports, without which exports of other
stacks stay unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from streambda.local.model.deployed_stack import DeployedResource, DeployedStack
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.place import Place

NESTED = "AWS::CloudFormation::Stack"
# Shown in place of a secret parameter's value.
MASKED = "****"
# Stacks that exist, but were never or are no longer deployed.
NOT_DEPLOYED = frozenset(
    {"DELETE_COMPLETE", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
)
TIMEOUT_S = 10
ATTEMPTS = 3


def read_deployed_stack(name: str, *, profile: str | None, region: str) -> DeployedStack:
    """Raises `LocalCloudError` with one line."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        from streambda.local.values.aws_errors import describe_aws_error
    except ImportError as error:
        raise LocalCloudError(f"--from-stack {name} needs boto3: pip install boto3") from error
    config = Config(
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        with closing(session.client("cloudformation", config=config)) as client:
            return _read(client, name)
    except ClientError as error:
        if "does not exist" in str(error):
            message = f"there is no stack of this name in {region}, in the account of your keys"
            raise LocalCloudError(f"--from-stack {name}: {message}") from error
        raise LocalCloudError(f"--from-stack {name}: {describe_aws_error(error)}") from error
    except (BotoCoreError, KeyError, ResponseParserError, ValueError) as error:
        # The last three where something else than CloudFormation answers.
        raise LocalCloudError(f"--from-stack {name}: {describe_aws_error(error)}") from error


def _read(client: Any, name: str) -> DeployedStack:
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    status = stack["StackStatus"]
    if status in NOT_DEPLOYED:
        raise LocalCloudError(
            f"--from-stack {name}: the stack is {status}, expected a deployed one"
        )
    resources = dict(_list_resources(client, name))
    outputs = stack.get("Outputs", ())
    _, _, _, region, account_id, *_ = stack["StackId"].split(":")
    return DeployedStack(
        name=stack["StackName"],
        stack_id=stack["StackId"],
        place=Place(region=region, account_id=account_id),
        outputs=_read_outputs(outputs),
        parameters=dict(_read_parameters(stack.get("Parameters", ()))),
        resources=resources,
        nested_outputs=dict(_read_nested(client, resources)),
        exports=_list_exports(client, outputs),
    )


def _list_resources(client: Any, name: str) -> Iterator[tuple[str, DeployedResource]]:
    for page in client.get_paginator("list_stack_resources").paginate(StackName=name):
        for one in page["StackResourceSummaries"]:
            # One that failed or is gone has no name.
            if one.get("PhysicalResourceId") and one.get("ResourceStatus") != "DELETE_COMPLETE":
                yield (
                    one["LogicalResourceId"],
                    DeployedResource(
                        type=one["ResourceType"], physical_id=one["PhysicalResourceId"]
                    ),
                )


def _read_outputs(outputs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in outputs}


def _read_parameters(parameters: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for one in parameters:
        # What came from Systems Manager has its name as the value, and the value apart.
        value = one.get("ResolvedValue", one.get("ParameterValue"))
        if value is not None and value != MASKED:
            yield one["ParameterKey"], value


def _read_nested(
    client: Any, resources: Mapping[str, DeployedResource]
) -> Iterator[tuple[str, str]]:
    for name, resource in resources.items():
        if resource.type == NESTED:
            [stack] = client.describe_stacks(StackName=resource.physical_id)["Stacks"]
            for key, value in _read_outputs(stack.get("Outputs", ())).items():
                yield f"{name}.Outputs.{key}", value


def _list_exports(client: Any, outputs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Of all stacks in the region, or of this one if no more may be read."""
    from botocore.exceptions import ClientError

    own = {one["ExportName"]: one["OutputValue"] for one in outputs if "ExportName" in one}
    try:
        pages = client.get_paginator("list_exports").paginate()
        return own | {one["Name"]: one["Value"] for page in pages for one in page["Exports"]}
    except ClientError as error:
        if "AccessDenied" in error.response.get("Error", {}).get("Code", ""):
            return own
        raise
