"""What every subject is asked to do, and the figures: mostly those of the runtime's benchmark.

uvicorn alone has no Runtime API: its cold start ends when it listens, its cycle with the answer.
"""

from __future__ import annotations

import statistics
from dataclasses import replace

from benchmarks.runtime.measures import (
    COLD_CPU,
    COLD_WALL,
    CYCLE,
    MEDIUM_RATE,
    SMALL_RATE,
    TTFB,
    Measure,
)
from benchmarks.runtime.workloads import COLD, KIB, Workload

# Nothing is pinned: on Lambda too, the Runtime API, the adapter and the server share two processors
# (up to 3,008 MB). With both of them on one, the adapter would run only when the server has sent
# everything, and find it in one piece.
_WARM = Workload("warm", 1, 64, 200, 40, pinned=False)
_SMALL = Workload("small", 1000, 64, 20, 3, pinned=False)
_MEDIUM = Workload("medium", 100, 64 * KIB, 8, 2, pinned=False)
# Not more: a cycle of the adapter takes 44 ms.
THOUSAND = Workload("thousand", 1, 64, 1000, pinned=False, repeats=0.25, time_limit_s=120)

WORKLOADS = (COLD, _WARM, _SMALL, _MEDIUM, THOUSAND)
QUICK = (
    COLD,
    replace(_WARM, invocations=20, warm_up=5),
    replace(_SMALL, invocations=3, warm_up=1),
    replace(_MEDIUM, invocations=2, warm_up=0),
    replace(THOUSAND, invocations=20),
)

# Where the status is known, with its headers: a runtime sends them with the first byte, the
# adapter before it.
FIRST_BYTE = Measure(
    "first byte p50",
    "us",
    _WARM,
    lambda session, _: statistics.median(one.begin for one in session.invocations) / 1e3,
)

MEMORY = Measure(
    "memory after 1,000 requests", "MiB", THOUSAND, lambda session, _: session.end_kib / 1024
)

MEASURES = (COLD_WALL, COLD_CPU, FIRST_BYTE, TTFB, CYCLE, SMALL_RATE, MEDIUM_RATE, MEMORY)
