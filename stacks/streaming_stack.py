"""The examples of lambda_src/handlers behind a Function URL and a REST API."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.cdk import PythonLayer, StreamingFunction, StreamingRestApi
from streambda.cdk.context import context_choice

LAMBDA_SRC = Path(__file__).parent.parent / "lambda_src"

# Context: `cdk deploy -c architecture=x86_64`. The first of each is what holds without.
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
URL_AUTH_TYPES = {
    "AWS_IAM": lambda_.FunctionUrlAuthType.AWS_IAM,
    "NONE": lambda_.FunctionUrlAuthType.NONE,
}
# "create" in an account and region where no REST API has written logs before.
LOGS_ROLES = {"existing": False, "create": True}


class StreamingStack(cdk.Stack):
    """Four functions, one for each way in which a stream can go."""

    def __init__(self, scope: Construct, id: str, *, layer_archive: Path | None = None) -> None:
        """Make the stack; `layer_archive` takes the place of the Python layer that is built."""
        super().__init__(scope, id, description="Response streaming for Python on AWS Lambda")
        self._architecture = context_choice(self, "architecture", ARCHITECTURES)
        self._layer = PythonLayer.of(self, self._architecture, archive=layer_archive)

        words = self._function("Words", "words")
        self._function("HappyPath", "happy_path")
        midstream_error = self._function("MidstreamError", "midstream_error")
        self._function("TimeOut", "time_out", timeout=cdk.Duration.seconds(3))

        auth_type = context_choice(self, "function_url_auth", URL_AUTH_TYPES)
        url = words.add_function_url(auth_type=auth_type)
        cdk.CfnOutput(self, "FunctionUrl", value=url.url)

        logs_role = context_choice(self, "api_gateway_logs_role", LOGS_ROLES)
        rest_api = StreamingRestApi(self, "RestApi", cloud_watch_role=logs_role)
        rest_api.add_stream("GET", "/words", words)
        rest_api.add_stream("POST", "/words", words)
        rest_api.add_stream("GET", "/midstream-error", midstream_error)
        cdk.CfnOutput(self, "RestApiUrl", value=rest_api.api.url)

        # These are examples: `cdk destroy` leaves nothing behind.
        cdk.RemovalPolicies.of(self).destroy(apply_to_resource_types=["AWS::Logs::LogGroup"])

    def _function(
        self, id: str, module: str, *, timeout: cdk.Duration | None = None
    ) -> StreamingFunction:
        function = StreamingFunction(
            self,
            id,
            entry=LAMBDA_SRC,
            handler=f"handlers.{module}.handler",
            architecture=self._architecture,
            timeout=timeout,
            layer=self._layer,
        )
        cdk.CfnOutput(self, f"{id}FunctionName", value=function.function.function_name)
        return function
