"""AWS::ApiGateway::Deployment, which has no id in moto, and Stage, which moto does not know."""

from typing import Any

from moto.apigateway.models import Stage

from tests.support.offline_aws.resource_types import (
    Identity,
    Place,
    Properties,
    ResourceType,
    camel,
)
from tests.support.offline_aws.rest_apis import backend

# What API Gateway says where the account has no role for logs; see rest_api.py of the constructs.
NO_LOGS_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


def create_deployment(place: Place, _: str, properties: Properties) -> Identity:
    made = backend(place).create_deployment(
        properties["RestApiId"], properties.get("StageName", ""), properties.get("Description", "")
    )
    return Identity(id=made.id, attributes={"DeploymentId": made.id})


def delete_deployment(place: Place, id: str, properties: Properties) -> None:
    api = backend(place).get_rest_api(properties["RestApiId"])
    using = [stage.name for stage in api.stages.values() if stage.deployment_id == id]
    if using:
        raise ValueError(f"deployment {id} cannot be deleted, stages point to it: {using}")
    api.deployments.pop(id)


def create_stage(place: Place, _: str, properties: Properties) -> Identity:
    _check_logs(place, properties)
    name, api = properties["StageName"], properties["RestApiId"]
    made = backend(place).create_stage(
        api, name, properties["DeploymentId"], tags={}, tracing_enabled=False
    )
    _set(made, properties)
    return Identity(id=name)


def update_stage(place: Place, name: str, properties: Properties) -> None:
    _check_logs(place, properties)
    _set(backend(place).get_stage(properties["RestApiId"], name), properties)


def delete_stage(place: Place, name: str, properties: Properties) -> None:
    backend(place).delete_stage(properties["RestApiId"], name)


def _check_logs(place: Place, properties: Properties) -> None:
    wanted = "AccessLogSetting" in properties
    if wanted and not backend(place).get_account().cloudwatch_role_arn:
        raise PermissionError(NO_LOGS_ROLE)


def _set(stage: Stage, properties: Properties) -> None:
    stage.deployment_id = properties["DeploymentId"]
    stage.access_log_settings = camel(properties.get("AccessLogSetting"))
    stage.variables = properties.get("Variables", {})
    stage.tracing_enabled = properties.get("TracingEnabled", False)
    stage.method_settings = dict(_method_setting(it) for it in properties.get("MethodSettings", []))


def _method_setting(given: Properties) -> tuple[str, Any]:
    setting = camel(given)
    path, method = setting.pop("resourcePath"), setting.pop("httpMethod")
    return f"{path.strip('/') or '*'}/{method}", setting


DEPLOYMENT = ResourceType(create=create_deployment, delete=delete_deployment)
STAGE = ResourceType(create=create_stage, update=update_stage, delete=delete_stage)
