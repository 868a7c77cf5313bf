"""What the texts of a delivered column may be, by the layout of a feed; and under which names a feed is delivered."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quality.contract.columns import Column
from quality.contract.connector import Service
from quality.contract.layout import Layout
from quality.contract.layout_rows import Matches
from quality.contract.model import Contract
from quality.text import normalised
from simulator.deliver.matching import group_texts, text_matching

_ANY = re.compile(".*", re.DOTALL)


@dataclass(frozen=True)
class Field:
    """`texts`: only these, None: any that `fits`. `make` gives one of them by its number."""

    texts: tuple[str, ...] | None = None
    fits: tuple[Callable[[str], bool], ...] = ()
    make: Callable[[int], str | None] | None = None
    longest: int | None = None

    def allows(self, text: str) -> bool:
        """Whether a text may stand in this column."""
        there = self.texts is None or text in self.texts
        return there and len(text) <= (self.longest or len(text)) and all(fits(text) for fits in self.fits)

    def text(self, number: int) -> str | None:
        """The text of this number that may stand here; None where there are no more, or nothing says which."""
        if self.texts is not None:
            found = [text for text in self.texts if self.allows(text)]
            return found[number] if number < len(found) else None
        made = self.make(number) if self.make is not None else None
        return made if made is not None and self.allows(made) else None

    def also(self, other: Field) -> Field:
        """Both of them."""
        texts = self.texts if other.texts is None else other.texts
        if self.texts is not None and other.texts is not None:
            texts = tuple(text for text in self.texts if text in other.texts)
        longest = min((one.longest for one in (self, other) if one.longest is not None), default=None)
        return Field(texts, (*self.fits, *other.fits), self.make or other.make, longest)


def fields_of(layout: Layout, service: Service | None = None) -> dict[str, Field]:
    """By delivered name, what the layout (and the question to a service) says of its texts."""
    found: list[tuple[str, Field]] = [(name, Field((text,))) for name, text in layout.constants.items()]
    found += [(name, _wanted(condition)) for name, condition in layout.where.items()]
    found += [(name, _unwanted(condition)) for name, condition in layout.where_not.items()]
    found += [(name, Field(longest=end - start)) for name, (start, end) in layout.positions.items()]
    if layout.unpivot is not None:
        for group in layout.unpivot.groups:
            found.append((group, _of_group(layout.unpivot.columns, group, whole=True)))
    for pattern in (layout.from_name, layout.from_head):
        for group in re.compile(pattern).groupindex if pattern is not None else ():
            found.append((group, _of_group(pattern or "", group, whole=False)))
    for name, template in layout.join.items():
        found.append((name, _of_template(template, layout.constants)))
    if service is not None and service.each:
        asked = [name for name, text in service.echo.items() if text == "{each}"]
        found += [(name, Field(tuple(service.each))) for name in ("_each", *asked)]
    fields = dict[str, Field]()
    for name, one in found:
        fields[name] = fields[name].also(one) if name in fields else one
    return fields


def _wanted(condition: str | tuple[str, ...] | Matches) -> Field:
    if isinstance(condition, Matches):
        pattern = condition.matches
        return Field(None, (lambda text: _whole(pattern, text),), lambda number: text_matching(pattern, number))
    return Field(tuple(normalised(text) for text in _listed(condition)))


def _unwanted(condition: str | tuple[str, ...] | Matches) -> Field:
    if isinstance(condition, Matches):
        pattern = condition.matches
        return Field(None, (lambda text: not _whole(pattern, text),))
    left_out = {normalised(text) for text in _listed(condition)}
    return Field(None, (lambda text: text not in left_out,))


def _listed(condition: str | tuple[str, ...]) -> Sequence[str]:
    return (condition,) if isinstance(condition, str) else condition


def _whole(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _of_group(pattern: str, group: str, *, whole: bool) -> Field:
    """Texts that a named group of a pattern can have."""
    texts = group_texts(pattern, group)

    def fits(text: str) -> bool:
        return bool(text) and text_matching(pattern, 0, {group: text}, whole=whole) is not None

    def made(number: int) -> str | None:
        found = text_matching(pattern, number, whole=whole)
        return None if found is None else re.search(pattern, found)[group]  # type: ignore[index]

    return Field(None if texts is None else tuple(texts), (fits,), made)


def _of_template(template: str, constants: Mapping[str, str]) -> Field:
    """Texts that columns can be joined to."""
    parsed = list(string.Formatter().parse(template))
    pattern = "".join(
        re.escape(text) + ("" if name is None else re.escape(constants[name]) if name in constants else "(.+?)")
        for text, name, *_ in parsed
    )

    def made(number: int) -> str:
        return "".join(
            text + ("" if name is None else constants.get(name, f"{name}{number + 1}")) for text, name, *_ in parsed
        )

    return Field(None, (lambda text: re.fullmatch(pattern, text) is not None,), made)


def delivered_names(contract: Contract, layout: Layout, service: Service | None = None) -> dict[str, str]:
    """Under which of its names each column is delivered: one of them, and none that another column would be read from.

    What the layout names goes first; else the last name, which mostly is the newest.
    """
    named, fixed = _named(layout, service), (*layout.names, *layout.widths)
    ways = [_chosen(contract.delivered, named, fixed, newest=newest) for newest in (True, False)]
    return min(ways, key=lambda way: len(way) - len(set(way.values())))


def _named(layout: Layout, service: Service | None) -> set[str]:
    unpivot, pivot = layout.unpivot, layout.pivot
    made = {*layout.join, *layout.constants, *layout.sum, *layout.names, *layout.widths}
    for pattern in (layout.from_name, layout.from_head):
        made |= set() if pattern is None else set(re.compile(pattern).groupindex)
    if unpivot is not None:
        made |= {*unpivot.groups, unpivot.value_name, *(group_texts(unpivot.columns, "value") or ())}
    if pivot is not None:
        made |= {*pivot.index}
        condition = layout.where.get(pivot.on)
        made |= set() if condition is None or isinstance(condition, Matches) else set(_listed(condition))
    if service is not None:
        made |= {"_asked_at"} if service.stamped else set()
        made |= {"_each", *service.echo} if service.each else set()
    return made


def _chosen(columns: Iterable[Column], named: set[str], fixed: Sequence[str], *, newest: bool) -> dict[str, str]:
    found = dict[str, str]()
    alternatives = dict[str, tuple[str, ...]]()
    for column in columns:
        given = column.spec.sources
        if not given:
            continue
        names = [name for name in given if not name.startswith("_asked") or name in named] or list(given)
        names = sorted(names[::-1] if newest else names, key=lambda name: name not in named)
        there = {*found.values(), *fixed}
        good = [
            name
            for name in names
            if not (there & set(given)) - {name}
            and all(name not in other or name == found[of] for of, other in alternatives.items())
        ]
        fresh = [name for name in good if name not in found.values()]
        found[column.name] = (fresh or good or names)[0]
        alternatives[column.name] = given
    return found
