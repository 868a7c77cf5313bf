"""A line without axes for a tile: how a value moved, its last point, and its target."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

_HEIGHT, _TOP, _BOTTOM = 44, 3.0, 39.0  # px
_LAST = 97  # per cent of the width: the last point is a circle, and stays inside


def spark(values: Sequence[float | None], target: float | None, label: str) -> Markup:
    """The line of these values, one for each period in turn; None breaks it. Nothing where fewer than two are there.

    label: what is read in place of the picture. The target is drawn where the line would still be more than half high.
    """
    there = [value for value in values if value is not None]
    if len(there) < 2:
        return Markup("")
    low, high = min(there), max(there)
    if target is not None and max(high, target) - min(low, target) <= 2 * (high - low):
        low, high = min(low, target), max(high, target)
    else:
        target = None
    span = (high - low) or 1.0

    def down(value: float) -> str:
        middle = 0.5 if high == low else (value - low) / span
        return f"{_BOTTOM - (_BOTTOM - _TOP) * middle:.1f}".removesuffix(".0")

    line = "" if target is None else f'<line class="target" x1="0" x2="100%" y1="{down(target)}" y2="{down(target)}"/>'
    last = next((value for value in reversed(values) if value is not None), 0.0)
    at = _LAST * max(at for at, value in enumerate(values) if value is not None) / (len(values) - 1)
    return Markup(
        f'<svg class="spark" role="img" aria-label="{escape(label)}" height="{_HEIGHT}">{line}'
        f'<svg width="{_LAST}%" height="{_HEIGHT}" viewBox="0 0 {len(values) - 1} {_HEIGHT}"'
        f' preserveAspectRatio="none" overflow="visible"><path class="line" d="{_path(values, down)}"/></svg>'
        f'<circle cx="{at:.4g}%" cy="{down(last)}" r="2.75"/></svg>'
    )


def _path(values: Sequence[float | None], down: Callable[[float], str]) -> str:
    parts = list[str]()
    drawing = False
    for at, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        alone = not drawing and (at + 1 == len(values) or values[at + 1] is None)
        parts.append(f"{'L' if drawing else 'M'}{at},{down(value)}" + ("h.01" if alone else ""))
        drawing = True
    return "".join(parts)
