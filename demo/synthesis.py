"""The layer and the assembly: what `cdk deploy` would upload, made for this machine."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSEMBLY = ROOT / "cdk.out"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
NO_SOURCE = 3  # `streambda.layer build`: none of its sources can be reached


class SynthesisError(Exception):
    """A step failed; what it printed has said why."""


def synthesise() -> Path:
    """Builds the layer for this machine's architecture and synthesises the app with the CDK CLI."""
    architecture = ARCHITECTURES.get(platform.machine().lower(), "arm64")
    context = {"architecture": architecture} | layer_context(architecture)
    print("==> cdk synth", flush=True)
    options = [word for item in context.items() for word in ("--context", "=".join(item))]
    run("cdk synth", [ROOT / "node_modules/.bin/cdk", "synth", "--quiet", *options])
    return ASSEMBLY


def layer_context(architecture: str) -> dict[str, str]:
    """Nothing where the layer can be built; else what leaves it out, for this machine only."""
    print(f"==> the Python layer for {architecture}", flush=True)
    build = [sys.executable, "-m", "streambda.layer", "build", "--arch", architecture]
    if sys.platform != "linux":
        print("    runs on Linux only: the functions run on this machine's own Python")
    elif run("the layer", build, allowed=NO_SOURCE) == 0:
        return {}
    else:
        print("    no source of a layer can be reached: the functions run on this machine's Python")
    return {"streambda:python-layer": "none"}


def run(what: str, command: Sequence[str | Path], allowed: int = 0) -> int:
    """The exit status, which must be 0 or `allowed`. Raises SynthesisError otherwise."""
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status not in (0, allowed):
        raise SynthesisError(f"{what} ended with exit status {status}")
    return status
