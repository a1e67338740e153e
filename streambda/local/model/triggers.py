"""What may invoke a function on AWS, and what does, as a template has it. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokePermission:
    """AWS::Lambda::Permission: a statement of a function's policy.

    Args:
        sid: The statement's id.
        qualifier: The version or alias whose policy it is in.
        properties: Those of the resource.
    """

    sid: str
    function_name: str
    qualifier: str | None
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSourceMapping:
    """AWS::Lambda::EventSourceMapping, with its properties. It sends no events here."""

    id: str  # a UUID
    function_name: str
    qualifier: str | None
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInvokeConfig:
    """AWS::Lambda::EventInvokeConfig: what Lambda does with an event whose invocation fails.

    Args:
        qualifier: The version or alias that it is for; `$LATEST` for none.
        properties: MaximumRetryAttempts, MaximumEventAgeInSeconds and DestinationConfig, those that
            the template has.
    """

    function_name: str
    qualifier: str
    properties: Mapping[str, Any] = field(default_factory=dict)

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
