"""AWS::ApiGateway::Method.

moto keeps only the type and the URI of an integration, and fails for MOCK. Here the transfer mode
and the responses are kept too, and a stream that API Gateway would refuse is refused.
"""

from typing import Any

from moto.apigateway.models import Integration

from tests.support.offline_aws.moto_patches import Method, wrap_method
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)
from tests.support.offline_aws.resources.rest_apis import backend

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
STREAMING_TYPES = ("AWS_PROXY", "HTTP_PROXY")
STREAMING_URI = "/response-streaming-invocations"
MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 50, 900_000
TRANSFER_MODE_ATTRIBUTE = "streambda_transfer_mode"


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    integration = properties.get("Integration")
    if integration is not None:
        _check_stream(integration)
    method = (properties["RestApiId"], properties["ResourceId"], properties["HttpMethod"])
    backend(account).put_method(
        *method,
        authorization_type=properties.get("AuthorizationType", "NONE"),
        api_key_required=properties.get("ApiKeyRequired"),
        request_parameters=properties.get("RequestParameters"),
        authorizer_id=properties.get("AuthorizerId"),
        request_validator_id=properties.get("RequestValidatorId"),
    )
    for response in properties.get("MethodResponses", []):
        models, parameters = response.get("ResponseModels"), response.get("ResponseParameters")
        backend(account).put_method_response(*method, response["StatusCode"], models, parameters)
    if integration is not None:
        _put_integration(account, method, integration)
    return ReturnValues(ref=name)


def update(account: AccountRegion, name: str, properties: Properties) -> None:
    create(account, name, properties)


def delete(account: AccountRegion, _: str, properties: Properties) -> None:
    method = (properties["RestApiId"], properties["ResourceId"], properties["HttpMethod"])
    backend(account).delete_method(*method)


def _put_integration(
    account: AccountRegion, method: tuple[str, str, str], given: Properties
) -> None:
    integration = backend(account).put_integration(
        *method,
        integration_type=given["Type"],
        uri=given.get("Uri", ""),
        integration_method=given.get("IntegrationHttpMethod", ""),
        credentials=given.get("Credentials"),
        request_templates=given.get("RequestTemplates"),
        passthrough_behavior=given.get("PassthroughBehavior"),
        timeout_in_millis=given.get("TimeoutInMillis", 29_000),
        request_parameters=given.get("RequestParameters"),
    )
    vars(integration)[TRANSFER_MODE_ATTRIBUTE] = given.get("ResponseTransferMode", "BUFFERED")
    for response in given.get("IntegrationResponses", []):
        integration.create_integration_response(
            response["StatusCode"],
            response.get("SelectionPattern", ""),
            response.get("ResponseTemplates", {}),
            response.get("ResponseParameters", {}),
        )


def _check_stream(given: Properties) -> None:
    if given.get("ResponseTransferMode") != "STREAM":
        return
    if given["Type"] not in STREAMING_TYPES:
        raise ValueError(f"{given['Type']} cannot stream; only {' and '.join(STREAMING_TYPES)} can")
    if given["Type"] == "AWS_PROXY" and not given["Uri"].endswith(STREAMING_URI):
        raise ValueError(f"{given['Uri']} does not stream; expected {STREAMING_URI} at its end")
    timeout = given.get("TimeoutInMillis", MIN_TIMEOUT_MS)
    if not MIN_TIMEOUT_MS <= timeout <= MAX_TIMEOUT_MS:
        raise ValueError(
            f"TimeoutInMillis is {timeout}, expected {MIN_TIMEOUT_MS} to {MAX_TIMEOUT_MS}"
        )


def install() -> None:
    wrap_method(Integration, "to_json", _add_transfer_mode)


def _add_transfer_mode(original: Method) -> Method:
    def to_json(self: Integration) -> dict[str, Any]:
        return {
            **original(self),
            "responseTransferMode": vars(self).get(TRANSFER_MODE_ATTRIBUTE, "BUFFERED"),
        }

    return to_json


METHOD = ResourceType(create=create, update=update, delete=delete)
