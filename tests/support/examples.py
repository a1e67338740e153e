"""Synthesises an example as its README says, without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.templates import ROOT
from tests.support.wheels import make_wheel


def synthesise_example(example: Path, out: Path, work: Path, **more: str) -> Path:
    """Writes the assembly to `out`; its only template. `more` context than cdk.json has.

    The packages of functions are real requirements, installed by the real uv from wheels without
    content, which are made in `work`.
    """
    settings = json.loads((example / "cdk.json").read_text())
    assert settings["app"] == "python app.py"
    context = {**settings["context"], "streambda:python-layer": "none", **more}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=example,
        env={
            **synthesis_variables(example, work),
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(context),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    [template] = out.glob("*.template.json")
    return template


def synthesis_variables(example: Path, work: Path) -> dict[str, str]:
    """The environment for a synthesis of `example` that needs no network."""
    wheels = work / "wheels"
    for file in example.glob("src/**/requirements.txt"):
        make_empty_wheels(wheels, file.read_text().split())
    configuration = work / "uv.toml"
    configuration.write_text(f"no-index = true\nfind-links = [{json.dumps(str(wheels))}]\n")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda_src'}",
        "STREAMBDA_CACHE_DIR": str(work / "cache"),
        "UV_CONFIG_FILE": str(configuration),
        "UV_CACHE_DIR": str(work / "uv"),
    }


def make_empty_wheels(folder: Path, requirements: list[str]) -> None:
    for requirement in requirements:
        name, pinned, version = requirement.partition("==")
        assert pinned, f"{requirement} is not pinned"
        make_wheel(folder, name.replace("-", "_"), {}, version=version)
