"""One value among others on a line: a tick for each, a dot for the one, a diamond for the whole that they are parts of.

It stands beside words that say the position and the range: the others' values are in the tables of the metric.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from assets.site.figures.scales import AxisScale, scale_of

_HIGH = 18
_EDGE = 2.0  # per cent that stay free at both ends, so that a dot there is whole


def among_scale(others: Sequence[float], whole: float | None) -> AxisScale:
    """The line of these values: the same for each of them."""
    return scale_of(others, () if whole is None else (whole,))


def among_ticks(scale: AxisScale, others: Sequence[float]) -> Markup:
    """The ticks: they are the same in the figures of all areas, so they are made once."""
    steps = "".join(f"M{10 * _at(scale, value):.0f} 4v{_HIGH - 8}" for value in others)
    return Markup('<svg viewBox="0 0 1000 {}" preserveAspectRatio="none"><path class="others" d="{}"/></svg>').format(
        _HIGH, steps
    )


def among(scale: AxisScale, ticks: Markup, value: float, whole: float | None) -> Markup:
    """The figure. whole: the value of the city, None where it stands on another line."""
    middle = _HIGH // 2
    mark = ""
    if whole is not None:
        path = f'<path d="M0 {middle - 6}l6 6-6 6-6-6z"/>'
        mark = f'<svg class="whole" x="{_at(scale, whole):.2f}%" overflow="visible">{path}</svg>'
    dot = f'<circle class="one" cx="{_at(scale, value):.2f}%" cy="{middle}" r="5"/>'
    return Markup(f'<svg class="among" height="{_HIGH}" aria-hidden="true" focusable="false">{ticks}{mark}{dot}</svg>')


def _at(scale: AxisScale, value: float) -> float:
    return _EDGE + (100 - 2 * _EDGE) * scale.at(value)
