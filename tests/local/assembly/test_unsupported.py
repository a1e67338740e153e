"""What an app has on AWS and the local cloud does not emulate."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from tests.support.local_assembly import function, rest_api, url, write_assembly

OTHER_WRAPPER = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/otel-instrument"}}


@pytest.mark.parametrize(
    ("resource", "name", "why"),
    [
        ({"Type": "AWS::CloudFront::Distribution"}, "It", "CloudFront does not run here"),
        ({"Type": "AWS::ApiGatewayV2::Api"}, "It", "or invoke its functions"),
        ({"Type": "AWS::Lambda::EventSourceMapping"}, "It", "invoke the function yourself"),
        ({"Type": "Custom::Anything"}, "It", "runs only when the app is deployed"),
        (
            {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "App/Jobs/Resource"}},
            "App/Jobs",
            "with your credentials",
        ),
        (function(FunctionName="Js", Runtime="java21"), "Js", "its runtime is java21"),
        (
            function(FunctionName="Py", Runtime="python3.13", Environment=OTHER_WRAPPER),
            "Py",
            "its AWS_LAMBDA_EXEC_WRAPPER is /usr/bin/otel-instrument",
        ),
        (
            function(FunctionName="Box", Runtime=None),
            "Box",
            "it is a container image, which does not run here: its code as a folder or a zip does",
        ),
    ],
)
def test_an_unsupported_resource_is_named(
    resource: dict[str, Any], name: str, why: str, tmp_path: Path
) -> None:
    [found] = read_assembly(write_assembly(tmp_path, {"It": resource})).unsupported

    assert (found.type, found.name) == (resource["Type"], name)
    assert why in found.reason


def test_what_is_here_or_needed_by_nobody_is_not_reported(tmp_path: Path) -> None:
    wrapper = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}}
    resources = {
        "Words": function(),
        "Managed": function(Runtime="python3.13", Environment=wrapper),
        "ManagedUrl": url("Managed"),
        "Plain": function(Runtime="python3.13"),
        "PlainUrl": url("Plain", "BUFFERED"),
        "Role": {"Type": "AWS::IAM::Role"},
        "Logs": {"Type": "AWS::Logs::LogGroup"},
    }

    assert read_assembly(write_assembly(tmp_path, resources)).unsupported == ()


@pytest.mark.parametrize("endpoint", ["url", "api"])
def test_a_streaming_endpoint_of_a_function_that_buffers(endpoint: str, tmp_path: Path) -> None:
    plain = function(FunctionName="Py", Runtime="python3.13")
    endpoints = {"Url": url("Plain")} if endpoint == "url" else rest_api("Plain")

    found, *_ = read_assembly(write_assembly(tmp_path, {"Plain": plain, **endpoints})).unsupported

    assert (found.type, found.name) == ("AWS::Lambda::Function", "Py")
    assert found.reason.startswith("its response is buffered, not streamed, as on AWS")


def test_an_integration_of_another_kind(tmp_path: Path) -> None:
    resources = {"Words": function(), **rest_api("Words")}

    [found] = read_assembly(write_assembly(tmp_path, resources)).unsupported

    assert found.name == "Api GET /mock"
