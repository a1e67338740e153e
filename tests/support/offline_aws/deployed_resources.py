"""Reads back what a deployment has created: functions with their code, and an API's routes."""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.support.offline_aws.server import OfflineAws


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedFunction:
    """A function as AWS has it; the structures are those of AWS's API."""

    configuration: Mapping[str, Any]
    code: bytes
    layers: tuple[bytes, ...]
    url: Mapping[str, Any] | None
    statements: tuple[Mapping[str, Any], ...]  # of all policies that its role has
    log_group: Mapping[str, Any]

    @property
    def layer_arns(self) -> list[str]:
        return [layer["Arn"] for layer in self.configuration["Layers"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedApi:
    """A REST API as AWS has it; the structures are those of AWS's API."""

    endpoint_types: tuple[str, ...]
    stage: Mapping[str, Any]
    deployments: tuple[str, ...]
    integrations: Mapping[tuple[str, str], Mapping[str, Any]]  # by method and path


def read_function(aws: OfflineAws, name: str) -> DeployedFunction:
    """Reads the function `name`, its code, its layers and what belongs to it."""
    with aws.client("lambda") as lambda_:
        answer = lambda_.get_function(FunctionName=name)
        configuration = answer["Configuration"]
        arns = [layer["Arn"] for layer in configuration["Layers"]]
        layers = [_read_layer(lambda_, arn) for arn in arns]
        url = _read_url(lambda_, name)
    return DeployedFunction(
        configuration=configuration,
        code=download(answer["Code"]["Location"]),
        layers=tuple(download(layer["Content"]["Location"]) for layer in layers),
        url=url,
        statements=_read_statements(aws, configuration["Role"].rpartition("/")[2]),
        log_group=_read_log_group(aws, configuration["LoggingConfig"]["LogGroup"]),
    )


def read_api(aws: OfflineAws) -> DeployedApi:
    """Reads the only REST API that AWS has."""
    with aws.client("apigateway") as gateway:
        [api] = gateway.get_rest_apis()["items"]
        id = {"restApiId": api["id"]}
        [stage] = gateway.get_stages(**id)["item"]
        resources = gateway.get_resources(**id)["items"]
        integrations = {
            (method, resource["path"]): gateway.get_integration(
                **id, resourceId=resource["id"], httpMethod=method
            )
            for resource in resources
            for method in resource.get("resourceMethods", {})
        }
        deployments = tuple(item["id"] for item in gateway.get_deployments(**id)["items"])
    return DeployedApi(
        endpoint_types=tuple(api["endpointConfiguration"]["types"]),
        stage=stage,
        deployments=deployments,
        integrations=integrations,
    )


def download(location: str) -> bytes:
    """Downloads without the proxy that the environment may name."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(location, timeout=20) as answer:
        content: bytes = answer.read()
    return content


def _read_layer(lambda_: Any, arn: str) -> Mapping[str, Any]:
    name, _, version = arn.rpartition(":")  # moto has no GetLayerVersionByArn
    layer: Mapping[str, Any] = lambda_.get_layer_version(LayerName=name, VersionNumber=int(version))
    return layer


def _read_url(lambda_: Any, name: str) -> Mapping[str, Any] | None:
    try:
        url: Mapping[str, Any] = lambda_.get_function_url_config(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return url


def _read_statements(aws: OfflineAws, role: str) -> tuple[Mapping[str, Any], ...]:
    with aws.client("iam") as iam:
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=role, PolicyName=name) for name in names]
        documents = [policy["PolicyDocument"] for policy in policies]
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        for policy in attached:
            arn = policy["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            documents.append(answer["PolicyVersion"]["Document"])
    return tuple(statement for document in documents for statement in document["Statement"])


def _read_log_group(aws: OfflineAws, name: str) -> Mapping[str, Any]:
    with aws.client("logs") as logs:
        [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    log_group: Mapping[str, Any] = group
    return log_group
