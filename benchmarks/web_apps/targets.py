"""The targets of hosted web apps: ratios to the adapter and to uvicorn, in the same run.

There is none for the adapter's cycle: most of its 44 ms is a delayed acknowledgement.
"""

from __future__ import annotations

from benchmarks.runtime.measures import (
    COLD_CPU,
    COLD_WALL,
    CYCLE,
    MEDIUM_RATE,
    SMALL_RATE,
    Measure,
)
from benchmarks.runtime.targets import Target
from benchmarks.web_apps.measures import FIRST_BYTE, MEMORY
from benchmarks.web_apps.subjects import ADAPTER, OURS, UVICORN, name_subject

# (measure, limit, peer): the limit is a ceiling of times and memory, and a floor of rates.
_LIMITS: dict[str, tuple[tuple[Measure, float, str], ...]] = {
    "starlette": (
        (COLD_WALL, 0.55, ADAPTER),
        (COLD_CPU, 0.55, ADAPTER),
        (FIRST_BYTE, 0.12, ADAPTER),
        (FIRST_BYTE, 0.8, UVICORN),
        (CYCLE, 1.2, UVICORN),
        (SMALL_RATE, 5, ADAPTER),
        (SMALL_RATE, 1.2, UVICORN),
        (MEDIUM_RATE, 1.2, ADAPTER),
        (MEMORY, 0.67, ADAPTER),
    ),
    "fastapi": (
        (COLD_WALL, 0.72, ADAPTER),
        (COLD_CPU, 0.72, ADAPTER),
        (FIRST_BYTE, 0.2, ADAPTER),
        (CYCLE, 1.2, UVICORN),
        (SMALL_RATE, 5, ADAPTER),
        (SMALL_RATE, 1.2, UVICORN),
        (MEDIUM_RATE, 1.2, ADAPTER),
        (MEMORY, 0.8, ADAPTER),
    ),
}
_RATES = (SMALL_RATE, MEDIUM_RATE)

TARGETS = tuple(
    Target(
        measure,
        limit,
        name_subject(framework, peer),
        at_least=measure in _RATES,
        subject=name_subject(framework, OURS),
    )
    for framework, limits in _LIMITS.items()
    for measure, limit, peer in limits
)
