"""What makes a construct a Lambda function to other constructs: all of the CDK's `IFunction`.

The CDK is written in TypeScript and calls back into Python for each member. So an event rule, a
REST API or a grant can be given the construct itself, as if it were an `aws_lambda.Function`.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    class _Interface(Construct, lambda_._IFunctionProxy):
        """The members that the loop below makes, for type checkers."""

        function: lambda_.Function
        target: lambda_.IFunction

        def add_alias(self, alias_name: str, **options: Any) -> lambda_.Alias: ...
        def add_environment(
            self, key: str, value: str, *, remove_in_edge: bool | None = None
        ) -> lambda_.Function: ...
        def add_layers(self, *layers: lambda_.ILayerVersion) -> None: ...
        def invalidate_version_based_on(self, x: str) -> None: ...
        @property
        def current_version(self) -> lambda_.Version: ...
        @property
        def dead_letter_queue(self) -> sqs.IQueue | None: ...
        @property
        def dead_letter_topic(self) -> sns.ITopic | None: ...
        @property
        def runtime(self) -> lambda_.Runtime: ...

else:
    _Interface = Construct

# Who calls the function calls its alias, where it has one.
OF_TARGET = frozenset({
    "add_event_source", "add_event_source_mapping", "add_function_url", "add_permission",
    "configure_async_invoke", "function_arn", "function_name", "function_ref", "grant_invoke",
    "grant_invoke_composite_principal", "grant_invoke_url", "metric", "metric_duration",
    "metric_errors", "metric_invocations", "metric_throttles", "permissions_node",
    "resource_arns_for_grant_invoke",
})  # fmt: skip
# Of the construct itself: its place in the tree.
_OF_CONSTRUCT = frozenset({"node", "with_"})
# What `aws_lambda.Function` has and its interface has not.
BEYOND_INTERFACE = (
    "add_alias", "add_environment", "add_layers", "current_version", "dead_letter_queue",
    "dead_letter_topic", "invalidate_version_based_on", "runtime",
)  # fmt: skip


@jsii.implements(lambda_.IFunction)
class FunctionInterface(_Interface):
    """Passes all members of `IFunction` on to `target` or `function`, which subclasses set."""


def interface_members() -> list[str]:
    """Those of the installed aws-cdk-lib, but for what every construct has itself."""
    names = {name for name in dir(lambda_.IFunction) if not name.startswith("_")}
    return sorted(names - _OF_CONSTRUCT)


def _pass_on(name: str, original: Any) -> Any:
    receiver = "target" if name in OF_TARGET else "function"
    if isinstance(original, property):
        return property(lambda self: getattr(getattr(self, receiver), name), doc=original.__doc__)

    def call(self: FunctionInterface, *args: Any, **options: Any) -> Any:
        method: Callable[..., Any] = getattr(getattr(self, receiver), name)
        return method(*args, **options)

    call.__name__ = name
    call.__doc__ = original.__doc__
    # jsii makes keyword arguments of a TypeScript object only where a signature names them.
    call.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return call


for _name in interface_members():
    setattr(FunctionInterface, _name, _pass_on(_name, getattr(lambda_.IFunction, _name)))
for _name in BEYOND_INTERFACE:
    setattr(FunctionInterface, _name, _pass_on(_name, getattr(lambda_.Function, _name)))
