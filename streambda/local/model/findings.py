"""What the checks of an app have found, at synthesis. No I/O."""

from dataclasses import dataclass
from enum import StrEnum


class FindingLevel(StrEnum):
    """An error is what `cdk synth` refuses."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found at a construct; the message is one line."""

    level: FindingLevel
    path: str  # of the construct, in the app; may be empty
    message: str
    rule: str = ""  # the id with which it can be acknowledged; may be empty

    @property
    def is_error(self) -> bool:
        return self.level is FindingLevel.ERROR

    def describe(self) -> str:
        place = f"{self.path}: " if self.path else ""
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{place}{self.message}{rule}"
