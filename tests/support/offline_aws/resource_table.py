"""Which type of resource is made by what; a type that is in no table fails its stack."""

from collections.abc import Mapping

from moto.cloudformation import parsing

from tests.support.offline_aws import (
    api_parts,
    functions,
    layers,
    log_groups,
    methods,
    permissions,
    rest_apis,
    roles,
    stages,
    urls,
    versions,
    web_acls,
)
from tests.support.offline_aws.resource_types import ResourceType

MADE_HERE: Mapping[str, ResourceType] = {
    "AWS::ApiGateway::Account": api_parts.ACCOUNT,
    "AWS::ApiGateway::ApiKey": api_parts.API_KEY,
    "AWS::ApiGateway::Authorizer": api_parts.AUTHORIZER,
    "AWS::ApiGateway::Deployment": stages.DEPLOYMENT,
    "AWS::ApiGateway::GatewayResponse": api_parts.GATEWAY_RESPONSE,
    "AWS::ApiGateway::Method": methods.METHOD,
    "AWS::ApiGateway::Model": api_parts.MODEL,
    "AWS::ApiGateway::RequestValidator": api_parts.VALIDATOR,
    "AWS::ApiGateway::Resource": rest_apis.RESOURCE,
    "AWS::ApiGateway::RestApi": rest_apis.REST_API,
    "AWS::ApiGateway::Stage": stages.STAGE,
    "AWS::ApiGateway::UsagePlan": api_parts.USAGE_PLAN,
    "AWS::ApiGateway::UsagePlanKey": api_parts.USAGE_PLAN_KEY,
    "AWS::IAM::Role": roles.ROLE,
    "AWS::Lambda::Alias": versions.ALIAS,
    "AWS::Lambda::Function": functions.FUNCTION,
    "AWS::Lambda::LayerVersion": layers.LAYER_VERSION,
    "AWS::Lambda::Permission": permissions.PERMISSION,
    "AWS::Lambda::Url": urls.URL,
    "AWS::Lambda::Version": versions.VERSION,
    "AWS::Logs::LogGroup": log_groups.LOG_GROUP,
    "AWS::WAFv2::WebACL": web_acls.WEB_ACL,
    "AWS::WAFv2::WebACLAssociation": web_acls.WEB_ACL_ASSOCIATION,
}


def install() -> None:
    """Puts the table before moto's own, which has IAM policies, buckets and SSM parameters."""
    # The map is cached, so that what is put into it stays; other types keep moto's model.
    parsing.get_model_map().update(MADE_HERE)  # type: ignore[arg-type]
