"""All that the local cloud reads from a CDK assembly: see `assembly/read_assembly.py`. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from streambda.local.model.findings import Finding, FindingLevel
from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.http_apis import HttpApi
from streambda.local.model.rest_apis import RestApi
from streambda.local.model.triggers import EventInvokeConfig, EventSourceMapping, InvokePermission


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedResource:
    """A resource that the local cloud does not emulate, or an error in a template.

    Args: `wrong` is for what a template of its own says and nobody here understands: CloudFormation
    would refuse it, or only AWS can do it.
    """

    type: str  # "AWS::SQS::Queue"
    name: str
    reason: str
    wrong: bool = False

    def to_finding(self) -> Finding:
        """One line, where a table would break it."""
        return Finding(level=FindingLevel.WARNING, path=self.name, message=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    type: str
    physical_id: str  # what Ref gives


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedStack:
    """What CloudFormation would tell of a stack. Secret parameters have no value in it.

    Args:
        parent_id: The id of the stack that it is nested in.
        outputs: With the addresses of `aws_addresses`, since no ports are known.
        output_descriptions: By the name of the output.
        exports: The names under which other stacks find outputs, by the name of the output.
    """

    name: str
    id: str
    description: str = ""
    parent_id: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    output_descriptions: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, StackResource] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What an assembly holds, as far as it is emulated, and what is not."""

    functions: tuple[LocalFunction, ...]
    function_urls: tuple[FunctionUrl, ...]
    rest_apis: tuple[RestApi, ...]
    http_apis: tuple[HttpApi, ...] = ()
    unsupported: tuple[UnsupportedResource, ...] = ()
    stacks: tuple[DescribedStack, ...] = ()
    permissions: tuple[InvokePermission, ...] = ()
    event_sources: tuple[EventSourceMapping, ...] = ()
    event_invoke_configs: tuple[EventInvokeConfig, ...] = ()


def list_wrong(resources: Iterable[UnsupportedResource]) -> tuple[Finding, ...]:
    """What is wrong in a template, for the log."""
    return tuple(one.to_finding() for one in resources if one.wrong)
