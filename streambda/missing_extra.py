"""What to install where a package is missing: one line, in place of a bare "No module named ...".

Standard library only: it runs where nothing else is installed.
"""

import sys


def explain_missing(error: ImportError, install: str) -> ImportError:
    """The error to raise in place of `error`.

    Args: `install` is what pip has to install, such as `streambda[local]`.

    Only a package that is missing is explained; anything else, such as a name that an old version
    does not have, is left as it is.
    """
    package = (error.name or "").partition(".")[0]
    missing = isinstance(error, ModuleNotFoundError) and package not in {"", "streambda"}
    if not missing or package in sys.stdlib_module_names:
        return error
    return ModuleNotFoundError(
        f"{package} is not installed: pip install '{install}'", name=package, path=error.path
    )
