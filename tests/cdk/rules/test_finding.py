"""How a finding is shown: by the CDK where it does so, and else as one line on stderr."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.templates import ROOT

APP = """
import sys

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from streambda.cdk import ManagedPython, StreamingFunction

app = cdk.App(context={context})
words = StreamingFunction(
    cdk.Stack(app, "Words"),
    "Hello",
    entry={entry!r},
    handler="app.handler",
    runtime=ManagedPython("3.13"),
)
if {warns}:
    words.add_to_role_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"]))
else:
    words.function.add_function_url()
app.synth()
"""
FLAG = "@aws-cdk/core:annotationsInValidationReport"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("warns", "flag", "by_cli", "lines", "status"),
    [
        (False, False, False, 1, 0),
        (True, False, False, 1, 0),
        # The CDK shows it itself, and ends an app with an error.
        (False, True, False, 0, 1),
        # Its CLI shows it, and ends with 1 for an error.
        (False, False, True, 0, 0),
    ],
)
def test_a_finding_is_shown_once(
    tmp_path: Path,
    entry: Path,
    warns: bool,
    flag: bool,
    by_cli: bool,
    lines: int,
    status: int,
) -> None:
    file = tmp_path / "main.py"
    file.write_text(APP.format(context={FLAG: True} if flag else {}, entry=str(entry), warns=warns))
    environment = {name: it for name, it in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'lambda_src'}"
    environment["CDK_OUTDIR"] = str(tmp_path / "out")
    if by_cli:
        environment["CDK_CLI_VERSION"] = "2.1148.1"

    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=120
    )

    rule = "wildcard-resource" if warns else "buffered-url"
    kind = "warning" if warns else "error"
    said = [line for line in done.stderr.splitlines() if line.startswith("streambda: ")]
    assert len(said) == lines, done.stderr
    assert all(it.startswith(f"streambda: {kind}: ") for it in said)
    assert all(it.endswith(f" (streambda:{rule})") for it in said)
    shown = done.stderr.count("allows s3:GetObject on" if warns else " buffers: its invoke mode")
    assert shown == (0 if by_cli else 1), done.stderr
    assert done.returncode == status
