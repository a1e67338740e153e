"""Cloud Control's GetResource, of function URLs alone: `sam list endpoints` finds them by it.

Shapes: GetResourceInput and ResourceDescription in the service model of Cloud Control.
"""

import json
from typing import Any

from streambda.local.endpoints.management.documents import Document
from streambda.local.endpoints.management.function_documents import FunctionDocuments
from streambda.local.model.lambda_errors import AwsError, ErrorCode

TARGET = "CloudApiService.GetResource"
FUNCTION_URL = "AWS::Lambda::Url"


def get_resource(functions: FunctionDocuments, body: bytes) -> Document:
    """Raises `AwsError`."""
    kind, name = read_input(body)
    if kind != FUNCTION_URL:
        message = f"TypeName is {kind!r}: only {FUNCTION_URL} is emulated"
        raise AwsError(ErrorCode.UNSUPPORTED_ACTION, message)
    try:
        found = functions.get_url({}, name)
    except AwsError as error:
        raise AwsError(ErrorCode.NO_SUCH_TARGET, str(error)) from error
    properties = {
        "FunctionArn": found["FunctionArn"],
        "FunctionUrl": found["FunctionUrl"],
        "AuthType": found["AuthType"],
        "InvokeMode": found["InvokeMode"],
        "TargetFunctionArn": found["FunctionArn"],
    }
    description = {"Identifier": name, "Properties": json.dumps(properties)}
    return {"TypeName": kind, "ResourceDescription": description}


def read_input(body: bytes) -> tuple[str, str]:
    """TypeName and Identifier. Raises `AwsError`."""
    try:
        document: dict[str, Any] = json.loads(body)
        return str(document["TypeName"]), str(document["Identifier"])
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        message = "expected an object with TypeName and Identifier"
        raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, message) from error
