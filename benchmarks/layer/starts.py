"""Starts interpreters, one after the other, round by round: processor time and wall time.

Interleaved, because the machine is shared: only figures of one round can be compared.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.layer.interpreters import LAYER


@dataclass(frozen=True, slots=True)
class Work:
    """What an interpreter is started for."""

    name: str
    arguments: tuple[str, ...]


WORKS = (
    Work("-I -S -c pass", ("-I", "-S", "-c", "pass")),
    Work("-c pass", ("-c", "pass")),
    Work("json, socket", ("-c", "import json, socket")),
    Work("asyncio", ("-c", "import asyncio")),
    Work("ssl context", ("-c", "import ssl; ssl.create_default_context()")),
)

# No settings of the machine, and no bytecode is left behind.
_ENVIRONMENT = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}


class StartFailed(Exception):
    """An interpreter ended with another status than 0."""


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds from spawn to end."""

    cpu: float
    wall: float


@dataclass(slots=True)
class Starts:
    """(work, interpreter) -> one start of each round."""

    rounds: dict[tuple[str, str], list[Start]] = field(default_factory=dict)

    def cpu(self, work: str, name: str) -> float:
        return statistics.median(start.cpu for start in self.rounds[work, name])

    def wall(self, work: str, name: str) -> float:
        return statistics.median(start.wall for start in self.rounds[work, name])

    def best_peer(self, work: str) -> str | None:
        """The peer with the least processor time; None where the layer has no peer."""
        peers = [name for known, name in self.rounds if known == work and name != LAYER]
        return min(peers, key=lambda name: self.cpu(work, name), default=None)

    def ratio(self, work: str, peer: str) -> float:
        """The layer's processor time to the peer's: the median of the rounds' ratios."""
        pairs = zip(self.rounds[work, LAYER], self.rounds[work, peer], strict=True)
        return statistics.median(ours.cpu / theirs.cpu for ours, theirs in pairs)


def measure_starts(
    interpreters: Mapping[str, Path], rounds: int, progress: Callable[[str], None]
) -> Starts:
    """Measures every kind of start with every interpreter. Raises StartFailed."""
    starts, names = Starts(), list(interpreters)
    for work in WORKS:
        progress(work.name)
        for name in names:  # its files are in the page cache from here on
            measure_start(interpreters[name], work.arguments)
        for number in range(rounds):
            # Every round begins with another one, so that none always follows the same one.
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                start = measure_start(interpreters[name], work.arguments)
                starts.rounds.setdefault((work.name, name), []).append(start)
    return starts


def measure_start(python: Path, arguments: Sequence[str]) -> Start:
    devnull = [(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_RDWR, 0) for one in (0, 1, 2)]
    began = time.perf_counter()
    child = os.posix_spawn(python, [str(python), *arguments], _ENVIRONMENT, file_actions=devnull)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    if code := os.waitstatus_to_exitcode(status):
        raise StartFailed(f"{python} {' '.join(arguments)} ended with {code}")
    return Start((used.ru_utime + used.ru_stime) * 1e3, wall * 1e3)
