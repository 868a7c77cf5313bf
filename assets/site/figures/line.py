"""A line over time: each value thin, a mean over several thick, what is aimed at dashed, and gaps that stay gaps.

Texts are in px and places in per cent, so that a narrow screen makes the line narrower and no text smaller. Only paths
stand in an inner picture that is stretched; their strokes are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from markupsafe import Markup, escape

from assets.site.figures.scales import AxisScale, scale_of

HEIGHT, TOP, FOOT = 220, 26, 24  # px: the plot, room for the label of the highest value, that of the labels below
_NEAR = 17  # px: labels of an axis that are closer would touch
_FEW = 62  # so many points have a mark of their own each: a month of days, five years of months
_WIDE_GAP = 0.16  # of the width: a gap that has room for words, also on a phone


@dataclass(frozen=True)
class TimeMark:
    """A label below an axis of time, where a month or year begins; `seldom`: only where there is room."""

    index: int
    text: str
    seldom: bool = False


@dataclass(frozen=True)
class Run:
    """A run of periods without a value, from the first to the last, and why."""

    first: int
    last: int
    why: str


@dataclass(frozen=True)
class Peak:
    """What is written at the highest value."""

    index: int
    text: str


def line_figure(
    values: Sequence[float | None],
    *,
    smooth: Sequence[float | None],
    targets: Sequence[float | None],
    marks: Sequence[TimeMark],
    gaps: Sequence[Run],
    peak: Peak | None,
    say: Callable[[float], str],
    say_limit: Callable[[float], str],
    no_value: str,
    label: str,
) -> Markup:
    """The picture of values, one for each period in turn, None where there is none.

    smooth: their means, or nothing. targets: by period; one that changes makes a step. say: a number as a text.
    label: what stands in place of the picture.
    """
    count = len(values)
    limits = sorted({target for target in targets if target is not None})
    scale, inner = _drawn(tuple(values), tuple(smooth), tuple(limits))
    parts = [_gap(gap, count, no_value) for gap in gaps]
    parts += [_time_mark(mark, count) for mark in marks]
    parts += _axis(scale, limits, say, say_limit)
    parts += [_target(scale, run, count) for run in _runs(targets)]
    parts.append(
        f'<svg x="0" y="{TOP}" width="100%" height="{HEIGHT}" viewBox="0 0 {max(1, count - 1)} {HEIGHT}"'
        f' preserveAspectRatio="none" overflow="visible">{inner}</svg>'
    )
    if count <= _FEW:
        parts += [_dot(index, value, scale, count) for index, value in enumerate(values) if value is not None]
    if peak is not None:
        parts.append(_peak(peak, values[peak.index] or 0.0, scale, count))
    widest = max(map(len, (*(say(tick) for tick in scale.ticks), *map(say_limit, limits))))
    return Markup(
        f'<svg class="plot {left_room(widest)}" role="img" height="{TOP + HEIGHT + FOOT}" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


@lru_cache(maxsize=8)  # a page in all its languages has one line
def _drawn(
    values: tuple[float | None, ...], smooth: tuple[float | None, ...], limits: tuple[float, ...]
) -> tuple[AxisScale, str]:
    """The scale, and the paths without what stands around them."""
    scale = scale_of((v for v in (*values, *smooth) if v is not None), limits)
    thin = f'<path class="thin" d="{_path(values, scale)}"/>' if smooth else ""
    return scale, f'{thin}<path class="line" d="{_path(smooth or values, scale)}"/>'


def left_room(characters: int) -> str:
    """The class of a figure that leaves room for labels of so many characters at its left."""
    return "left-short" if characters <= 4 else "left-middle" if characters <= 7 else "left-long"


def place(index: float, count: int) -> str:
    """The place of a period on an axis of time, in per cent."""
    return f"{100 * min(1.0, max(0.0, index / max(1, count - 1))):.4g}%"


def _down(value: float, scale: AxisScale) -> float:
    return HEIGHT * (1 - scale.at(value))


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _path(values: Sequence[float | None], scale: AxisScale) -> str:
    parts = list[str]()
    drawing = False
    low, span = scale.low, scale.high - scale.low  # as _down and _px, without calls: the pages of a city have 90,000
    for index, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        place = f"{index} {HEIGHT * (1 - (value - low) / span):.1f}".removesuffix(".0")
        if drawing:
            parts.append(f"L{place}")
            continue
        # a value between two gaps would be a line without length, which nobody sees
        alone = index + 1 == len(values) or values[index + 1] is None
        parts.append(f"M{place}h.01" if alone else f"M{place}")
        drawing = True
    return "".join(parts)


def _axis(
    scale: AxisScale, limits: Sequence[float], say: Callable[[float], str], say_limit: Callable[[float], str]
) -> list[str]:
    """Both ends, and what is aimed at; where nothing is, all ticks. A tick too near a limit has a line and no label."""
    ticks = (scale.low, scale.high) if limits else scale.ticks
    near = [_down(limit, scale) for limit in limits]
    parts = list[str]()
    for tick in ticks:
        down = _down(tick, scale)
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{_px(TOP + down)}" y2="{_px(TOP + down)}"/>')
        if all(abs(down - other) >= _NEAR for other in near):
            parts.append(_beside(down, say(tick), "axis"))
    written = list[float]()
    for limit, down in zip(limits, near, strict=True):
        if all(abs(down - other) >= _NEAR for other in written):
            parts.append(_beside(down, say_limit(limit), "aim"))
            written.append(down)
    return parts


def _beside(down: float, text: str, css: str) -> str:
    return f'<text class="{css}" text-anchor="end" x="-8" y="{_px(TOP + down + 4.5)}">{escape(text)}</text>'


def _time_mark(mark: TimeMark, count: int) -> str:
    x, bottom = place(mark.index, count), TOP + HEIGHT
    css = ' class="seldom"' if mark.seldom else ""
    end = ' text-anchor="end"' if mark.index > 0.93 * count else ""
    line = f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom}"/>'
    return line + f'<text{css}{end} x="{x}" y="{bottom + 18}">{escape(mark.text)}</text>'


def _gap(gap: Run, count: int, no_value: str) -> str:
    x, end = place(gap.first - 0.5, count), place(gap.last + 0.5, count)
    width = f"{float(end[:-1]) - float(x[:-1]):.4g}"
    rect = f'<rect class="gap" x="{x}" width="{width}%" y="{TOP}" height="{HEIGHT}"><title>{escape(gap.why)}</title>'
    rect += "</rect>"
    if float(width) < 100 * _WIDE_GAP:
        return rect
    middle = f"{float(x[:-1]) + float(width) / 2:.4g}"
    return rect + f'<text text-anchor="middle" x="{middle}%" y="{TOP + 18}">{escape(no_value)}</text>'


def _runs(targets: Sequence[float | None]) -> list[tuple[float, int, int]]:
    """What is aimed at, and from which period to which."""
    found = list[tuple[float, int, int]]()
    at = 0
    for target, group in groupby(targets):
        length = len(list(group))
        if target is not None:
            found.append((target, at, at + length - 1))
        at += length
    return found


def _target(scale: AxisScale, run: tuple[float, int, int], count: int) -> str:
    target, first, last = run
    y = _px(TOP + _down(target, scale))
    x, end = place(first - 0.5, count), place(last + 0.5, count)
    return f'<line class="target" x1="{x}" x2="{end}" y1="{y}" y2="{y}"/>'


def _dot(index: int, value: float, scale: AxisScale, count: int) -> str:
    return f'<circle class="dot" cx="{place(index, count)}" cy="{_px(TOP + _down(value, scale))}" r="3"/>'


def _peak(peak: Peak, value: float, scale: AxisScale, count: int) -> str:
    at = peak.index / max(1, count - 1)
    anchor = "start" if at < 0.2 else "end" if at > 0.8 else "middle"
    y = _px(TOP + _down(value, scale) - 8)
    return (
        f'<text class="peak" text-anchor="{anchor}" x="{place(peak.index, count)}" y="{y}">{escape(peak.text)}</text>'
    )
