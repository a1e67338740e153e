"""The smaller types of API Gateway: moto has them all, and its CloudFormation none."""

import json
from typing import Any

from tests.support.offline_aws.resource_types import (
    Identity,
    Place,
    Properties,
    ResourceType,
    camel,
)
from tests.support.offline_aws.rest_apis import backend


def create_validator(place: Place, name: str, properties: Properties) -> Identity:
    made = backend(place).create_request_validator(
        properties["RestApiId"],
        properties.get("Name", name),
        properties.get("ValidateRequestBody", False),
        properties.get("ValidateRequestParameters", False),
    )
    return Identity(id=made.id, attributes={"RequestValidatorId": made.id})


def delete_validator(place: Place, id: str, properties: Properties) -> None:
    backend(place).delete_request_validator(properties["RestApiId"], id)


def create_gateway_response(place: Place, name: str, properties: Properties) -> Identity:
    status: Any = properties.get("StatusCode")  # None: as API Gateway has it
    backend(place).put_gateway_response(
        properties["RestApiId"],
        properties["ResponseType"],
        status,
        properties.get("ResponseParameters"),
        properties.get("ResponseTemplates"),
    )
    return Identity(id=name)


def update_gateway_response(place: Place, name: str, properties: Properties) -> None:
    create_gateway_response(place, name, properties)


def delete_gateway_response(place: Place, _: str, properties: Properties) -> None:
    backend(place).delete_gateway_response(properties["RestApiId"], properties["ResponseType"])


def create_authorizer(place: Place, _: str, properties: Properties) -> Identity:
    made = backend(place).create_authorizer(
        properties["RestApiId"],
        properties["Name"],
        properties["Type"],
        provider_arns=properties.get("ProviderARNs"),
        authorizer_uri=properties.get("AuthorizerUri"),
        authorizer_credentials=properties.get("AuthorizerCredentials"),
        identity_source=properties.get("IdentitySource"),
        authorizer_result_ttl=properties.get("AuthorizerResultTtlInSeconds", 300),
    )
    return Identity(id=made.id or "", attributes={"AuthorizerId": made.id or ""})


def delete_authorizer(place: Place, id: str, properties: Properties) -> None:
    backend(place).delete_authorizer(properties["RestApiId"], id)


def create_usage_plan(place: Place, name: str, properties: Properties) -> Identity:
    made = backend(place).create_usage_plan(
        {
            "name": properties.get("UsagePlanName", name),
            "description": properties.get("Description"),
            "apiStages": camel(properties.get("ApiStages", [])),
            "throttle": camel(properties.get("Throttle", {})),
            "quota": camel(properties.get("Quota", {})),
        }
    )
    return Identity(id=made.id, attributes={"Id": made.id})


def delete_usage_plan(place: Place, id: str, _: Properties) -> None:
    backend(place).delete_usage_plan(id)


def create_api_key(place: Place, name: str, properties: Properties) -> Identity:
    made = backend(place).create_api_key(
        {"name": properties.get("Name", name), "enabled": properties.get("Enabled", False)}
    )
    return Identity(id=made.id, attributes={"APIKeyId": made.id})


def delete_api_key(place: Place, id: str, _: Properties) -> None:
    backend(place).delete_api_key(id)


def create_usage_plan_key(place: Place, _: str, properties: Properties) -> Identity:
    payload = {"keyId": properties["KeyId"], "keyType": properties["KeyType"]}
    backend(place).create_usage_plan_key(properties["UsagePlanId"], payload)
    return Identity(id=f"{properties['KeyId']}:{properties['UsagePlanId']}")


def delete_usage_plan_key(place: Place, _: str, properties: Properties) -> None:
    backend(place).delete_usage_plan_key(properties["UsagePlanId"], properties["KeyId"])


def create_model(place: Place, name: str, properties: Properties) -> Identity:
    made = backend(place).create_model(
        properties["RestApiId"],
        properties.get("Name", name),
        properties.get("ContentType", "application/json"),
        properties.get("Description", ""),
        json.dumps(properties.get("Schema", {})),
    )
    return Identity(id=made.name)


def delete_model(place: Place, name: str, properties: Properties) -> None:
    backend(place).delete_model(properties["RestApiId"], name)


def set_account(place: Place, _: str, properties: Properties) -> Identity:
    backend(place).get_account().cloudwatch_role_arn = properties.get("CloudWatchRoleArn")
    return Identity(id="account")


def leave_account(_: Place, __: str, ___: Properties) -> None:
    """Deleting AWS::ApiGateway::Account changes nothing on AWS either."""


VALIDATOR = ResourceType(create=create_validator, delete=delete_validator)
GATEWAY_RESPONSE = ResourceType(
    create=create_gateway_response, update=update_gateway_response, delete=delete_gateway_response
)
AUTHORIZER = ResourceType(create=create_authorizer, delete=delete_authorizer)
USAGE_PLAN = ResourceType(create=create_usage_plan, delete=delete_usage_plan)
API_KEY = ResourceType(create=create_api_key, delete=delete_api_key)
USAGE_PLAN_KEY = ResourceType(create=create_usage_plan_key, delete=delete_usage_plan_key)
MODEL = ResourceType(create=create_model, delete=delete_model)
ACCOUNT = ResourceType(create=set_account, delete=leave_account)
