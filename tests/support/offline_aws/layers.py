"""AWS::Lambda::LayerVersion. moto's has no id for `Ref`, and is never deleted."""

from typing import Any

from moto.awslambda.models import LayerVersion

from tests.support.offline_aws import addresses
from tests.support.offline_aws.functions import backend
from tests.support.offline_aws.patches import Method, wrap
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType


def create(place: Place, name: str, properties: Properties) -> Identity:
    spec = {"LayerName": name, **properties}
    return Identity(id=backend(place).publish_layer_version(spec).arn)


def delete(place: Place, arn: str, _: Properties) -> None:
    name, version = arn.split(":")[-2:]
    backend(place).delete_layer_version(name, version)


def install() -> None:
    wrap(LayerVersion, "get_layer_version", _with_location)


def _with_location(original: Method) -> Method:
    def get_layer_version(self: LayerVersion) -> dict[str, Any]:
        answer: dict[str, Any] = original(self)
        if "S3Bucket" in self.content:
            answer["Content"]["Location"] = addresses.of_object(self.content)
        return answer

    return get_layer_version


LAYER_VERSION = ResourceType(create=create, delete=delete)
