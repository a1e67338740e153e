"""AWS::Lambda::Version and Alias: moto's version has no id, and of aliases it knows none.

Of an alias ProvisionedConcurrencyConfig is not kept.
"""

from tests.support.offline_aws.functions import backend
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType


def create_version(place: Place, _: str, properties: Properties) -> Identity:
    description = properties.get("Description", "")
    version = backend(place).publish_version(properties["FunctionName"], description)
    if version is None:
        raise LookupError(f"there is no function {properties['FunctionName']}")
    attributes = {"Version": str(version.version), "FunctionArn": version.function_arn}
    return Identity(id=version.function_arn, attributes=attributes)


def delete_version(place: Place, arn: str, _: Properties) -> None:
    backend(place).delete_function(arn, arn.rpartition(":")[2])


def create_alias(place: Place, _: str, properties: Properties) -> Identity:
    alias = backend(place).create_alias(**_alias(properties))
    return Identity(id=alias.arn, attributes={"AliasArn": alias.arn})


def update_alias(place: Place, _: str, properties: Properties) -> None:
    backend(place).update_alias(**_alias(properties))


def delete_alias(place: Place, _: str, properties: Properties) -> None:
    backend(place).delete_alias(properties["Name"], properties["FunctionName"])


def _alias(properties: Properties) -> Properties:
    return {
        "name": properties["Name"],
        "function_name": properties["FunctionName"],
        "function_version": properties["FunctionVersion"],
        "description": properties.get("Description", ""),
        "routing_config": properties.get("RoutingConfig"),
    }


VERSION = ResourceType(create=create_version, delete=delete_version)
ALIAS = ResourceType(create=create_alias, update=update_alias, delete=delete_alias)
