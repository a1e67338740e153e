"""Where `bootstrap` enters: the zip root goes first on the path, then the runtime starts."""

import sys

sys.path.insert(0, __file__.rpartition("/streambda_runtime/")[0] or ".")

from streambda_runtime.start import main

sys.exit(main())
