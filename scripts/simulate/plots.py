"""Plots as SVG, without a library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_FONT = 'font-family="sans-serif" font-size="12"'
_BAR, _LEFT, _WIDTH = 22, 230, 420
_COLOURS = ("#2a6f97", "#c1121f", "#588157", "#7f5539")


@dataclass(frozen=True)
class Curve:
    """A line through points (x, y), both within 0 and 1."""

    label: str
    points: Sequence[tuple[float, float]]


def draw_bars(title: str, values: Mapping[str, float], limit: float) -> str:
    """Horizontal bars, cut at ``limit``, with a mark at one."""
    height = 60 + _BAR * len(values)
    mark = _LEFT + _WIDTH / limit
    parts = [f'<text x="10" y="20" {_FONT} font-weight="bold">{escape(title)}</text>']
    for place, (label, value) in enumerate(values.items()):
        y, length = 36 + _BAR * place, _WIDTH * min(value, limit) / limit
        colour = _COLOURS[value > 1.0]
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 12}" {_FONT} text-anchor="end">{escape(label)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{max(length, 0.5):.1f}" height="14" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + length + 6:.1f}" y="{y + 12}" {_FONT}>{value:.2f}</text>')
    parts.append(f'<path d="M{mark:.1f} 30V{height - 18}" stroke="#555" stroke-dasharray="4 3"/>')
    return _frame(_LEFT + _WIDTH + 70, height, parts)


def draw_curves(title: str, axes: tuple[str, str], curves: Sequence[Curve]) -> str:
    """Lines in a unit square, in percent."""
    left, top, side = 60, 40, 360
    parts = [f'<text x="10" y="20" {_FONT} font-weight="bold">{escape(title)}</text>']
    for tick in range(0, 101, 20):
        x, y = left + side * tick / 100, top + side - side * tick / 100
        parts.append(f'<path d="M{x} {top}V{top + side}M{left} {y}H{left + side}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{top + side + 18}" {_FONT} text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" {_FONT} text-anchor="end">{tick}</text>')
    for number, curve in enumerate(curves):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{left + side * x:.1f},{top + side - side * y:.1f}" for x, y in curve.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = f'x="{left + side + 12}" y="{top + 16 + 18 * number}"'
        parts.append(f'<text {place} {_FONT} fill="{colour}">{escape(curve.label)}</text>')
    parts.append(
        f'<text x="{left + side / 2}" y="{top + side + 38}" {_FONT} text-anchor="middle">{escape(axes[0])}</text>'
    )
    parts.append(f'<text x="{left}" y="{top - 8}" {_FONT}>{escape(axes[1])}</text>')
    return _frame(left + side + 200, top + side + 50, parts)


def _frame(width: float, height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )
