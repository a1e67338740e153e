"""All that the local cloud reads from a CDK assembly: see `assembly/read_assembly.py`. No I/O."""

from dataclasses import dataclass

from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.rest_apis import RestApi


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedResource:
    """What an app has on AWS and the local cloud does not emulate."""

    type: str  # "AWS::SQS::Queue"
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What an assembly holds, as far as it is emulated, and what is not."""

    functions: tuple[LocalFunction, ...]
    function_urls: tuple[FunctionUrl, ...]
    rest_apis: tuple[RestApi, ...]
    unsupported: tuple[UnsupportedResource, ...] = ()
