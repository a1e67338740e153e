"""AWS::ApiGateway::Method: of an integration moto keeps the type and the URI, and fails for MOCK.

Here everything is kept that says how a response comes back, and a stream that API Gateway would
refuse is refused.
"""

from typing import Any

from moto.apigateway.models import Integration

from tests.support.offline_aws.patches import Method, wrap
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType
from tests.support.offline_aws.rest_apis import backend

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
STREAMING_TYPES = ("AWS_PROXY", "HTTP_PROXY")
STREAMING_URI = "/response-streaming-invocations"
MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 50, 900_000
KEPT = "streambda_transfer_mode"


def create(place: Place, name: str, properties: Properties) -> Identity:
    integration = properties.get("Integration")
    if integration is not None:
        _check_stream(integration)
    where = (properties["RestApiId"], properties["ResourceId"], properties["HttpMethod"])
    backend(place).put_method(
        *where,
        authorization_type=properties.get("AuthorizationType", "NONE"),
        api_key_required=properties.get("ApiKeyRequired"),
        request_parameters=properties.get("RequestParameters"),
        authorizer_id=properties.get("AuthorizerId"),
        request_validator_id=properties.get("RequestValidatorId"),
    )
    for response in properties.get("MethodResponses", []):
        models, parameters = response.get("ResponseModels"), response.get("ResponseParameters")
        backend(place).put_method_response(*where, response["StatusCode"], models, parameters)
    if integration is not None:
        _put_integration(place, where, integration)
    return Identity(id=name)


def update(place: Place, name: str, properties: Properties) -> None:
    create(place, name, properties)


def delete(place: Place, _: str, properties: Properties) -> None:
    where = (properties["RestApiId"], properties["ResourceId"], properties["HttpMethod"])
    backend(place).delete_method(*where)


def _put_integration(place: Place, where: tuple[str, str, str], given: Properties) -> None:
    made = backend(place).put_integration(
        *where,
        integration_type=given["Type"],
        uri=given.get("Uri", ""),
        integration_method=given.get("IntegrationHttpMethod", ""),
        credentials=given.get("Credentials"),
        request_templates=given.get("RequestTemplates"),
        passthrough_behavior=given.get("PassthroughBehavior"),
        timeout_in_millis=given.get("TimeoutInMillis", 29_000),
        request_parameters=given.get("RequestParameters"),
    )
    vars(made)[KEPT] = given.get("ResponseTransferMode", "BUFFERED")
    for response in given.get("IntegrationResponses", []):
        made.create_integration_response(
            response["StatusCode"],
            response.get("SelectionPattern", ""),
            response.get("ResponseTemplates", {}),
            response.get("ResponseParameters", {}),
        )


def _check_stream(given: Properties) -> None:
    if given.get("ResponseTransferMode") != "STREAM":
        return
    if given["Type"] not in STREAMING_TYPES:
        raise ValueError(f"{given['Type']} cannot stream, only {' and '.join(STREAMING_TYPES)} can")
    if given["Type"] == "AWS_PROXY" and not given["Uri"].endswith(STREAMING_URI):
        raise ValueError(f"{given['Uri']} does not stream, expected {STREAMING_URI} at its end")
    timeout = given.get("TimeoutInMillis", MIN_TIMEOUT_MS)
    if not MIN_TIMEOUT_MS <= timeout <= MAX_TIMEOUT_MS:
        raise ValueError(
            f"TimeoutInMillis is {timeout}, expected {MIN_TIMEOUT_MS} to {MAX_TIMEOUT_MS}"
        )


def install() -> None:
    wrap(Integration, "to_json", _with_transfer_mode)


def _with_transfer_mode(original: Method) -> Method:
    def to_json(self: Integration) -> dict[str, Any]:
        return {**original(self), "responseTransferMode": vars(self).get(KEPT, "BUFFERED")}

    return to_json


METHOD = ResourceType(create=create, update=update, delete=delete)
