"""Draws how many times better streambda is than its peers, beside the targets, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log

from benchmarks.runtime.measures import Results
from benchmarks.runtime.targets import Target
from benchmarks.web_apps.targets import TARGETS

_WIDTH, _ROW, _LEFT, _TOP, _BELOW = 760, 22, 330, 40, 30
_LEAST, _MOST = 0.5, 32.0  # of the axis, which is logarithmic
_MET, _MISSED = "#0b5cad", "#c2410c"


@dataclass(frozen=True)
class Bar:
    """One target: how many times better than the peer was reached, and how many it asks for."""

    label: str
    reached: float
    target: float

    @classmethod
    def of(cls, target: Target, results: Results) -> Bar | None:
        """None where it was not measured."""
        ratio = target.find_result(results)
        if not ratio:
            return None
        label = f"{target.subject.partition('-')[0]}, {target.measure.name}, to {target.peer}"
        if target.at_least:
            return cls(label, ratio, target.limit)
        return cls(label, 1 / ratio, 1 / target.limit)


def make_bars(results: Results) -> list[Bar]:
    """A bar for each target that was measured."""
    return [bar for target in TARGETS if (bar := Bar.of(target, results)) is not None]


def draw_svg(bars: Sequence[Bar]) -> str:
    """Draws one row for each bar, with a line where its target is."""
    height = _TOP + len(bars) * _ROW + _BELOW
    view = f'viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {view}>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="12" y="20">Web apps: how many times better than the peer (line: target)</text>',
        *(_draw_bar(bar, _TOP + number * _ROW) for number, bar in enumerate(bars)),
        *_draw_axis(height),
        "</svg>",
        "",
    ])  # fmt: skip


def _draw_bar(bar: Bar, top: int) -> str:
    begin, end, target = _x(_LEAST), _x(bar.reached), _x(bar.target)
    colour = _MET if bar.reached >= bar.target else _MISSED
    return (
        f'<text x="12" y="{top + 14}">{escape(bar.label)}</text>'
        f'<rect x="{begin:.1f}" y="{top + 3}" width="{end - begin:.1f}" height="14" '
        f'fill="{colour}"><title>{bar.reached:.2f}</title></rect>'
        f'<path d="M{target:.1f} {top} V{top + 20}" stroke="#000" stroke-width="2"/>'
    )


def _draw_axis(height: int) -> list[str]:
    ticks = (0.5, 1, 2, 4, 8, 16, 32)
    return [
        f'<text x="{_x(tick):.1f}" y="{height - 10}" fill="#555">{tick:g}x</text>' for tick in ticks
    ]


def _x(times: float) -> float:
    kept = min(max(times, _LEAST), _MOST)
    return _LEFT + (_WIDTH - 40 - _LEFT) * log(kept / _LEAST) / log(_MOST / _LEAST)
