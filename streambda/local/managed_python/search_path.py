"""Where imports look: the function's code, its layers, then what the interpreter has.

The order is that of "Search path for Python runtimes" in the Lambda developer guide; a PYTHONPATH
of the function's own hides its layers, as it does there.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

from __future__ import annotations

import os
import site
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def extend(environ: MutableMapping[str, str]) -> None:
    """STREAMBDA_OPT is in place of /opt, STREAMBDA_IMAGE has the packages of Lambda's image."""
    opt = environ.get("STREAMBDA_OPT", "/opt")
    layers = [f"{opt}/python/lib/{VERSION}/site-packages", f"{opt}/python"]
    folders = [environ["LAMBDA_TASK_ROOT"]]
    if "PYTHONPATH" not in environ:
        folders += filter(os.path.isdir, layers)
    sys.path[0:0] = folders
    if image := environ.get("STREAMBDA_IMAGE"):
        sys.path.append(image)
    for folder in folders:
        site.addsitedir(folder)  # runs its .pth files
    # For Python processes that the handler starts.
    environ.setdefault("PYTHONPATH", environ.get("LAMBDA_RUNTIME_DIR", "/var/runtime"))
