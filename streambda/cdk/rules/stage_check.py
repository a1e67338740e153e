"""Runs all rules over a stage of the app when it is synthesised."""

from collections.abc import Callable, Iterable

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct

from streambda.cdk.rules.callers import check_function_urls, check_http_apis, check_load_balancers
from streambda.cdk.rules.finding import Finding, report
from streambda.cdk.rules.resource_index import CheckedFunction, ResourceIndex
from streambda.cdk.rules.rest_apis import check_rest_apis
from streambda.cdk.rules.roles import check_wildcard_resources

Rule = Callable[[ResourceIndex], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    check_rest_apis,
    check_http_apis,
    check_load_balancers,
    check_function_urls,
    check_wildcard_resources,
)

_ID = "StreambdaRules"


def check_at_synthesis(function: CheckedFunction) -> None:
    """Check `function`, and everything that refers to it, when the app is synthesised."""
    stage = cdk.Stage.of(function)
    assert stage is not None  # the CDK makes an app for a stack that has none
    check = stage.node.try_find_child(_ID) or _StageCheck(stage)
    assert isinstance(check, _StageCheck)
    check.functions.append(function)


class _StageCheck(Construct):
    """One in each stage of an app. It has no resource; its aspect looks at all of the stage."""

    def __init__(self, stage: cdk.Stage) -> None:
        super().__init__(stage, _ID)
        self.stage = stage
        self.functions: list[CheckedFunction] = []
        # On this leaf alone: an aspect of the app would call Python for every construct.
        cdk.Aspects.of(self).add(_RunRules())


@jsii.implements(cdk.IAspect)
class _RunRules:
    def visit(self, node: IConstruct) -> None:
        assert isinstance(node, _StageCheck)
        index = ResourceIndex(node.stage, node.functions)
        for rule in RULES:
            for finding in rule(index):
                report(finding)
