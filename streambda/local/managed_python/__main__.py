"""Starts the runtime of a managed Python: run by path, with the function's own interpreter.

That may be another Python than ours, and has none of our packages. So all modules here keep to
Python 3.9 and the standard library, and import each other by relative names only.
"""

import sys
from importlib import import_module
from types import ModuleType

# In sys.modules beside the function's modules: a name that none of those will have.
PACKAGE = "_streambda_managed_python"

if __name__ == "__main__":  # multiprocessing may import this file again, in a child
    folder = __file__.rpartition("/")[0]
    package = ModuleType(PACKAGE)
    package.__path__ = [folder]
    sys.modules[PACKAGE] = package
    # Python puts a script's folder first: a handler's `import context` must not find ours.
    sys.path[:] = [entry for entry in sys.path if entry != folder]

    sys.exit(import_module(f"{PACKAGE}.loop").main())
