"""Ranked dots: a table with a row for each area or city, in which a dot shows the value and a bar how far others lie.

The bar is a spread (of the days of a period, for example) and no uncertainty: the page has to say of what. An interval,
drawn with ends, is there only where the measure has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assets.site.figures.scales import AxisScale, scale_of

Bounds = tuple[float, float]
_EDGE = 3.0  # per cent
_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Dot:
    """A row. rank: as shown, empty where it has none; name: HTML, a link for the most part; kind: class of colours.

    shown, spread_shown: the value and the bounds as text, None where there is none; note: why there is no value.
    """

    name: Markup
    value: float | None
    shown: str | None
    rank: str = ""
    kind: str = ""
    spread: Bounds | None = None
    spread_shown: str = ""
    interval: Bounds | None = None
    note: Markup | str = ""


@dataclass(frozen=True)
class DotWords:
    """What the columns are called, and the table for those who do not see it. Empty, rank and spread are no columns."""

    caption: str
    rank: str
    name: str
    value: str
    spread: str = ""


def dots(rows: Sequence[Dot], words: DotWords, tick: Callable[[float], str], target: float | None = None) -> Markup:
    """The figure. tick: how a number of the axis is written; target: where the dashed line is."""
    bounds = [bound for row in rows for pair in (row.spread, row.interval) if pair for bound in pair]
    values = [row.value for row in rows if row.value is not None]
    scale = scale_of([*values, *bounds], () if target is None else (target,))
    with_spread = bool(words.spread)
    head = Markup("").join(
        [
            Markup('<th scope="col" class="number rank">{}</th>').format(words.rank) if words.rank else "",
            Markup('<th scope="col"><div class="strip"><span>{}</span>{}</div></th>').format(
                words.name, _axis(scale, tick)
            ),
            Markup('<th scope="col" class="number">{}</th>').format(words.value),
            Markup('<th scope="col" class="number spread">{}</th>').format(words.spread) if with_spread else "",
        ]
    )
    behind = _behind(scale, target)
    body = Markup("\n").join(_row(row, scale, behind, words) for row in rows)
    return Markup(
        '<table class="dots full"><caption class="unseen">{}</caption>'
        "<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody></table>"
    ).format(words.caption, head, body)


def _row(row: Dot, scale: AxisScale, behind: Markup, words: DotWords) -> Markup:
    # not Markup.format: a night writes 2,000 rows, and it took a third of what the pages of districts cost
    value = (
        f'<data value="{row.value}">{escape(row.shown)}</data>'
        if row.value is not None
        else f'<span class="soft">{escape(row.shown or _DASH)}</span>'
    )
    strip = _strip(row, scale, behind) if row.value is not None or row.spread else ""
    note = f'<span class="small">{escape(row.note)}</span>' if row.note else ""
    rank = f'<td class="number rank">{escape(row.rank)}</td>' if words.rank else ""
    spread = f'<td class="number spread">{escape(row.spread_shown)}</td>' if words.spread else ""
    return Markup(
        f'<tr>{rank}<th scope="row"><div class="strip"><span>{escape(row.name)}</span>{strip}</div>{note}</th>'
        f'<td class="number">{value}</td>{spread}</tr>'
    )


def _behind(scale: AxisScale, target: float | None) -> Markup:
    """What is behind the marks of every row."""
    line = Markup('<line class="{0}" x1="{1}" x2="{1}" y1="0" y2="20"/>')
    parts = [line.format("grid", _at(scale, tick)) for tick in scale.ticks]
    return Markup("").join(parts if target is None else [*parts, line.format("target", _at(scale, target))])


def _strip(row: Dot, scale: AxisScale, behind: Markup) -> str:
    parts = [str(behind)]
    if row.spread:
        low, high = (_at(scale, end) for end in row.spread)
        parts.append(f'<line class="spread" x1="{low}" x2="{high}" y1="10" y2="10"/>')
    if row.interval:
        low, high = (_at(scale, end) for end in row.interval)
        parts.append(f'<line class="interval" x1="{low}" x2="{high}" y1="10" y2="10"/>')
        parts += [f'<line class="interval" x1="{end}" x2="{end}" y1="6" y2="14"/>' for end in (low, high)]
    if row.value is not None:
        kind = escape(f"dot {row.kind}".strip())
        parts.append(f'<circle class="{kind}" cx="{_at(scale, row.value)}" cy="10" r="4.5"/>')
    return f'<svg height="20" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'


def _axis(scale: AxisScale, tick: Callable[[float], str]) -> Markup:
    texts = (Markup('<text x="{}" y="13">{}</text>').format(_at(scale, one), tick(one)) for one in scale.ticks)
    return Markup('<svg height="16" aria-hidden="true" focusable="false">{}</svg>').format(Markup("").join(texts))


def _at(scale: AxisScale, value: float) -> str:
    """The place of a value on the strip. Both edges stay free, so that a dot there is whole."""
    return f"{_EDGE + (100 - 2 * _EDGE) * scale.at(value):.2f}%"


def ranks(shown: Sequence[str | None]) -> list[str]:
    """The ranks of values in their order: 1, 2, 3=, 3=, 5. Values that are shown alike share one; none has none.

    shown, not the numbers: 18.2 and 18.4 that both read 18 would have ranks that nobody can see a reason for.

    >>> ranks(["10", "11", "11", None, "12"])
    ['1', '2=', '2=', '', '4']
    """
    found = list[str]()
    number = 0
    first = dict[str, int]()
    having = [one for one in shown if one is not None]
    for one in shown:
        if one is None:
            found.append("")
            continue
        number += 1
        rank = first.setdefault(one, number)
        found.append(f"{rank}=" if having.count(one) > 1 else f"{rank}")
    return found
