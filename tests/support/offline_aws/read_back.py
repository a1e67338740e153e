"""What a deployment has made, asked of AWS: functions with their code, and an API's routes."""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.support.offline_aws.server import OfflineAws


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedFunction:
    configuration: Mapping[str, Any]
    code: bytes
    layers: tuple[bytes, ...]
    url: Mapping[str, Any] | None
    statements: tuple[Mapping[str, Any], ...]  # of all policies of its role
    log_group: Mapping[str, Any]

    @property
    def layer_arns(self) -> list[str]:
        return [layer["Arn"] for layer in self.configuration["Layers"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedApi:
    endpoint_types: tuple[str, ...]
    stage: Mapping[str, Any]
    deployments: tuple[str, ...]
    integrations: Mapping[tuple[str, str], Mapping[str, Any]]  # by method and path


def read_function(aws: OfflineAws, name: str) -> DeployedFunction:
    with aws.client("lambda") as lambda_:
        found = lambda_.get_function(FunctionName=name)
        configuration = found["Configuration"]
        arns = [layer["Arn"] for layer in configuration["Layers"]]
        layers = [_layer(lambda_, arn) for arn in arns]
        url = _url(lambda_, name)
    return DeployedFunction(
        configuration=configuration,
        code=download(found["Code"]["Location"]),
        layers=tuple(download(layer["Content"]["Location"]) for layer in layers),
        url=url,
        statements=_statements(aws, configuration["Role"].rpartition("/")[2]),
        log_group=_log_group(aws, configuration["LoggingConfig"]["LogGroup"]),
    )


def read_api(aws: OfflineAws) -> DeployedApi:
    """The only API that there is."""
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
        deployments = tuple(found["id"] for found in gateway.get_deployments(**id)["items"])
    return DeployedApi(
        endpoint_types=tuple(api["endpointConfiguration"]["types"]),
        stage=stage,
        deployments=deployments,
        integrations=integrations,
    )


def download(location: str) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(location, timeout=20) as answer:
        content: bytes = answer.read()
    return content


def _layer(lambda_: Any, arn: str) -> Mapping[str, Any]:
    name, _, version = arn.rpartition(":")  # moto has no GetLayerVersionByArn
    found: Mapping[str, Any] = lambda_.get_layer_version(LayerName=name, VersionNumber=int(version))
    return found


def _url(lambda_: Any, name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = lambda_.get_function_url_config(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found


def _statements(aws: OfflineAws, role: str) -> tuple[Mapping[str, Any], ...]:
    with aws.client("iam") as iam:
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policies = [iam.get_role_policy(RoleName=role, PolicyName=name) for name in names]
        documents = [policy["PolicyDocument"] for policy in policies]
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        for policy in attached:
            arn = policy["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            documents.append(found["PolicyVersion"]["Document"])
    return tuple(statement for document in documents for statement in document["Statement"])


def _log_group(aws: OfflineAws, name: str) -> Mapping[str, Any]:
    with aws.client("logs") as logs:
        [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found: Mapping[str, Any] = group
    return found
