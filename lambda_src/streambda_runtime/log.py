"""The runtime's own log lines; a handler's go through print and logging as they are."""

import sys


def log(text: str) -> None:
    """Writes to stderr, which Lambda collects, at once: the process may be killed at any time."""
    sys.stderr.write(text if text.startswith("[") else f"[streambda] {text}")
    sys.stderr.write("\n")
    sys.stderr.flush()
