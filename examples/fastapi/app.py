"""A FastAPI app behind a Function URL and a REST API."""

from streambda.node import use_bundled_node

use_bundled_node()  # Node.js from pip, where there is one: before aws_cdk is imported

import aws_cdk as cdk  # noqa: E402

from streambda.cdk import StreamingFunction, StreamingRestApi  # noqa: E402


class WebApp(cdk.Stack):
    def __init__(self, scope: cdk.App, id: str) -> None:
        super().__init__(scope, id)
        api = StreamingFunction(self, "Api", entry="src", handler="main.app", outputs=True)
        api.add_function_url()
        rest_api = StreamingRestApi(self, "RestApi", outputs=True)
        for path in ("/", "/{proxy+}"):
            rest_api.add_stream("ANY", path, api)


app = cdk.App()
WebApp(app, "FastApiApp")
app.synth()
