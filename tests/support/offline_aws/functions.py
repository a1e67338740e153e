"""AWS::Lambda::Function: moto's forgets layers, architectures, tracing, logging and SnapStart.

It also names a place for the code that is on no network; here that is the bucket it came from.
"""

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from tests.support.offline_aws import addresses
from tests.support.offline_aws.patches import Method, wrap
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType, tags

# What moto's model has no attribute for.
EXTRA = {
    "LoggingConfig": {"LogFormat": "Text"},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
KEPT = "streambda_extra"


def backend(place: Place) -> LambdaBackend:
    return lambda_backends[place.account_id][place.region]


def create(place: Place, name: str, properties: Properties) -> Identity:
    spec = {**properties, "FunctionName": name, "Tags": tags(properties)}
    function = backend(place).create_function(spec)
    _keep_extra(function, properties)
    return Identity(id=name, attributes={"Arn": function.function_arn})


def update(place: Place, name: str, properties: Properties) -> None:
    function = backend(place).get_function(name)
    function.update_configuration(properties)
    function.update_function_code(properties["Code"])
    function.architectures = properties.get("Architectures", ["x86_64"])
    function.tracing_config = properties.get("TracingConfig") or {"Mode": "PassThrough"}
    _keep_extra(function, properties)


def delete(place: Place, name: str, _: Properties) -> None:
    backend(place).delete_function(name)


def _keep_extra(function: LambdaFunction, properties: Properties) -> None:
    log_group = {"LogGroup": f"/aws/lambda/{function.function_name}"}
    kept = {name: {**default, **properties.get(name, {})} for name, default in EXTRA.items()}
    kept["LoggingConfig"] = {**log_group, **kept["LoggingConfig"]}
    vars(function)[KEPT] = kept  # a published version is a copy, with this in it


def install() -> None:
    wrap(LambdaFunction, "get_configuration", _with_extra)
    wrap(LambdaFunction, "get_code", _with_location)


def _with_extra(original: Method) -> Method:
    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        return {**original(self, on_create), **vars(self).get(KEPT, {})}

    return get_configuration


def _with_location(original: Method) -> Method:
    def get_code(self: LambdaFunction) -> dict[str, Any]:
        answer: dict[str, Any] = original(self)
        if "S3Bucket" in self.code:
            answer["Code"]["Location"] = addresses.of_object(self.code)
        return answer

    return get_code


FUNCTION = ResourceType(create=create, update=update, delete=delete)
