"""Synthesises a stack and says what the rules found: rule -> message."""

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

Findings = Callable[[], dict[str, str]]


@pytest.fixture
def findings(stack: cdk.Stack) -> Findings:
    """Synthesises the app of `stack`; an error found there must also end the synthesis."""

    def synthesise() -> dict[str, str]:
        app = stack.node.root
        assert isinstance(app, cdk.App)
        try:
            app.synth()
        except RuntimeError:  # of jsii: the validation failed, and there is a report
            return dict(_read_findings(Path(app.outdir, "validation-report.json")))
        return {}

    return synthesise


def _read_findings(report: Path) -> list[tuple[str, str]]:
    return [
        (violation["ruleName"].removeprefix("Annotation::streambda:"), violation["description"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        if "streambda:" in violation["ruleName"] and violation["severity"] == "error"
    ]
