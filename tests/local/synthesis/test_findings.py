"""What `cdk synth` would say of an app, or refuse, is told here too: one line each."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from streambda.local.model.errors import SynthesisError
from streambda.local.model.findings import Finding, FindingLevel
from streambda.local.synthesis.app import App
from streambda.local.synthesis.findings import read_findings

ERROR, WARNING = FindingLevel.ERROR, FindingLevel.WARNING


def entry(kind: str, data: Any) -> dict[str, Any]:
    return {"type": f"aws:cdk:{kind}", "data": data, "trace": ["x"]}


def write(folder: Path, name: str, document: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / name).write_text(text)


def write_manifest(folder: Path, metadata: dict[str, Any], *, beside: bool = False) -> None:
    artifact: dict[str, Any] = {"type": "aws:cloudformation:stack", "metadata": metadata}
    if beside:
        write(folder, "Stack.metadata.json", metadata)
        artifact = {"type": artifact["type"], "additionalMetadataFile": "Stack.metadata.json"}
    write(folder, "manifest.json", {"artifacts": {"Stack": artifact}})


def report(*violations: dict[str, Any]) -> dict[str, Any]:
    return {"pluginReports": [{"pluginName": "p", "violations": list(violations)}]}


def violation(severity: str | None, *paths: str, **more: Any) -> dict[str, Any]:
    constructs = [{"constructPath": path} for path in paths]
    return {
        "ruleName": "rule-1",
        "description": "no good",
        "violatingConstructs": constructs,
        **({"severity": severity} if severity else {}),
        **more,
    }


@pytest.mark.parametrize("beside", [False, True], ids=["in the manifest", "in a file beside"])
@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ("wrong", "error", [Finding(level=ERROR, path="A/B", message="wrong")]),
        (
            "of\n  two lines",
            "warning",
            [Finding(level=WARNING, path="A/B", message="of two lines")],
        ),
        (
            "hm [ack: my:rule]",
            "warning",
            [Finding(level=WARNING, path="A/B", message="hm", rule="my:rule")],
        ),
        ("just so", "info", []),
        ("Words1A2B", "logicalId", []),
        ({"no": "text"}, "error", []),
    ],
)
def test_annotations(
    data: Any, kind: str, expected: list[Finding], beside: bool, tmp_path: Path
) -> None:
    write_manifest(tmp_path, {"/A/B": [entry(kind, data)]}, beside=beside)

    assert list(read_findings(tmp_path)) == expected


@pytest.mark.parametrize("name", ["validation-report.json", "policy-validation-report.json"])
@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (violation("error", "A/B"), ["error A/B: no good [rule-1]"]),
        (violation("WARNING", "A/B"), ["warning A/B: no good [rule-1]"]),
        (violation("high", "A", "B"), ["error A: no good [rule-1]", "error B: no good [rule-1]"]),
        (violation(None, "A"), ["error A: no good [rule-1]"]),
        (violation("error"), ["error no good [rule-1]"]),
        (violation("error", "A", fix="do it"), ["error A: no good: do it [rule-1]"]),
        (violation("error", "A", description=""), ["error A: rule-1 [rule-1]"]),
    ],
)
def test_reports(name: str, found: dict[str, Any], lines: list[str], tmp_path: Path) -> None:
    write(tmp_path, name, report(found))

    assert [f"{one.level} {one.describe()}" for one in read_findings(tmp_path)] == lines


def test_errors_come_first_and_each_is_told_once(tmp_path: Path) -> None:
    write_manifest(tmp_path, {"/A": [entry("warning", "w [ack: r]"), entry("error", "e")]})
    annotation = violation("error", "A", description="e", ruleName="Annotation::x")
    write(tmp_path, "validation-report.json", report(annotation))

    assert [one.describe() for one in read_findings(tmp_path)] == ["A: e", "A: w [r]"]


def test_findings_of_a_stage(tmp_path: Path) -> None:
    properties = {"directoryName": "assembly-Prod"}
    stage = {"type": "cdk:cloud-assembly", "properties": properties}
    write(tmp_path, "manifest.json", {"artifacts": {"Prod": stage}})
    write_manifest(tmp_path / "assembly-Prod", {"/Prod/A": [entry("error", "e")]})

    assert [one.describe() for one in read_findings(tmp_path)] == ["Prod/A: e"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"artifacts": []}', "[" * 100_000])
def test_what_cannot_be_read_holds_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path, "manifest.json", text)
    write(tmp_path, "validation-report.json", text)

    assert read_findings(tmp_path) == ()


SCRIPT = """
import os, pathlib, sys
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(parents=True, exist_ok=True)
(out / "validation-report.json").write_text({report!r})
raise RuntimeError("ValidationFailed: Validation failed. A copy is in: validation-report.json")
"""


async def test_an_app_that_its_checks_refuse_says_what_they_have_found(tmp_path: Path) -> None:
    ours = violation("warning", "S", ruleName="Annotation::streambda:no-python-layer")
    document = report(ours, violation("warning", "W"), violation("error", "A", "B", "C"))
    (tmp_path / "app.py").write_text(SCRIPT.format(report=json.dumps(document)))
    command = f"{shlex.quote(sys.executable)} app.py"

    with pytest.raises(SynthesisError) as caught:
        await App.find(command, tmp_path).synthesise(tmp_path / "out")

    assert str(caught.value) == (
        f"{command!r} does not pass its own checks, as with `cdk synth`: "
        "A: no good [rule-1] (and 2 more errors)"
    )
    # The message names the first: nothing is told twice, or left out but what we do ourselves.
    assert [one.path for one in caught.value.findings] == ["B", "C", "W"]


async def test_a_report_of_a_synthesis_before_says_nothing_of_this_one(tmp_path: Path) -> None:
    write(tmp_path / "out", "validation-report.json", report(violation("error", "A")))
    (tmp_path / "app.py").write_text("raise ValueError('something else')")

    with pytest.raises(SynthesisError, match="ValueError: something else"):
        await App.find(f"{shlex.quote(sys.executable)} app.py", tmp_path).synthesise(
            tmp_path / "out"
        )
