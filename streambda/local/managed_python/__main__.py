"""Where a plain managed Python enters, run by path with the function's own interpreter.

That one may be another than ours, and has none of our packages: everything here keeps to Python
3.9 and to the standard library, and its modules know each other by relative names alone.
"""

import sys
from importlib import import_module
from types import ModuleType

# In sys.modules beside the function's modules: a name that none of those will have.
PACKAGE = "_streambda_managed_python"

if __name__ == "__main__":  # multiprocessing may import this file once more, in a child
    folder = __file__.rpartition("/")[0]
    package = ModuleType(PACKAGE)
    package.__path__ = [folder]
    sys.modules[PACKAGE] = package
    # Python puts a script's folder first: a handler's `import context` must not find ours.
    sys.path[:] = [entry for entry in sys.path if entry != folder]

    sys.exit(import_module(f"{PACKAGE}.loop").main())
