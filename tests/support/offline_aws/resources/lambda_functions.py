"""AWS::Lambda::Function.

moto ignores layers, architectures, tracing, logging and SnapStart. It also gives a download URL of
the code that leads nowhere; here the URL leads to the bucket that the code came from.
"""

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from tests.support.offline_aws.moto_patches import Method, wrap_method
from tests.support.offline_aws.resources import object_urls
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
    read_tags,
)

# Properties that moto's model has no attribute for, with their defaults.
EXTRA = {
    "LoggingConfig": {"LogFormat": "Text"},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
EXTRA_ATTRIBUTE = "streambda_extra"


def backend(account: AccountRegion) -> LambdaBackend:
    return lambda_backends[account.account_id][account.region]


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    spec = {**properties, "FunctionName": name, "Tags": read_tags(properties)}
    function = backend(account).create_function(spec)
    _store_extra(function, properties)
    return ReturnValues(ref=name, attributes={"Arn": function.function_arn})


def update(account: AccountRegion, name: str, properties: Properties) -> None:
    function = backend(account).get_function(name)
    function.update_configuration(properties)
    function.update_function_code(properties["Code"])
    function.architectures = properties.get("Architectures", ["x86_64"])
    function.tracing_config = properties.get("TracingConfig") or {"Mode": "PassThrough"}
    _store_extra(function, properties)


def delete(account: AccountRegion, name: str, _: Properties) -> None:
    backend(account).delete_function(name)


def _store_extra(function: LambdaFunction, properties: Properties) -> None:
    log_group = {"LogGroup": f"/aws/lambda/{function.function_name}"}
    extra = {name: {**default, **properties.get(name, {})} for name, default in EXTRA.items()}
    extra["LoggingConfig"] = {**log_group, **extra["LoggingConfig"]}
    vars(function)[EXTRA_ATTRIBUTE] = extra  # a published version copies it


def install() -> None:
    wrap_method(LambdaFunction, "get_configuration", _add_extra)
    wrap_method(LambdaFunction, "get_code", _add_location)


def _add_extra(original: Method) -> Method:
    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        return {**original(self, on_create), **vars(self).get(EXTRA_ATTRIBUTE, {})}

    return get_configuration


def _add_location(original: Method) -> Method:
    def get_code(self: LambdaFunction) -> dict[str, Any]:
        answer: dict[str, Any] = original(self)
        if "S3Bucket" in self.code:
            answer["Code"]["Location"] = object_urls.sign_object_url(self.code)
        return answer

    return get_code


FUNCTION = ResourceType(create=create, update=update, delete=delete)
