"""AWS::Lambda::Url, which moto's CloudFormation does not know.

moto has one URL per function: it cannot have one of the function and one of its alias. A second
one is refused here.
"""

from tests.support.offline_aws.resources.lambda_functions import backend
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)

INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")


def create(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    function = properties["TargetFunctionArn"]
    qualifier = properties.get("Qualifier")
    backend(account).get_function(function, qualifier)  # raises if there is none
    if backend(account).get_function(function).url_config is not None:
        raise ValueError(f"{function} has a URL already, and moto has one per function")
    config = backend(account).create_function_url_config(function, _check_config(properties))
    config.url += "/"  # as on AWS
    arn = f"{function}:{qualifier}" if qualifier else function
    return ReturnValues(ref=function, attributes={"FunctionUrl": config.url, "FunctionArn": arn})


def update(account: AccountRegion, function: str, properties: Properties) -> None:
    # moto's own update ignores InvokeMode, and cannot remove Cors.
    backend(account).get_function_url_config(function).config = _check_config(properties)


def delete(account: AccountRegion, function: str, _: Properties) -> None:
    backend(account).delete_function_url_config(function)


def _check_config(properties: Properties) -> Properties:
    mode = properties.get("InvokeMode", "BUFFERED")
    if mode not in INVOKE_MODES:
        raise ValueError(f"InvokeMode is {mode!r}, expected one of {', '.join(INVOKE_MODES)}")
    return {**properties, "InvokeMode": mode}


URL = ResourceType(create=create, update=update, delete=delete)
