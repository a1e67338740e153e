"""Asks the system about a process."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """A zombie does not run: its parent, or the system's first process, will take it away."""
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "ZX"
