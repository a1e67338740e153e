"""What the rules found in an app, from the report that the synthesis writes."""

import json
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk

PREFIX = "Annotation::streambda:"


@dataclass(frozen=True)
class Found:
    rule: str
    severity: str
    message: str
    construct: str  # its path


def find_all(app: cdk.App) -> list[Found]:
    """Synthesises `app`; an error must end the synthesis, a warning must not."""
    try:
        app.synth()
    except RuntimeError:  # of jsii: the validation failed, and there is a report
        found = _read_report(app)
        assert any(it.severity == "error" for it in found)
        return found
    found = _read_report(app)
    assert {it.severity for it in found} <= {"warning"}
    return found


def _read_report(app: cdk.App) -> list[Found]:
    report = Path(app.outdir, "validation-report.json")
    if not report.is_file():
        return []
    return [
        Found(
            violation["ruleName"].removeprefix(PREFIX),
            violation["severity"],
            violation["description"],
            construct["constructPath"],
        )
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        if violation["ruleName"].startswith(PREFIX)
        for construct in violation["violatingConstructs"]
    ]
