"""Tables whose cells are coloured by class, and the key to the classes. Every cell has its value as text, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from assets.site.figures.scales import Classes

NOTHING = "nothing"  # the class of a cell without a value


class ValueCell(NamedTuple):
    """A cell: its class, the value as text, and why there is none, which is read where the text is only a dash. No
    dataclass: the pages of a city have 50,000 of them, and a frozen one takes four times as long to make."""

    css: str
    text: str
    why: str = ""

    def inside(self) -> str:
        """What stands in the cell, as HTML."""
        if self.css != NOTHING or not self.why:
            return _escaped(self.text)
        return f'<abbr title="{_escaped(self.why)}">{_escaped(self.text)}</abbr>'


@lru_cache(maxsize=20_000)  # cells have few texts, each many times
def _escaped(text: str) -> str:
    return str(escape(text))


def key_of(
    classes: Classes,
    say: Callable[[float], str],
    *,
    label: str,
    up_to: Callable[[str], str],
    over: Callable[[str], str],
    target: str,
    no_value: str,
) -> Markup:
    """The key: each class with its upper limit, the target as a line between two of them, and what has no value."""
    items = list[str]()
    # the side of the target on which a limit is met is said by the line; words say the numbers
    for span in classes.spans():
        text = over(say(span.low or 0.0)) if span.high is None else up_to(say(span.high))
        if not classes.bounds:
            text = ""
        begins = f'<li><i class="{span.css}"></i>{escape(text)}'
        if span.after_target:
            begins = f'<li class="pivot">{begins[4:]}<br>{escape(target)}'
        items.append(f"{begins}</li>")
    items.append(f'<li><i class="{NOTHING}"></i>{escape(no_value)}</li>')
    return Markup(f'<ul class="key" aria-label="{escape(label)}">{"".join(items)}</ul>')


def rows_of_cells(cells: Sequence[ValueCell | None]) -> str:
    """Cells in a row of a table; None is a place that is no cell."""
    return "".join("<td></td>" if cell is None else f'<td class="{cell.css}">{cell.inside()}</td>' for cell in cells)
