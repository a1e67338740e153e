"""Synthesises an app and says what the rules found: rule -> message."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest

from tests.support.rule_findings import find_all

Findings = Callable[[], dict[str, str]]


@pytest.fixture
def findings(stack: cdk.Stack) -> Findings:
    """Those in the app of `stack`; an error must also end the synthesis, a warning must not."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return lambda: {finding.rule: finding.message for finding in find_all(app)}
