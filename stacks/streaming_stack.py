"""The examples of lambda_src/handlers behind a Function URL and a REST API."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from stacks.settings import Settings
from streambda.cdk import (
    PythonLayer,
    StreamAlarms,
    StreamDashboard,
    StreamingFunction,
    StreamingRestApi,
)

FALLBACK = "3.11"
LAMBDA_SRC = Path(__file__).parent.parent / "lambda_src"


class StreamingStack(cdk.Stack):
    """Four functions, one for each way in which a stream can end."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings | None = None,
        layer_archive: Path | None = None,
    ) -> None:
        """Make the stack.

        Args:
            settings: By default those of `scope`.
            layer_archive: The Python layer as a zip file; by default it is built.
        """
        self._settings = settings or Settings.of(scope)
        super().__init__(
            scope,
            id,
            stack_name=self._settings.stack_name,
            env=self._settings.environment,
            tags=self._settings.tags,
            description="Response streaming for Python on AWS Lambda",
        )
        architecture = self._settings.architecture
        # The examples run on every Python: with Debian's alone the app can be built as well.
        fallback = FALLBACK if layer_archive is None else None
        self._layer = PythonLayer.of(self, architecture, archive=layer_archive, fallback=fallback)

        words = self._function("Words", "words")
        happy_path = self._function("HappyPath", "happy_path")
        midstream_error = self._function("MidstreamError", "midstream_error")
        time_out = self._function("TimeOut", "time_out", timeout=cdk.Duration.seconds(3))

        words.add_function_url(auth_type=self._settings.function_url_auth)
        self._add_rest_api(words, midstream_error)
        if self._settings.metrics is not None:
            functions = [words, happy_path, midstream_error, time_out]
            StreamDashboard(self, "Dashboard", functions=functions)
            StreamAlarms(self, "Alarms", function=words)

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
            architecture=self._settings.architecture,
            timeout=timeout,
            layer=self._layer,
            metrics=self._settings.metrics,
            outputs=True,
        )
        cdk.CfnOutput(self, f"{id}FunctionName", value=function.function.function_name)
        return function

    def _add_rest_api(self, words: StreamingFunction, midstream_error: StreamingFunction) -> None:
        rest_api = StreamingRestApi(
            self,
            "RestApi",
            stage_name=self._settings.stage_name,
            cloud_watch_role=self._settings.api_gateway_logs_role,
            # A demonstration should not cost much if somebody finds its address.
            throttling_rate_limit=50,
            throttling_burst_limit=100,
            outputs=True,
        )
        rest_api.add_stream("GET", "/words", words)
        rest_api.add_stream("POST", "/words", words)
        rest_api.add_stream("GET", "/midstream-error", midstream_error)
