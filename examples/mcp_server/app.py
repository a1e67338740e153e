"""An MCP server behind three endpoints: signed calls, a key in a header, a REST API with a key."""

from streambda.node import use_bundled_node

use_bundled_node()  # Node.js from pip, where there is one: before aws_cdk is imported

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_apigateway as apigw  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402
from aws_cdk import aws_secretsmanager as secretsmanager  # noqa: E402

from streambda.cdk import StreamingFunction, StreamingRestApi  # noqa: E402


class Library(cdk.Stack):
    def __init__(self, scope: cdk.App, id: str) -> None:
        super().__init__(scope, id)
        # Who issues the tokens of callers, if anybody does: -c issuer=https://…
        issuer = self.node.try_get_context("issuer")
        variables = {"ISSUER": issuer} if issuer else {}

        signed = self.add_server("Mcp", variables)
        signed.add_function_url()

        key = secretsmanager.Secret(
            self,
            "ApiKey",
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True),
        )
        variables = {**variables, "API_KEY": key.secret_value.unsafe_unwrap()}
        public = self.add_server("PublicMcp", variables)
        public.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)

        rest_api = StreamingRestApi(self, "RestApi", outputs=True)
        nobody = apigw.AuthorizationType.NONE
        rest_api.add_stream("ANY", "/mcp", signed, authorization_type=nobody, api_key_required=True)
        rest_api.add_stream("GET", "/.well-known/{proxy+}", signed, authorization_type=nobody)
        rest_api.add_api_key("Clients")

    def add_server(self, id: str, variables: dict[str, str]) -> StreamingFunction:
        server = StreamingFunction(
            self,
            id,
            entry="src",
            handler="main.handler",
            environment=variables,
            timeout=cdk.Duration.minutes(5),
            outputs=True,
        )
        server.add_request_state_key()  # a question and its answer may meet other environments
        return server


app = cdk.App()
Library(app, "McpLibrary")
app.synth()
