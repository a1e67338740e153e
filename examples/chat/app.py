"""A chat behind a Function URL, with a model of Bedrock: a FastAPI app, and a plain handler.

`-c model=ID` chooses the model, or an inference profile such as `eu.amazon.nova-lite-v1:0`.
`-c public=true` opens the addresses to everybody, who then use the model on your account.
"""

from streambda.node import use_bundled_node

use_bundled_node()  # Node.js from pip, where there is one: before aws_cdk is imported

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_iam as iam  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402

from streambda.cdk import StreamingFunction  # noqa: E402

# How the ids of inference profiles begin, which Bedrock serves from several regions.
PROFILES = ("apac.", "au.", "ca.", "eu.", "global.", "jp.", "us.", "us-gov.")


class Chat(cdk.Stack):
    def __init__(self, scope: cdk.App, id: str) -> None:
        super().__init__(scope, id)
        model = self.node.try_get_context("model") or "amazon.nova-lite-v1:0"
        public = self.node.try_get_context("public") == "true"
        auth_type = lambda_.FunctionUrlAuthType[("AWS_IAM", "NONE")[public]]
        for name, handler in (("Chat", "main.app"), ("Plain", "plain.handler")):
            function = StreamingFunction(
                self,
                name,
                entry="src",
                handler=handler,
                environment={"MODEL": model},
                timeout=cdk.Duration.minutes(2),
                memory_size=512,
                outputs=True,
            )
            function.add_function_url(auth_type=auth_type)
            for statement in self.allow(model):
                function.add_to_role_policy(statement)

    def allow(self, model: str) -> list[iam.PolicyStatement]:
        """Streaming from this model and no other. A profile's models only through the profile."""
        if not model.startswith(PROFILES):
            return [_stream_from(self.find_model(model, region=self.region))]
        profile = self.format_arn(
            service="bedrock", resource="inference-profile", resource_name=model
        )
        only_there = {"StringEquals": {"bedrock:InferenceProfileArn": profile}}
        _, _, inner = model.partition(".")
        everywhere = self.find_model(inner, region="*")
        return [_stream_from(profile), _stream_from(everywhere, only_there)]

    def find_model(self, model: str, region: str) -> str:
        return self.format_arn(
            service="bedrock",
            region=region,
            account="",
            resource="foundation-model",
            resource_name=model,
        )


def _stream_from(
    arn: str, conditions: dict[str, dict[str, str]] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["bedrock:InvokeModelWithResponseStream"], resources=[arn], conditions=conditions
    )


app = cdk.App()
Chat(app, "ChatApp")
app.synth()
