"""Builds the Python layer, and the assembly with `cdk synth`, for this machine."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSEMBLY = ROOT / "cdk.out"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
FALLBACK = "3.11"  # as in stacks.streaming_stack
NO_SOURCE = 3  # exit status of `streambda.layer build` if it can reach none of its sources


class SynthesisError(Exception):
    """A step failed. It has printed why."""


def synthesise() -> Path:
    """Builds the layer for this machine's architecture and synthesises the app with the CDK CLI."""
    architecture = ARCHITECTURES.get(platform.machine().lower(), "arm64")
    context = {"architecture": architecture} | build_layer(architecture)
    print("==> cdk synth", flush=True)
    options = [word for pair in context.items() for word in ("--context", "=".join(pair))]
    run("cdk synth", [ROOT / "node_modules/.bin/cdk", "synth", "--quiet", *options])
    return ASSEMBLY


def build_layer(architecture: str) -> dict[str, str]:
    """Returns the CDK context that synthesis needs: with no layer here, one that leaves it out."""
    print(f"==> the Python layer for {architecture}", flush=True)
    build = [sys.executable, "-m", "streambda.layer", "build", "--arch", architecture]
    build += ["--fallback", FALLBACK]
    if sys.platform != "linux":
        print("    the layer runs only on Linux: the functions run on this machine's own Python")
    elif run("the layer", build, allowed=NO_SOURCE) == 0:
        return {}
    else:
        print("    no source of the layer can be reached: the functions run on this machine's own")
    return {"streambda:python-layer": "none"}


def run(step: str, command: Sequence[str | Path], allowed: int = 0) -> int:
    """The exit status, which must be 0 or `allowed`. Raises SynthesisError otherwise."""
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status not in (0, allowed):
        raise SynthesisError(f"{step} ended with exit status {status}")
    return status
