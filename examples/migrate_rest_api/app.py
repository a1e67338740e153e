"""A REST API with a route that buffers and one that streams."""

from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_apigateway as apigw  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402

from streambda.cdk import StreamingFunction, StreamingIntegration  # noqa: E402

SRC = Path(__file__).parent / "src"

app = cdk.App()
stack = cdk.Stack(app, "Reports")

# As before, but regional: an edge-optimised API cuts a stream that is silent for 30 seconds.
api = apigw.RestApi(stack, "Api", endpoint_types=[apigw.EndpointType.REGIONAL])

# As before.
status = lambda_.Function(
    stack,
    "Status",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="status.handler",
    code=lambda_.Code.from_asset(str(SRC / "status")),
)
api.root.add_resource("status").add_method("GET", apigw.LambdaIntegration(status))

# New: the same handler's rows, each sent when it is ready.
report = StreamingFunction(
    stack,
    "Report",
    entry=SRC / "report",
    handler="report.handler",
    timeout=cdk.Duration.minutes(15),
)
api.root.add_resource("report").add_method("GET", StreamingIntegration(report))

app.synth()
