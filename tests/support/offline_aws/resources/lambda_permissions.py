"""AWS::Lambda::Permission. moto never deletes one, and drops the conditions of Function URLs."""

import json

from tests.support.offline_aws.resources.lambda_functions import backend
from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)

# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    function = backend(account).get_function(properties["FunctionName"])
    statement = {"StatementId": name} | {
        key: value for key, value in properties.items() if key not in {*CONDITIONS, "FunctionName"}
    }
    added, _ = function.policy.add_statement(raw=json.dumps(statement))
    for key in properties.keys() & CONDITIONS.keys():
        operator, condition = CONDITIONS[key]
        value = properties[key]
        text = str(value).lower() if isinstance(value, bool) else value
        added.setdefault("Condition", {})[operator] = {condition: text}
    return ReturnValues(ref=name)


def delete(account: AccountRegion, name: str, properties: Properties) -> None:
    backend(account).get_function(properties["FunctionName"]).policy.del_statement(name)


PERMISSION = ResourceType(create=create, delete=delete)
