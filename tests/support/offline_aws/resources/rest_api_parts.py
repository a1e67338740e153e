"""The smaller types of API Gateway. moto has them all, but its CloudFormation has none."""

import json
from typing import Any

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
    to_camel_case,
)
from tests.support.offline_aws.resources.rest_apis import backend


def create_validator(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    validator = backend(account).create_request_validator(
        properties["RestApiId"],
        properties.get("Name", name),
        properties.get("ValidateRequestBody", False),
        properties.get("ValidateRequestParameters", False),
    )
    return ReturnValues(ref=validator.id, attributes={"RequestValidatorId": validator.id})


def delete_validator(account: AccountRegion, id: str, properties: Properties) -> None:
    backend(account).delete_request_validator(properties["RestApiId"], id)


def create_gateway_response(
    account: AccountRegion, name: str, properties: Properties
) -> ReturnValues:
    status: Any = properties.get("StatusCode")  # None: API Gateway's default
    backend(account).put_gateway_response(
        properties["RestApiId"],
        properties["ResponseType"],
        status,
        properties.get("ResponseParameters"),
        properties.get("ResponseTemplates"),
    )
    return ReturnValues(ref=name)


def update_gateway_response(account: AccountRegion, name: str, properties: Properties) -> None:
    create_gateway_response(account, name, properties)


def delete_gateway_response(account: AccountRegion, _: str, properties: Properties) -> None:
    backend(account).delete_gateway_response(properties["RestApiId"], properties["ResponseType"])


def create_authorizer(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    authorizer = backend(account).create_authorizer(
        properties["RestApiId"],
        properties["Name"],
        properties["Type"],
        provider_arns=properties.get("ProviderARNs"),
        authorizer_uri=properties.get("AuthorizerUri"),
        authorizer_credentials=properties.get("AuthorizerCredentials"),
        identity_source=properties.get("IdentitySource"),
        authorizer_result_ttl=properties.get("AuthorizerResultTtlInSeconds", 300),
    )
    return ReturnValues(ref=authorizer.id or "", attributes={"AuthorizerId": authorizer.id or ""})


def delete_authorizer(account: AccountRegion, id: str, properties: Properties) -> None:
    backend(account).delete_authorizer(properties["RestApiId"], id)


def create_usage_plan(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    plan = backend(account).create_usage_plan(
        {
            "name": properties.get("UsagePlanName", name),
            "description": properties.get("Description"),
            "apiStages": to_camel_case(properties.get("ApiStages", [])),
            "throttle": to_camel_case(properties.get("Throttle", {})),
            "quota": to_camel_case(properties.get("Quota", {})),
        }
    )
    return ReturnValues(ref=plan.id, attributes={"Id": plan.id})


def delete_usage_plan(account: AccountRegion, id: str, _: Properties) -> None:
    backend(account).delete_usage_plan(id)


def create_api_key(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    key = backend(account).create_api_key(
        {"name": properties.get("Name", name), "enabled": properties.get("Enabled", False)}
    )
    return ReturnValues(ref=key.id, attributes={"APIKeyId": key.id})


def delete_api_key(account: AccountRegion, id: str, _: Properties) -> None:
    backend(account).delete_api_key(id)


def create_usage_plan_key(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    payload = {"keyId": properties["KeyId"], "keyType": properties["KeyType"]}
    backend(account).create_usage_plan_key(properties["UsagePlanId"], payload)
    return ReturnValues(ref=f"{properties['KeyId']}:{properties['UsagePlanId']}")


def delete_usage_plan_key(account: AccountRegion, _: str, properties: Properties) -> None:
    backend(account).delete_usage_plan_key(properties["UsagePlanId"], properties["KeyId"])


def create_model(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    model = backend(account).create_model(
        properties["RestApiId"],
        properties.get("Name", name),
        properties.get("ContentType", "application/json"),
        properties.get("Description", ""),
        json.dumps(properties.get("Schema", {})),
    )
    return ReturnValues(ref=model.name)


def delete_model(account: AccountRegion, name: str, properties: Properties) -> None:
    backend(account).delete_model(properties["RestApiId"], name)


def set_account(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    backend(account).get_account().cloudwatch_role_arn = properties.get("CloudWatchRoleArn")
    return ReturnValues(ref="account")


def keep_account(_: AccountRegion, __: str, ___: Properties) -> None:
    """On AWS too, deleting AWS::ApiGateway::Account changes nothing."""


VALIDATOR = ResourceType(create=create_validator, delete=delete_validator)
GATEWAY_RESPONSE = ResourceType(
    create=create_gateway_response, update=update_gateway_response, delete=delete_gateway_response
)
AUTHORIZER = ResourceType(create=create_authorizer, delete=delete_authorizer)
USAGE_PLAN = ResourceType(create=create_usage_plan, delete=delete_usage_plan)
API_KEY = ResourceType(create=create_api_key, delete=delete_api_key)
USAGE_PLAN_KEY = ResourceType(create=create_usage_plan_key, delete=delete_usage_plan_key)
MODEL = ResourceType(create=create_model, delete=delete_model)
ACCOUNT = ResourceType(create=set_account, delete=keep_account)
