"""What to record, and which records to show."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """Args:
    write: A file that gets every invocation as one line; it is appended to.
    masked: Whether secrets are replaced in it; see `masks`.
    show: A file of records that the console shows from the start.
    """

    write: Path | None = None
    masked: bool = True
    show: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.write, self.show) if path)
