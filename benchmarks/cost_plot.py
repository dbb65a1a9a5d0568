"""Draw what each command costs a picture against the size of a collection, as a small SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 110, 20, 44
_COLOURS = ("#1b6ca8", "#c0392b", "#3c8d40", "#8e5ea2")


def cost_plot(sizes: Sequence[int], costs: Mapping[str, Sequence[float]]) -> str:
    """An SVG: sizes (N,) of collections, two or more and ascending, on a logarithmic axis; costs by
    name, (N,) CPU milliseconds a picture."""
    low, high = log10(sizes[0]), log10(sizes[-1])
    most = 1.1 * max(max(line) for line in costs.values())

    def x(size: int) -> float:
        return _LEFT + (log10(size) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(cost: float) -> float:
        return _HEIGHT - _BOTTOM - cost / most * (_HEIGHT - _TOP - _BOTTOM)

    drawn = [
        f'<line x1="{_LEFT}" y1="{y(0):.1f}" x2="{_WIDTH - _RIGHT}" y2="{y(0):.1f}" stroke="#888"/>'
    ]
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1e9) if most / step <= 6)
    for mark in range(1, int(most / step) + 1):
        at = y(mark * step)
        drawn.append(
            f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{_WIDTH - _RIGHT}" y2="{at:.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{mark * step:g}</text>'
        )
    for size in sizes:
        drawn.append(
            f'<text x="{x(size):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
            f"{size:,}</text>"
        )
    for colour, (name, line) in zip(_COLOURS, costs.items(), strict=False):
        points = [(x(size), y(cost)) for size, cost in zip(sizes, line, strict=True)]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{a:.1f}" cy="{d:.1f}" r="3" fill="{colour}"/>' for a, d in points]
        across, down = points[-1]
        drawn.append(f'<text x="{across + 8:.1f}" y="{down + 4:.1f}" fill="{colour}">{name}</text>')
    drawn.append(f'<text x="{_LEFT - 40}" y="{_TOP - 6}">CPU ms a picture</text>')
    drawn.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">'
        "pictures</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#333">'
        '<rect width="100%" height="100%" fill="#fff"/>' + "".join(drawn) + "</svg>\n"
    )
