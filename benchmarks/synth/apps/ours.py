"""Three functions, their URLs and a REST API, with streambda's constructs."""

import sys
from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402

from streambda.cdk import PythonLayer, StreamingFunction, StreamingRestApi  # noqa: E402

layer, entry = Path(sys.argv[1]), Path(sys.argv[2])
app = cdk.App()
stack = cdk.Stack(app, "Bench")
PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer)
api = StreamingRestApi(stack, "Api")
for name in ("One", "Two", "Three"):
    function = StreamingFunction(stack, name, entry=entry, handler="app.handler")
    function.add_function_url()
    api.add_stream("GET", f"/{name.lower()}", function)
app.synth()
