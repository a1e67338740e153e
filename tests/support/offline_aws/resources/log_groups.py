"""AWS::Logs::LogGroup. moto cannot change the retention, and its Arn lacks AWS's `:*`."""

from moto.logs.models import LogsBackend, logs_backends

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
    read_tags,
)


def backend(account: AccountRegion) -> LogsBackend:
    return logs_backends[account.account_id][account.region]


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    retention = {"RetentionInDays": properties.get("RetentionInDays")}
    group = backend(account).create_log_group(name, read_tags(properties), **retention)
    return ReturnValues(ref=name, attributes={"Arn": f"{group.arn}:*"})


def update(account: AccountRegion, name: str, properties: Properties) -> None:
    backend(account).put_retention_policy(name, properties["RetentionInDays"])


def delete(account: AccountRegion, name: str, _: Properties) -> None:
    backend(account).delete_log_group(name)


LOG_GROUP = ResourceType(create=create, update=update, delete=delete)
