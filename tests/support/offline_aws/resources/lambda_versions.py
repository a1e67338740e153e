"""AWS::Lambda::Version and Alias. moto's version has no id, and its CloudFormation has no alias.

An alias's ProvisionedConcurrencyConfig is ignored.
"""

from tests.support.offline_aws.resources.lambda_functions import backend
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)


def create_version(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    description = properties.get("Description", "")
    version = backend(account).publish_version(properties["FunctionName"], description)
    if version is None:
        raise LookupError(f"there is no function {properties['FunctionName']}")
    attributes = {"Version": str(version.version), "FunctionArn": version.function_arn}
    return ReturnValues(ref=version.function_arn, attributes=attributes)


def delete_version(account: AccountRegion, arn: str, _: Properties) -> None:
    backend(account).delete_function(arn, arn.rpartition(":")[2])


def create_alias(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    alias = backend(account).create_alias(**_alias_arguments(properties))
    return ReturnValues(ref=alias.arn, attributes={"AliasArn": alias.arn})


def update_alias(account: AccountRegion, _: str, properties: Properties) -> None:
    backend(account).update_alias(**_alias_arguments(properties))


def delete_alias(account: AccountRegion, _: str, properties: Properties) -> None:
    backend(account).delete_alias(properties["Name"], properties["FunctionName"])


def _alias_arguments(properties: Properties) -> Properties:
    return {
        "name": properties["Name"],
        "function_name": properties["FunctionName"],
        "function_version": properties["FunctionVersion"],
        "description": properties.get("Description", ""),
        "routing_config": properties.get("RoutingConfig"),
    }


VERSION = ResourceType(create=create_version, delete=delete_version)
ALIAS = ResourceType(create=create_alias, update=update_alias, delete=delete_alias)
