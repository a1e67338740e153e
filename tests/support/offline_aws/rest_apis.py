"""AWS::ApiGateway::RestApi and Resource: moto's are never deleted, nor are APIs regional."""

from moto.apigateway.models import APIGatewayBackend, apigateway_backends

from tests.support.offline_aws.resource_types import (
    Identity,
    Place,
    Properties,
    ResourceType,
    camel,
)


def backend(place: Place) -> APIGatewayBackend:
    return apigateway_backends[place.account_id][place.region]


def create_api(place: Place, name: str, properties: Properties) -> Identity:
    api = backend(place).create_rest_api(
        name=properties.get("Name", name),
        description=properties.get("Description", ""),
        endpoint_configuration=camel(properties.get("EndpointConfiguration")),
    )
    attributes = {"RootResourceId": api.root_resource_id, "RestApiId": api.id}
    return Identity(id=api.id, attributes=attributes)


def update_api(place: Place, id: str, properties: Properties) -> None:
    api = backend(place).get_rest_api(id)
    api.name = properties["Name"]
    api.description = properties.get("Description", "")


def delete_api(place: Place, id: str, _: Properties) -> None:
    backend(place).delete_rest_api(id)


def create_resource(place: Place, _: str, properties: Properties) -> Identity:
    made = backend(place).create_resource(
        properties["RestApiId"], properties["ParentId"], properties["PathPart"]
    )
    return Identity(id=made.id, attributes={"ResourceId": made.id})


def delete_resource(place: Place, id: str, properties: Properties) -> None:
    backend(place).delete_resource(properties["RestApiId"], id)


REST_API = ResourceType(create=create_api, update=update_api, delete=delete_api)
RESOURCE = ResourceType(create=create_resource, delete=delete_resource)
