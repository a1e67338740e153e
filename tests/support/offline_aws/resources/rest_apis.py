"""AWS::ApiGateway::RestApi and Resource. moto never deletes them; its APIs are not regional."""

from moto.apigateway.models import APIGatewayBackend, apigateway_backends

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
    to_camel_case,
)


def backend(account: AccountRegion) -> APIGatewayBackend:
    return apigateway_backends[account.account_id][account.region]


def create_api(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    api = backend(account).create_rest_api(
        name=properties.get("Name", name),
        description=properties.get("Description", ""),
        endpoint_configuration=to_camel_case(properties.get("EndpointConfiguration")),
    )
    attributes = {"RootResourceId": api.root_resource_id, "RestApiId": api.id}
    return ReturnValues(ref=api.id, attributes=attributes)


def update_api(account: AccountRegion, id: str, properties: Properties) -> None:
    api = backend(account).get_rest_api(id)
    api.name = properties["Name"]
    api.description = properties.get("Description", "")


def delete_api(account: AccountRegion, id: str, _: Properties) -> None:
    backend(account).delete_rest_api(id)


def create_resource(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    resource = backend(account).create_resource(
        properties["RestApiId"], properties["ParentId"], properties["PathPart"]
    )
    return ReturnValues(ref=resource.id, attributes={"ResourceId": resource.id})


def delete_resource(account: AccountRegion, id: str, properties: Properties) -> None:
    backend(account).delete_resource(properties["RestApiId"], id)


REST_API = ResourceType(create=create_api, update=update_api, delete=delete_api)
RESOURCE = ResourceType(create=create_resource, delete=delete_resource)
