"""AWS::Lambda::Permission: moto's is never deleted, and drops the conditions of Function URLs."""

import json

from tests.support.offline_aws.functions import backend
from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType

# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def create(place: Place, name: str, properties: Properties) -> Identity:
    function = backend(place).get_function(properties["FunctionName"])
    statement = {"StatementId": name} | {
        key: value for key, value in properties.items() if key not in {*CONDITIONS, "FunctionName"}
    }
    made, _ = function.policy.add_statement(raw=json.dumps(statement))
    for key in properties.keys() & CONDITIONS.keys():
        operator, condition = CONDITIONS[key]
        value = properties[key]
        said = str(value).lower() if isinstance(value, bool) else value
        made.setdefault("Condition", {})[operator] = {condition: said}
    return Identity(id=name)


def delete(place: Place, name: str, properties: Properties) -> None:
    backend(place).get_function(properties["FunctionName"]).policy.del_statement(name)


PERMISSION = ResourceType(create=create, delete=delete)
