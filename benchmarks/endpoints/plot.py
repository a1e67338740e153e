"""Draws when the bytes of a paced stream arrived, for each endpoint, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Arrivals = Mapping[str, Sequence[tuple[float, int]]]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW = 760, 120, 130, 34, 30
_COLOUR = "#0b5cad"


def draw_svg(arrivals: Arrivals) -> str:
    """Draws one row for each endpoint, on the same time axis, with a mark for each arrival."""
    longest = max(moment for points in arrivals.values() for moment, _ in points)
    height = _TOP + len(arrivals) * _HEIGHT + _BELOW
    rows = [
        _draw_row(name, points, longest, _TOP + number * _HEIGHT)
        for number, (name, points) in enumerate(arrivals.items())
    ]
    view = f'viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {view}>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="12" y="20">One chunk every 100 ms: bytes that have arrived, over time</text>',
        *rows,
        *_draw_axis(longest, height),
        "</svg>",
        "",
    ])  # fmt: skip


def _draw_row(name: str, arrived: Sequence[tuple[float, int]], longest: float, top: int) -> str:
    most = arrived[-1][1]
    base = top + _HEIGHT - 16
    points = [(_x(when, longest), base - (_HEIGHT - 34) * size / most) for when, size in arrived]
    steps = "".join(f" H{x:.1f} V{y:.1f}" for x, y in points)
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    return (
        f'<text x="12" y="{base}">{escape(name)}</text>'
        f'<path d="M{_LEFT} {base} H{_WIDTH - 20}" stroke="#ccc"/>'
        f'<path d="M{_LEFT} {base}{steps}" fill="none" stroke="{_COLOUR}"/>'
        f'<g fill="{_COLOUR}">{marks}</g>'
    )


def _draw_axis(longest: float, height: int) -> list[str]:
    ticks = range(0, int(longest * 2) + 1)
    return [
        f'<text x="{_x(tick / 2, longest):.1f}" y="{height - 10}" fill="#555">{tick / 2:g} s</text>'
        for tick in ticks
    ]


def _x(moment: float, longest: float) -> float:
    return _LEFT + (_WIDTH - 20 - _LEFT) * moment / longest
