"""AWS::Lambda::LayerVersion. moto's own has no id for `Ref`, and is never deleted."""

from typing import Any

from moto.awslambda.models import LayerVersion

from tests.support.offline_aws.moto_patches import Method, wrap_method
from tests.support.offline_aws.resources import object_urls
from tests.support.offline_aws.resources.lambda_functions import backend
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    spec = {"LayerName": name, **properties}
    return ReturnValues(ref=backend(account).publish_layer_version(spec).arn)


def delete(account: AccountRegion, arn: str, _: Properties) -> None:
    name, version = arn.split(":")[-2:]
    backend(account).delete_layer_version(name, version)


def install() -> None:
    wrap_method(LayerVersion, "get_layer_version", _add_location)


def _add_location(original: Method) -> Method:
    def get_layer_version(self: LayerVersion) -> dict[str, Any]:
        answer: dict[str, Any] = original(self)
        if "S3Bucket" in self.content:
            answer["Content"]["Location"] = object_urls.sign_object_url(self.content)
        return answer

    return get_layer_version


LAYER_VERSION = ResourceType(create=create, delete=delete)
