"""AWS::ApiGateway::Deployment, without an id in moto, and Stage, which its CloudFormation lacks."""

from typing import Any

from moto.apigateway.models import Stage

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
    to_camel_case,
)
from tests.support.offline_aws.resources.rest_apis import backend

# API Gateway's error if the account has no role for logs; see streambda/cdk/rest_api.py.
NO_LOGS_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


def create_deployment(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    deployment = backend(account).create_deployment(
        properties["RestApiId"], properties.get("StageName", ""), properties.get("Description", "")
    )
    return ReturnValues(ref=deployment.id, attributes={"DeploymentId": deployment.id})


def delete_deployment(account: AccountRegion, id: str, properties: Properties) -> None:
    api = backend(account).get_rest_api(properties["RestApiId"])
    using = [stage.name for stage in api.stages.values() if stage.deployment_id == id]
    if using:
        raise ValueError(f"deployment {id} cannot be deleted: the stages {using} use it")
    api.deployments.pop(id)


def create_stage(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    _check_logs(account, properties)
    name, api = properties["StageName"], properties["RestApiId"]
    stage = backend(account).create_stage(
        api, name, properties["DeploymentId"], tags={}, tracing_enabled=False
    )
    _set_properties(stage, properties)
    return ReturnValues(ref=name)


def update_stage(account: AccountRegion, name: str, properties: Properties) -> None:
    _check_logs(account, properties)
    _set_properties(backend(account).get_stage(properties["RestApiId"], name), properties)


def delete_stage(account: AccountRegion, name: str, properties: Properties) -> None:
    backend(account).delete_stage(properties["RestApiId"], name)


def _check_logs(account: AccountRegion, properties: Properties) -> None:
    logs = "AccessLogSetting" in properties
    if logs and not backend(account).get_account().cloudwatch_role_arn:
        raise PermissionError(NO_LOGS_ROLE)


def _set_properties(stage: Stage, properties: Properties) -> None:
    stage.deployment_id = properties["DeploymentId"]
    stage.access_log_settings = to_camel_case(properties.get("AccessLogSetting"))
    stage.variables = properties.get("Variables", {})
    stage.tracing_enabled = properties.get("TracingEnabled", False)
    stage.method_settings = dict(
        _read_method_setting(it) for it in properties.get("MethodSettings", [])
    )


def _read_method_setting(given: Properties) -> tuple[str, Any]:
    setting = to_camel_case(given)
    path, method = setting.pop("resourcePath"), setting.pop("httpMethod")
    return f"{path.strip('/') or '*'}/{method}", setting


DEPLOYMENT = ResourceType(create=create_deployment, delete=delete_deployment)
STAGE = ResourceType(create=create_stage, update=update_stage, delete=delete_stage)
