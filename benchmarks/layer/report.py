"""The results as Markdown tables, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.layer import targets
from benchmarks.layer.builds import MEGABYTE, BuiltLayer
from benchmarks.layer.interpreters import LAYER
from benchmarks.layer.starts import WORKS, Starts
from benchmarks.layer.targets import Target
from benchmarks.markdown_table import format_table


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The circumstances of the run."""

    machine: str
    load: float
    rounds: int
    seconds: float
    interpreters: dict[str, str]
    skipped: dict[str, str]  # layer -> why it cannot be built on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """One target, and the measured value."""

    name: str
    target: Target
    reached: float

    @property
    def row(self) -> list[str]:
        return [
            self.name,
            self.target.text,
            f"{self.reached:.2f}",
            self.target.verdict(self.reached),
        ]


def format_tables(starts: Starts, built: Sequence[BuiltLayer], about: About) -> str:
    parts = [_format_starts(starts, list(about.interpreters))] if starts.rounds else []
    parts += [_format_builds(built)] if built else []
    targets = [one.row for one in judge_targets(starts, built)]
    parts += [format_table(["target", "", "reached", ""], targets)]
    parts += [f"{name}: {path}" for name, path in about.interpreters.items()]
    parts += [f"{name}: skipped: {why}" for name, why in about.skipped.items()]
    circumstances = f"{about.rounds} rounds, {about.seconds:.0f} s, load {about.load}"
    parts += [f"{about.machine}; {circumstances}", "Why: docs/performance.md"]
    return "\n\n".join(parts)


def judge_targets(starts: Starts, built: Sequence[BuiltLayer]) -> list[TargetResult]:
    return [*_judge_starts(starts), *(one for layer in built for one in _judge_build(layer))]


def make_document(starts: Starts, built: Sequence[BuiltLayer], about: About) -> dict[str, object]:
    """All figures of all rounds, and the verdicts."""
    rounds = [
        {"work": work, "interpreter": name, "rounds": [asdict(start) for start in every]}
        for (work, name), every in starts.rounds.items()
    ]
    layers = [asdict(layer) | {"path": layer.path.name} for layer in built]
    verdicts = [
        dict(zip(("name", "target", "reached", "verdict"), one.row, strict=True))
        for one in judge_targets(starts, built)
    ]
    return asdict(about) | {"starts": rounds, "layers": layers, "targets": verdicts}


def _judge_starts(starts: Starts) -> list[TargetResult]:
    works = sorted({work for work, _ in starts.rounds}, key=[one.name for one in WORKS].index)
    best = {work: peer for work in works if (peer := starts.best_peer(work))}
    return [
        TargetResult(
            name=f"start, {work} (to {peer})",
            target=targets.START,
            reached=starts.ratio(work, peer),
        )
        for work, peer in best.items()
    ]


def _judge_build(layer: BuiltLayer) -> list[TargetResult]:
    figures = [("cold build", targets.COLD, layer.cold_s), ("build", targets.WARM, layer.warm_s)]
    if layer.name == LAYER and layer.python == targets.SIZED:
        figures += [
            ("zip", targets.ZIPPED, layer.zipped / MEGABYTE),
            ("unzipped", targets.UNZIPPED, layer.unzipped / MEGABYTE),
        ]
    of = f"{layer.name} {layer.architecture}"
    return [
        TargetResult(name=f"{name}, {of}", target=target, reached=reached)
        for name, target, reached in figures
    ]


def _format_starts(starts: Starts, names: Sequence[str]) -> str:
    rows = [
        [f"{work.name}, {kind} ms", *(f"{median(work.name, name):.1f}" for name in names)]
        for work in WORKS
        for kind, median in (("cpu", starts.cpu), ("wall", starts.wall))
    ]
    return format_table(["medians", *names], rows)


def _format_builds(built: Sequence[BuiltLayer]) -> str:
    rows = [
        [
            f"{layer.name} {layer.architecture}, CPython {layer.python}",
            f"{layer.zipped / MEGABYTE:.2f}",
            f"{layer.unzipped / MEGABYTE:.2f}",
            f"{layer.cold_s:.1f}",
            f"{layer.warm_s:.1f}",
        ]
        for layer in built
    ]
    return format_table(["layers", "zip, MB", "unzipped, MB", "cold build, s", "build, s"], rows)
