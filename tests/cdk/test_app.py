import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from streambda.layer import LayerUnavailable
from tests.support.templates import ROOT, resources

pytestmark = pytest.mark.slow  # each starts Python and Node.js anew


def run_app(outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """Run app.py as the CDK CLI does, with nothing in the environment that tells of an account."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    environment = {
        # For the machines whose Node.js is not the one from pip.
        "PATH": os.environ["PATH"],
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps({**flags, "streambda:python-layer": "none", **context}),
    }
    return subprocess.run(
        [sys.executable, ROOT / "app.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_app_needs_no_account_no_network_and_no_layer(tmp_path: Path) -> None:
    result = run_app(tmp_path)

    assert result.returncode == 0, result.stderr
    assert "a function that is deployed like this will not start" in result.stderr
    template = json.loads((tmp_path / "Streambda.template.json").read_text())
    assert len(resources(template, "AWS::Lambda::Function")) == 4
    assert resources(template, "AWS::Lambda::LayerVersion") == {}


def test_a_wrong_context_value_ends_the_app_with_one_line(tmp_path: Path) -> None:
    result = run_app(tmp_path, architecture="mips")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "streambda: error: context architecture is 'mips', expected 'arm64' or 'x86_64'\n"
    )


def test_a_layer_out_of_reach_ends_the_app_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def out_of_reach(*_: object) -> None:
        raise LayerUnavailable("arm64", {"pbs": "no route to host"})

    monkeypatch.setattr(app, "StreamingStack", out_of_reach)

    assert app.main() == 1
    assert capsys.readouterr().err == (
        "streambda: error: no source for the arm64 Python layer: pbs: no route to host\n"
    )


def test_any_other_exception_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(app, "StreamingStack", broken)

    with pytest.raises(KeyError, match="a bug"):
        app.main()


def test_cdk_json_starts_the_app_and_watches_what_it_is_made_of() -> None:
    settings = json.loads((ROOT / "cdk.json").read_text())

    assert settings["app"] == ".venv/bin/python app.py"
    assert "lambda_src/**" in settings["watch"]["include"]
    assert "streambda:python-layer" not in settings["context"]
