"""Asks the system about a process."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """A zombie does not run: its parent, or the system's first process, will take it away."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it may end between two system calls
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def is_group_stopped(group: int) -> bool:
    """Whether every thread of every process of a process group was stopped by a signal."""
    states = [state for pid in Path("/proc").glob("[0-9]*") for state in _states(pid, group)]
    return bool(states) and set(states) == {"T"}


def _states(process: Path, group: int) -> list[str]:
    try:
        # Behind the name, which may have spaces: the state, the parent, the group.
        if process.joinpath("stat").read_text().rpartition(")")[2].split()[2] != str(group):
            return []
        threads = [stat.read_text() for stat in process.glob("task/*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return []
    return [text.rpartition(")")[2].split()[0] for text in threads]
