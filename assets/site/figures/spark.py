"""A line without axes: how a value moved, its last point, and its target. For tiles of the site, and as a picture that
stands alone, for the pages of Dagster: both draw the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_HEIGHT, _TOP, _BOTTOM = 44, 3.0, 39.0  # px
_LAST = 97  # per cent of the width: the last point is a circle, and stays inside
_FINE = 10  # units of the inner picture for a value across and a pixel down
WIDTH, HEIGHT, EDGE = 360, 40, 2  # px of a picture that stands alone
LINE, AIM = "%233b82f6", "%23d97706"  # blue and orange, to be seen on a light page and on a dark one


@dataclass(frozen=True)
class _Scale:
    """From the lowest to the highest; `target` is None where it is too far away to be drawn."""

    low: float
    high: float
    target: float | None

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the lowest, 1 at the highest, the middle where they are the same."""
        # halves first: the range of two floats may be none
        span = self.high / 2 - self.low / 2
        return (value / 2 - self.low / 2) / span if span > 0 else 0.5


def _scale(values: Sequence[float], target: float | None) -> _Scale:
    """The target is in it where the line would still be half as high as the picture or higher."""
    low, high = min(values), max(values)
    if target is not None:
        wide = max(high, target) / 2 - min(low, target) / 2
        if wide <= high - low:
            return _Scale(min(low, target), max(high, target), target)
    return _Scale(low, high, None)


def spark(values: Sequence[float | None], target: float | None, label: str) -> Markup:
    """The line of these values, one for each period in turn; None breaks it. Nothing where fewer than two are there.

    label: what is read in place of the picture. The target is drawn where the line would still be half as high.
    """
    there = [value for value in values if value is not None]
    if len(there) < 2:
        return Markup("")
    scale = _scale(there, target)

    def down(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * scale.share(value), 1)

    line = ""
    if scale.target is not None:
        y = f"{down(scale.target):g}"
        line = f'<line class="target" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
    points = [None if value is None else (at * _FINE, round(down(value) * _FINE)) for at, value in enumerate(values)]
    at = _LAST * max(at for at, value in enumerate(values) if value is not None) / (len(values) - 1)
    return Markup(
        f'<svg class="spark" role="img" aria-label="{escape(label)}" height="{_HEIGHT}">{line}'
        f'<svg width="{_LAST}%" height="{_HEIGHT}" viewBox="0 0 {(len(values) - 1) * _FINE} {_HEIGHT * _FINE}"'
        f' preserveAspectRatio="none" overflow="visible"><path class="line" d="{curve(points)}"/></svg>'
        f'<circle cx="{at:.4g}%" cy="{down(there[-1]):g}" r="2.75"/></svg>'
    )


def spark_alone(values: Sequence[float | None], target: float | None) -> str:
    """The same line as a picture of its own, with its colours, as the text of a `data:` address of under 1,000
    characters: Dagster opens no longer one by itself."""
    there = [value for value in values if value is not None]
    scale = _scale(there, target)

    def down(value: float) -> int:
        return round(HEIGHT - EDGE - scale.share(value) * (HEIGHT - 2 * EDGE))

    step = WIDTH / max(1, len(values) - 1)
    points = [None if value is None else (round(at * step), down(value)) for at, value in enumerate(values)]
    aim = (
        ""
        if scale.target is None
        else f"<path stroke='{AIM}' stroke-dasharray='3' d='M0 {down(scale.target)}h{WIDTH}'/>"
    )
    size = f"width='{WIDTH}' height='{HEIGHT}'"
    drawn = f"{aim}<path stroke='{LINE}' d='{curve(points)}'/>"
    text = f"<svg xmlns='http://www.w3.org/2000/svg' {size} fill='none' stroke-width='1.5'>{drawn}</svg>"
    return text.replace("<", "%3C").replace(">", "%3E")


def curve(points: Sequence[tuple[int, int] | None]) -> str:
    """A line through the points that breaks at each gap; one point between two gaps is a dash."""
    parts, before = list[str](), None
    for number, point in enumerate(points):
        if point is not None and before is not None:
            across, down = point[0] - before[0], point[1] - before[1]
            parts.append(f"l{across}{down}" if down < 0 else f"l{across} {down}")
        elif point is not None:
            alone = number + 1 == len(points) or points[number + 1] is None
            parts.append(f"M{point[0]} {point[1]}" + ("h2" if alone else ""))
        before = point
    return "".join(parts)
