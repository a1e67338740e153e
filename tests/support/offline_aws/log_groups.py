"""AWS::Logs::LogGroup: moto's keeps its first retention, and its Arn lacks the `:*` of AWS's."""

from moto.logs.models import LogsBackend, logs_backends

from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType, tags


def backend(place: Place) -> LogsBackend:
    return logs_backends[place.account_id][place.region]


def create(place: Place, name: str, properties: Properties) -> Identity:
    retention = {"RetentionInDays": properties.get("RetentionInDays")}
    group = backend(place).create_log_group(name, tags(properties), **retention)
    return Identity(id=name, attributes={"Arn": f"{group.arn}:*"})


def update(place: Place, name: str, properties: Properties) -> None:
    backend(place).put_retention_policy(name, properties["RetentionInDays"])


def delete(place: Place, name: str, _: Properties) -> None:
    backend(place).delete_log_group(name)


LOG_GROUP = ResourceType(create=create, update=update, delete=delete)
