"""What others have to say about the stack: cdk-nag, cfn-lint, and whoever reviewed it last."""

import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from app import ACKNOWLEDGED, add_checks
from stacks.streaming_stack import StreamingStack
from tests.cdk.conftest import MakeApp
from tests.support.templates import Template, scrub_hashes


@pytest.mark.slow
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(
    make_app: MakeApp, layer_archive: Path
) -> None:
    app = make_app()
    add_checks(app)

    StreamingStack(app, "Streambda", layer_archive=layer_archive)

    assert findings(app) == {}


@pytest.mark.slow
def test_cdk_nag_fails_a_bad_stack_in_spite_of_what_is_acknowledged(make_app: MakeApp) -> None:
    app = make_app()
    add_checks(app)

    s3.Bucket(cdk.Stack(app, "Bad"), "Bucket")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert findings(app)["AwsSolutions-S1"] == "error"


@pytest.mark.slow
def test_every_acknowledgement_is_needed(make_app: MakeApp, layer_archive: Path) -> None:
    app = make_app(api_gateway_logs_role="create")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))

    StreamingStack(app, "Streambda", layer_archive=layer_archive)

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert findings(app).keys() == ACKNOWLEDGED.keys()


@pytest.mark.slow
def test_cfn_lint_finds_nothing(template: Template) -> None:
    # A second and a half, that who leaves this test out does not pay.
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    # W3005: the CDK makes a function depend on its role, which it also refers to.
    config = ManualArgs(ignore_checks=["W3005"], regions=["us-east-1"])

    found = [str(match) for match in lint(json.dumps(template), config=config)]

    assert found == []


def test_the_template_is_the_one_that_was_reviewed(
    template: Template, snapshot: SnapshotAssertion
) -> None:
    assert scrub_hashes(template) == snapshot(extension_class=JSONSnapshotExtension)


def findings(app: cdk.App) -> dict[str, str]:
    """Rule -> severity, from the report that the synthesis writes."""
    return dict(_findings(app))


def _findings(app: cdk.App) -> Iterator[tuple[str, str]]:
    report = Path(app.outdir, "validation-report.json")
    if not report.is_file():
        app.synth()
    if not report.is_file():
        return
    for plugin in json.loads(report.read_text())["pluginReports"]:
        for violation in plugin["violations"]:
            yield violation["ruleName"], violation["severity"]
