"""AWS::Lambda::Url, which moto's CloudFormation does not know.

moto keeps one URL a function, so that those of the function and of an alias cannot be told apart:
a second is refused.
"""

from tests.support.offline_aws.functions import backend
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType

INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")


def create(place: Place, _: str, properties: Properties) -> Identity:
    function = properties["TargetFunctionArn"]
    qualifier = properties.get("Qualifier")
    backend(place).get_function(function, qualifier)  # it must be there
    if backend(place).get_function(function).url_config is not None:
        raise ValueError(f"{function} has a URL already, moto keeps one a function")
    config = backend(place).create_function_url_config(function, _config(properties))
    config.url += "/"  # as AWS gives it
    arn = f"{function}:{qualifier}" if qualifier else function
    return Identity(id=function, attributes={"FunctionUrl": config.url, "FunctionArn": arn})


def update(place: Place, function: str, properties: Properties) -> None:
    # moto's own update knows neither InvokeMode nor that Cors can go.
    backend(place).get_function_url_config(function).config = _config(properties)


def delete(place: Place, function: str, _: Properties) -> None:
    backend(place).delete_function_url_config(function)


def _config(properties: Properties) -> Properties:
    mode = properties.get("InvokeMode", "BUFFERED")
    if mode not in INVOKE_MODES:
        raise ValueError(f"InvokeMode is {mode!r}, expected one of {', '.join(INVOKE_MODES)}")
    return {**properties, "InvokeMode": mode}


URL = ResourceType(create=create, update=update, delete=delete)
