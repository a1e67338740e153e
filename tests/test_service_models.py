"""Limits, runtimes and enums that we state, against the service models that botocore ships.

A newer botocore may know of a new runtime or of another limit. The test that then fails names the
line to change. Enums of which the code has no list of its own are listed here: change the code at
the line that is named first, and then the list.
"""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from streambda.cdk.quotas import (
    LAMBDA_MEMORY_MB,
    LAMBDA_TIMEOUT,
    REST_API_DEFAULT_TIMEOUT_MS,
    REST_API_STREAM_TIMEOUT,
)
from streambda.cdk.runtime.managed_python import ManagedPython
from streambda.layer.architecture import Architecture
from streambda.local.assembly.functions import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_S
from streambda.local.blocking import READ_TIMEOUT_S
from streambda.local.endpoints.lambda_api.invoke_request import TENANT_ID, InvocationType, LogType
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError
from streambda.local.limits.limits import MIB, Limits
from streambda.local.model.function_names import NAME_PATTERN
from streambda.local.model.lambda_errors import ErrorCode
from tests.support.service_models import (
    Model,
    Statement,
    bound_of,
    enum_of,
    number_in,
    read_model,
    status_of,
)

QUOTAS = "streambda/cdk/quotas.py"
LIMITS = "streambda/local/limits/limits.py"
FUNCTIONS = "streambda/local/assembly/functions.py"
INVOKE = "streambda/local/endpoints/lambda_api/invoke_request.py"
ERRORS = "streambda/local/model/lambda_errors.py"
INTEGRATIONS = "streambda/local/assembly/integrations.py"
REST_APIS = "streambda/local/assembly/rest_apis.py"

OLDEST_PYTHON = 11  # of streambda_runtime

LONGEST = number_in("CreateFunctionRequest", "Timeout", r"maximum allowed value is ([\d,]+) second")
DEFAULT_S = number_in("CreateFunctionRequest", "Timeout", r"The default is ([\d,]+) second")
DEFAULT_MB = number_in("CreateFunctionRequest", "MemorySize", r"default value is ([\d,]+) MB")
SYNC_MB = number_in("InvocationRequest", "Payload", r"payload size is ([\d,]+) MB for synchronous")
ASYNC_MB = number_in("InvocationRequest", "Payload", r"and ([\d,]+) MB for asynchronous")
STREAM_MB = number_in(
    "CreateFunctionUrlConfigRequest", "InvokeMode", r"maximum response payload size is ([\d,]+) MB"
)
INTEGRATION = "PutIntegrationRequest", "timeoutInMillis"


def read_pythons(model: Model) -> frozenset[str]:
    """The versions of the managed Pythons that streambda's runtime runs on."""
    found = re.findall(r"python3\.(\d+)\b", " ".join(model["shapes"]["Runtime"]["enum"]))
    return frozenset(f"3.{minor}" for minor in found if int(minor) >= OLDEST_PYTHON)


def read_provided(model: Model) -> frozenset[str]:
    return frozenset(
        one for one in model["shapes"]["Runtime"]["enum"] if one.startswith("provided")
    )


def keep_ours(ours: frozenset[str], shape: str) -> Callable[[Model], frozenset[str]]:
    """For enums of which we state only a part: what is left of it."""
    return lambda model: ours & enum_of(shape)(model)


GATEWAY_RESPONSES = frozenset(one.kind for one in GatewayError) | {"DEFAULT_4XX", "DEFAULT_5XX"}
INVOKE_ERRORS = {
    "RESOURCE_NOT_FOUND": ErrorCode.RESOURCE_NOT_FOUND,
    "INVALID_REQUEST_CONTENT": ErrorCode.INVALID_REQUEST_CONTENT,
    "INVALID_PARAMETER_VALUE": ErrorCode.INVALID_PARAMETER_VALUE,
    "REQUEST_TOO_LARGE": ErrorCode.REQUEST_TOO_LARGE,
    "TOO_MANY_REQUESTS": ErrorCode.TOO_MANY_REQUESTS,
}

# What, the file and how the line to change begins, our value, and theirs.
Row = tuple[str, str, str, object, Callable[[Model], object]]

LAMBDA: list[Row] = [
    (
        "the longest timeout of a function",
        QUOTAS,
        "LAMBDA_TIMEOUT =",
        LAMBDA_TIMEOUT.maximum,
        LONGEST,
    ),
    (
        "the shortest timeout of a function",
        QUOTAS,
        "LAMBDA_TIMEOUT =",
        LAMBDA_TIMEOUT.minimum,
        bound_of("Timeout", "min"),
    ),
    (
        "the least memory of a function",
        QUOTAS,
        "LAMBDA_MEMORY_MB =",
        LAMBDA_MEMORY_MB[0],
        bound_of("MemorySize", "min"),
    ),
    (
        "the most memory of a function",
        QUOTAS,
        "LAMBDA_MEMORY_MB =",
        LAMBDA_MEMORY_MB[-1],
        bound_of("MemorySize", "max"),
    ),
    (
        "the limit of an invocation",
        LIMITS,
        "invocation:",
        Limits().invocation,
        LONGEST,
    ),
    (
        "the limit of an event",
        LIMITS,
        "event:",
        (Limits().event or 0) // MIB,
        SYNC_MB,
    ),
    (
        "the limit of an asynchronous event",
        LIMITS,
        "async_event:",
        (Limits().async_event or 0) // MIB,
        ASYNC_MB,
    ),
    (
        "the limit of a streamed response",
        LIMITS,
        "streamed_response:",
        (Limits().streamed_response or 0) // MIB,
        STREAM_MB,
    ),
    (
        "the default timeout",
        FUNCTIONS,
        "DEFAULT_TIMEOUT_S =",
        DEFAULT_TIMEOUT_S,
        DEFAULT_S,
    ),
    (
        "the default memory",
        FUNCTIONS,
        "DEFAULT_MEMORY_MB =",
        DEFAULT_MEMORY_MB,
        DEFAULT_MB,
    ),
    (
        "how long a client waits",
        "streambda/local/blocking.py",
        "READ_TIMEOUT_S =",
        READ_TIMEOUT_S,
        LONGEST,
    ),
    (
        "the managed Pythons",
        "streambda/bundle/managed_python.py",
        "_ON_AL2023 =",
        frozenset(ManagedPython.versions()),
        read_pythons,
    ),
    (
        "the runtimes that bring no language",
        "streambda/cdk/runtime/function_runtime.py",
        "lambda_runtime=lambda_.Runtime.PROVIDED_AL2023,",
        frozenset({"provided", "provided.al2", "provided.al2023"}),
        read_provided,
    ),
    (
        "the architectures",
        "streambda/layer/architecture.py",
        "class Architecture",
        frozenset(one.value for one in Architecture),
        enum_of("Architecture"),
    ),
    (
        "the modes of a function URL",
        FUNCTIONS,
        'streaming=properties.get("InvokeMode")',
        frozenset({"BUFFERED", "RESPONSE_STREAM"}),
        enum_of("InvokeMode"),
    ),
    (
        "who may call a function URL",
        FUNCTIONS,
        'iam=properties.get("AuthType")',
        frozenset({"NONE", "AWS_IAM"}),
        enum_of("FunctionUrlAuthType"),
    ),
    (
        "when SnapStart applies",
        FUNCTIONS,
        "snap_start=",
        frozenset({"None", "PublishedVersions"}),
        enum_of("SnapStartApplyOn"),
    ),
    (
        "the formats of logs",
        FUNCTIONS,
        "log_format=",
        frozenset({"JSON", "Text"}),
        enum_of("LogFormat"),
    ),
    (
        "the types of Invoke",
        INVOKE,
        "class InvocationType",
        frozenset(InvocationType),
        enum_of("InvocationType"),
    ),
    (
        "the types of InvokeWithResponseStream",
        "streambda/local/endpoints/lambda_api/lambda_api.py",
        "streaming = {InvocationType",
        frozenset({"RequestResponse", "DryRun"}),
        enum_of("ResponseStreamingInvocationType"),
    ),
    (
        "the types of logs",
        INVOKE,
        "class LogType",
        frozenset(LogType),
        enum_of("LogType"),
    ),
    (
        "the form of a function's name",
        "streambda/local/model/function_names.py",
        "NAME_PATTERN =",
        NAME_PATTERN,
        bound_of("NamespacedFunctionName", "pattern"),
    ),
    (
        "the longest tenant id",
        INVOKE,
        "TENANT_ID =",
        int(TENANT_ID.pattern.rpartition(",")[2].rstrip("}")),
        bound_of("TenantId", "max"),
    ),
    *(
        (
            f"the status of {code.exception}",
            ERRORS,
            f"{name} =",
            code.status,
            status_of(code.exception),
        )
        for name, code in INVOKE_ERRORS.items()
    ),
]

API_GATEWAY: list[Row] = [
    (
        "the default timeout of a method, in ms",
        QUOTAS,
        "REST_API_DEFAULT_TIMEOUT_MS =",
        REST_API_DEFAULT_TIMEOUT_MS,
        number_in(*INTEGRATION, r"The default value is ([\d,]+) milli"),
    ),
    (
        "the shortest timeout of a method, in ms",
        QUOTAS,
        "REST_API_STREAM_TIMEOUT =",
        REST_API_STREAM_TIMEOUT.minimum,
        number_in(*INTEGRATION, r"timeout between ([\d,]+) and"),
    ),
    (
        "the limit of a method without a timeout, in s",
        LIMITS,
        "integration:",
        Limits().integration,
        number_in(*INTEGRATION, r"milliseconds or ([\d,]+) seconds"),
    ),
    (
        "the modes of a method",
        INTEGRATIONS,
        'streaming=properties.get("ResponseTransferMode")',
        frozenset({"BUFFERED", "STREAM"}),
        enum_of("ResponseTransferMode"),
    ),
    (
        "the kinds of integrations",
        INTEGRATIONS,
        'kind = resolver.text(properties.get("Type"))',
        frozenset({"AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"}),
        enum_of("IntegrationType"),
    ),
    (
        "the types of an API's endpoint",
        REST_APIS,
        'types = properties.get("EndpointConfiguration"',
        frozenset({"EDGE", "PRIVATE", "REGIONAL"}),
        enum_of("EndpointType"),
    ),
    (
        "the kinds of authorizers",
        "streambda/local/model/rest_api_access.py",
        "kind: str  # TOKEN",
        frozenset({"COGNITO_USER_POOLS", "JWT", "REQUEST", "TOKEN"}),
        enum_of("AuthorizerType"),
    ),
    (
        "the types of gateway responses that we send",
        "streambda/local/endpoints/rest_api/gateway_errors.py",
        "class GatewayError(Enum)",
        GATEWAY_RESPONSES,
        keep_ours(GATEWAY_RESPONSES, "GatewayResponseType"),
    ),
]

STATEMENTS = {
    row[0]: Statement(
        what=row[0], service=service, file=row[1], line=row[2], ours=row[3], theirs=row[4]
    )
    for service, rows in (("lambda", LAMBDA), ("apigateway", API_GATEWAY))
    for row in rows
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_what_we_state_is_what_the_service_model_says(what: str) -> None:
    statement = STATEMENTS[what]

    difference = statement.find_difference(read_model(statement.service))

    assert difference is None, difference


def test_a_stream_of_a_rest_api_ends_before_a_function_must() -> None:
    """No service model has this number; it is half of the other one. See quotas.py."""
    assert (Limits().rest_stream or 0) * 1000 == REST_API_STREAM_TIMEOUT.maximum
    assert REST_API_STREAM_TIMEOUT.maximum < LAMBDA_TIMEOUT.maximum * 1000


def move_everything(value: Any) -> Any:
    """A model in which every number, enum and sentence is another."""
    if isinstance(value, dict):
        return {
            key: ["moved"] if key == "enum" else move_everything(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [move_everything(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"[\d,]*\d", "77,777", value)
    return 77_777 if type(value) is int else value


@pytest.mark.parametrize("what", STATEMENTS)
def test_what_has_moved_is_told_with_the_line_to_change(what: str) -> None:
    statement = STATEMENTS[what]
    moved = move_everything(copy.deepcopy(read_model(statement.service)))

    difference = statement.find_difference(moved)

    assert difference is not None
    place, _, rest = difference.partition(": ")
    file, _, number = place.rpartition(":")
    assert (file, rest.startswith(f"{what} is ")) == (statement.file, True)
    assert int(number) > 1
    assert "botocore" in rest
