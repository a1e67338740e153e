"""What every subject is asked to do, and the figures: mostly those of the runtime's benchmark.

uvicorn alone has no Runtime API: its cold start ends when it listens, its cycle with the answer.
"""

from __future__ import annotations

from benchmarks.runtime.measures import (
    COLD_CPU,
    COLD_WALL,
    CYCLE,
    MEDIUM_RATE,
    SMALL_RATE,
    TTFB,
    Measure,
)
from benchmarks.runtime.workloads import COLD, KIB, MEDIUM, SMALL, Workload

# Fewer than of a runtime: a cycle of the adapter takes 44 ms.
WARM = Workload("warm", 1, 64, 200, 40)
THOUSAND = Workload("thousand", 1, 64, 1000, repeats=0.25, time_limit_s=120)

WORKLOADS = (COLD, WARM, SMALL, MEDIUM, THOUSAND)
QUICK = (
    COLD,
    Workload("warm", 1, 64, 20, 5),
    Workload("small", 1000, 64, 3, 1),
    Workload("medium", 100, 64 * KIB, 2),
    Workload("thousand", 1, 64, 20),
)

MEMORY = Measure(
    "memory after 1,000 requests", "MiB", THOUSAND, lambda session, _: session.end_kib / 1024
)

MEASURES = (COLD_WALL, COLD_CPU, TTFB, CYCLE, SMALL_RATE, MEDIUM_RATE, MEMORY)
