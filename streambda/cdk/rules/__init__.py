"""Refuses at synth what would fail, or not stream, at run time.

Each finding is an error that names the construct, the reason and what to write instead. One that is
right as it is can be acknowledged by its id, as those of cdk-nag are:

    reason = "EC2 knows no resource for ec2:DescribeRegions"
    known = cdk.Acknowledgment(id="streambda:wildcard-resource", reason=reason)
    cdk.Validations.of(construct).acknowledge(known)
"""

from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct

from streambda.cdk.rules import callers, rest_apis, roles
from streambda.cdk.rules.finding import Finding, report
from streambda.cdk.rules.resource_index import Tree

if TYPE_CHECKING:
    from streambda.cdk.function import StreamingFunction

_ID = "StreambdaGuards"
_OF_ROUTES = (
    rest_apis.buffered,
    rest_apis.timeouts,
    rest_apis.templates,
    rest_apis.apis,
    rest_apis.caches,
)
_OF_TREE = (callers.http_apis, callers.load_balancers, callers.function_urls, roles.wildcards)


class _Guards(Construct):
    """One in each stage of an app, without a resource: its aspect looks at all of the stage."""

    def __init__(self, stage: cdk.Stage) -> None:
        super().__init__(stage, _ID)
        self.stage = stage
        self.functions: list[StreamingFunction] = []
        # On this leaf alone: an aspect of the app would call Python for each construct there is.
        cdk.Aspects.of(self).add(_Look())


@jsii.implements(cdk.IAspect)
class _Look:
    def visit(self, node: IConstruct) -> None:
        assert isinstance(node, _Guards)
        for finding in findings(Tree(node.stage, node.functions)):
            report(finding)


def watch(function: "StreamingFunction") -> None:
    """Let the guards look at `function`, and at what refers to it, when the app is synthesised."""
    stage = cdk.Stage.of(function)
    assert stage is not None  # the CDK makes an app for a stack that has none
    guards = stage.node.try_find_child(_ID) or _Guards(stage)
    assert isinstance(guards, _Guards)
    guards.functions.append(function)


def findings(tree: Tree) -> list[Finding]:
    routes = rest_apis.routes(tree)
    of_routes = (finding for guard in _OF_ROUTES for finding in guard(tree, routes))
    return [*of_routes, *(finding for guard in _OF_TREE for finding in guard(tree))]
