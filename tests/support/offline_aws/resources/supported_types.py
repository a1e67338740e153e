"""The table of supported types: which module creates which type of resource."""

from collections.abc import Mapping

from moto.cloudformation import parsing

from tests.support.offline_aws.resources import (
    function_urls,
    iam_roles,
    lambda_functions,
    lambda_layers,
    lambda_permissions,
    lambda_versions,
    log_groups,
    rest_api_methods,
    rest_api_parts,
    rest_api_stages,
    rest_apis,
    web_acls,
)
from tests.support.offline_aws.resources.resource_type import ResourceType

SUPPORTED: Mapping[str, ResourceType] = {
    "AWS::ApiGateway::Account": rest_api_parts.ACCOUNT,
    "AWS::ApiGateway::ApiKey": rest_api_parts.API_KEY,
    "AWS::ApiGateway::Authorizer": rest_api_parts.AUTHORIZER,
    "AWS::ApiGateway::Deployment": rest_api_stages.DEPLOYMENT,
    "AWS::ApiGateway::GatewayResponse": rest_api_parts.GATEWAY_RESPONSE,
    "AWS::ApiGateway::Method": rest_api_methods.METHOD,
    "AWS::ApiGateway::Model": rest_api_parts.MODEL,
    "AWS::ApiGateway::RequestValidator": rest_api_parts.VALIDATOR,
    "AWS::ApiGateway::Resource": rest_apis.RESOURCE,
    "AWS::ApiGateway::RestApi": rest_apis.REST_API,
    "AWS::ApiGateway::Stage": rest_api_stages.STAGE,
    "AWS::ApiGateway::UsagePlan": rest_api_parts.USAGE_PLAN,
    "AWS::ApiGateway::UsagePlanKey": rest_api_parts.USAGE_PLAN_KEY,
    "AWS::IAM::Role": iam_roles.ROLE,
    "AWS::Lambda::Alias": lambda_versions.ALIAS,
    "AWS::Lambda::Function": lambda_functions.FUNCTION,
    "AWS::Lambda::LayerVersion": lambda_layers.LAYER_VERSION,
    "AWS::Lambda::Permission": lambda_permissions.PERMISSION,
    "AWS::Lambda::Url": function_urls.URL,
    "AWS::Lambda::Version": lambda_versions.VERSION,
    "AWS::Logs::LogGroup": log_groups.LOG_GROUP,
    "AWS::WAFv2::WebACL": web_acls.WEB_ACL,
    "AWS::WAFv2::WebACLAssociation": web_acls.WEB_ACL_ASSOCIATION,
}


def install() -> None:
    """Adds the types to moto's own, which has IAM policies, buckets and SSM parameters."""
    # moto caches the map, so that the additions stay; other types keep moto's model.
    parsing.get_model_map().update(SUPPORTED)  # type: ignore[arg-type]
