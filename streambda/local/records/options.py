"""What to record, and which records to show."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """Args:
    write: A file to which every invocation is appended as one line.
    masked: Whether secrets are replaced in it; see `masks`.
    show: A file of records to show in the console.
    """

    write: Path | None = None
    masked: bool = True
    show: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.write, self.show) if path)
