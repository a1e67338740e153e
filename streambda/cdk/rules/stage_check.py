"""Runs all rules over the stages of an app when it is synthesised."""

from collections.abc import Callable, Iterable, Iterator

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from streambda.cdk.rules.callers import (
    check_function_urls,
    check_http_apis,
    check_load_balancers,
    check_places,
)
from streambda.cdk.rules.finding import Finding, is_acknowledged, report
from streambda.cdk.rules.resource_index import CheckedFunction, ResourceIndex
from streambda.cdk.rules.rest_apis import check_rest_apis
from streambda.cdk.rules.roles import check_wildcard_resources
from streambda.cdk.rules.templates import read_templates

Rule = Callable[[ResourceIndex], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    check_rest_apis,
    check_http_apis,
    check_load_balancers,
    check_function_urls,
    check_places,
    check_wildcard_resources,
)

_ID = "StreambdaRules"


def check_at_synthesis(function: CheckedFunction) -> None:
    """Check `function`, and everything that refers to it, when the app is synthesised."""
    stage = cdk.Stage.of(function)
    assert stage is not None  # the CDK makes an app for a stack that has none
    _find_check(stage)
    _find_app_check(stage).functions.append(function)


def _find_app_check(stage: cdk.Stage) -> "_StageCheck":
    app = stage.node.root
    assert isinstance(app, Construct)
    return _find_check(app)


def _find_check(stage: Construct) -> "_StageCheck":
    check = stage.node.try_find_child(_ID) or _StageCheck(stage)
    assert isinstance(check, _StageCheck)
    return check


class _StageCheck(Construct):
    """One in the app, and one in each stage that has a streaming function. It has no resource."""

    def __init__(self, stage: Construct) -> None:
        super().__init__(stage, _ID)
        self.stage = stage
        self.functions: list[CheckedFunction] = []  # in the app's: those of all stages
        self.node.add_validation(_RunRules(self))


@jsii.implements(IValidation)
class _RunRules:
    """Validation comes after all aspects, when references between stacks are made."""

    def __init__(self, check: _StageCheck) -> None:
        self._check = check

    def validate(self) -> list[str]:
        stage = self._check.stage
        assert isinstance(stage, cdk.Stage)
        for finding in _find_all(stage):
            report(finding)
        if stage.node.path:
            return []
        # The CDK has written these stages before, and no annotation of theirs would be shown.
        return [
            f"{finding.message} ({finding.id})"
            for other in _find_unchecked(stage)
            for finding in _find_all(other)
            if not finding.is_warning
        ]


def _find_all(stage: cdk.Stage) -> Iterator[Finding]:
    try:
        stacks = read_templates(stage)
    except RuntimeError:  # of jsii: the CDK cannot write them either, and will say why
        return
    index = ResourceIndex(stage, stacks, _find_app_check(stage).functions)
    for rule in RULES:
        for finding in rule(index):
            if not is_acknowledged(finding):
                yield finding


def _find_unchecked(app: cdk.Stage) -> Iterator[cdk.Stage]:
    """Stages without a streaming function: they may name one of another stage by its ARN."""
    for construct in app.node.find_all():
        if isinstance(construct, cdk.Stage) and construct.node.try_find_child(_ID) is None:
            yield construct
