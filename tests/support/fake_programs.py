"""Programs that stand in for those of the machine."""

from __future__ import annotations

from pathlib import Path


def write_program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(script)
    path.chmod(0o755)
