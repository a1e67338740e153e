"""Synthesises the functions of the benchmark, each with a Function URL and a REST API resource."""

from __future__ import annotations

from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_apigateway as apigw  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402

from streambda.cdk import StreamingFunction, StreamingRestApi  # noqa: E402

# Two functions that send one byte at once.
PYTHON, NODE = "first", "node"
NAMES = (PYTHON, "small", "large", "paced")
_FUNCTIONS = Path(__file__).with_name("functions")


def synthesise(folder: Path) -> Path:
    """Writes the assembly to `folder`. Returns `folder`."""
    app = cdk.App(outdir=str(folder), context={"streambda:python-layer": "none"})
    stack = cdk.Stack(app, "Endpoints")
    api = StreamingRestApi(stack, "Api")
    for name in NAMES:
        function = StreamingFunction(
            stack,
            name.capitalize(),
            entry=_FUNCTIONS,
            handler=f"bench.{name}",
            timeout=cdk.Duration.minutes(2),
        )
        function.add_function_url()
        api.add_stream("GET", f"/{name}", function)
    stream = apigw.LambdaIntegration(
        add_node_function(stack), response_transfer_mode=apigw.ResponseTransferMode.STREAM
    )
    none = apigw.AuthorizationType.NONE
    api.api.root.add_resource(NODE).add_method("GET", stream, authorization_type=none)
    app.synth()
    return folder


def add_node_function(stack: cdk.Stack) -> lambda_.Function:
    """What `first` does in Python, in Node.js."""
    function = lambda_.Function(
        stack,
        NODE.capitalize(),
        runtime=lambda_.Runtime("nodejs24.x", lambda_.RuntimeFamily.NODEJS),
        handler="bench.first",
        code=lambda_.Code.from_asset(str(_FUNCTIONS)),
    )
    function.add_function_url(
        auth_type=lambda_.FunctionUrlAuthType.NONE,
        invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
    )
    return function
