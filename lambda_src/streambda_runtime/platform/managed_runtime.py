"""A start in a managed python3.x runtime: what its own bootstrap.py does before the handler's
import, since `streambda-wrapper` runs this runtime in its place.

The order of the path, which folders are sites and what PYTHONPATH changes follow /var/runtime's
bootstrap.py as published with the image of python3.11; the documented part is
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

from __future__ import annotations

import site  # imported by the interpreter already: the wrapper leaves out -S
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_LAYERS = (f"/opt/python/lib/{_VERSION}/site-packages", "/opt/python")
_IMAGE = f"/var/lang/lib/{_VERSION}/site-packages"  # boto3 and snapshot_restore_py lie there


def set_up(
    environ: MutableMapping[str, str],
    arguments: Sequence[str],
    layers: tuple[str, ...] = _LAYERS,
    image: str = _IMAGE,
) -> None:
    """Leaves path, variables and sys.argv as bootstrap.py would: `arguments` starts with its path.

    The zip root is first on the path already. PYTHONPATH, whose folders follow, keeps those of
    layers off the path, as it does on Lambda.
    """
    sys.argv[:] = arguments
    runtime = environ.get("LAMBDA_RUNTIME_DIR") or arguments[0].rpartition("/")[0]
    sites = () if "PYTHONPATH" in environ else layers
    # bootstrap.py's own folder is where Python puts the folder of a script: before PYTHONPATH's.
    sys.path[1:1] = [*sites, image, runtime] if sites else [runtime]
    for folder in (sys.path[0], *sites):
        site.addsitedir(folder)  # runs its .pth files
    environ.setdefault("PYTHONPATH", runtime)  # for the Pythons that the handler starts
    environ.setdefault("AWS_EXECUTION_ENV", f"AWS_Lambda_{_VERSION}")
