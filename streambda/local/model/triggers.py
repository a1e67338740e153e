"""What belongs to a function and does nothing here, as a template has it. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResource:
    """Args:
    qualifier: The version or alias of the function that it is for.
    properties: Those of the resource, without intrinsic functions.
    """

    stack: str = ""
    logical_id: str = ""
    function_name: str
    qualifier: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


class InvokePermission(FunctionResource):
    """AWS::Lambda::Permission: a statement of a function's policy."""


class EventSourceMapping(FunctionResource):
    """AWS::Lambda::EventSourceMapping. It sends no events here."""


class EventInvokeConfig(FunctionResource):
    """AWS::Lambda::EventInvokeConfig: what Lambda does with an event whose invocation fails."""

    @property
    def max_retries(self) -> int | None:
        text = str(self.properties.get("MaximumRetryAttempts", ""))
        return int(text) if text in {"0", "1", "2"} else None

    @property
    def on_failure(self) -> str | None:
        """The ARN of what gets an event that has failed for the last time."""
        try:
            return str(self.properties["DestinationConfig"]["OnFailure"]["Destination"])
        except (KeyError, TypeError):
            return None
