"""One generator behind a Function URL."""

from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()  # Node.js from pip, where there is one: before aws_cdk is imported

import aws_cdk as cdk  # noqa: E402

from streambda.cdk import StreamingFunction  # noqa: E402

app = cdk.App()
stack = cdk.Stack(app, "Countdown")

countdown = StreamingFunction(
    stack,
    "Countdown",
    entry=Path(__file__).parent / "src",
    handler="countdown.handler",
    outputs=True,
)
countdown.add_function_url()

app.synth()
