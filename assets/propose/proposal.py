"""A look at a delivery becomes a proposal of its feed's file: models, columns, units, times, layout, rules, and doubts.

Whatever is proposed loads as a contract and reads the sample; what does not is left out, and a doubt says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assets.failures import PermanentFailure
from assets.pack.city import CityConfig
from assets.propose.afternoon import clock_doubt
from assets.propose.alternatives import united
from assets.propose.cells import Cells, cells_of, is_counter
from assets.propose.draft import (
    Begun,
    add_columns,
    add_others,
    add_place,
    add_time,
    begun_document,
    keyed,
    needs_place,
    place_told,
    with_places_rule,
)
from assets.propose.file_names import dated_by_name, placed_by_name
from assets.propose.keys import some_key, with_key
from assets.propose.matching import Matcher, index_columns
from assets.propose.names import Header, header_of
from assets.propose.reshaping import Reshaped, reshape
from assets.propose.saved_replies import interval_said, place_said, without_repeats, zone_said
from assets.propose.seen import Doubt, Look
from assets.propose.time_columns import time_of
from assets.propose.tried import tried
from assets.propose.unit_columns import with_units
from assets.propose.units import Setting
from assets.propose.vocabulary import Vocabulary
from quality.contract.columns import TIME
from quality.contract.models import PLACE, Model

_SURE = 0.8  # weight of a meaning
_MONTH_FIRST = frozenset(["US", "PH", "BZ", "FM"])  # countries that write the month before the day


@dataclass(frozen=True)
class Proposal:
    """The document of a feed's file, what is in doubt about it, and what was decided, one sentence each."""

    document: dict[str, Any]
    doubts: tuple[Doubt, ...]
    said: tuple[str, ...]


def propose(
    seen: Look, name: str, city: CityConfig | None, models: Mapping[str, Model], wanted: Collection[str] = ()
) -> Proposal:
    """The proposal for a delivery. `name` is that of the feed; `wanted` are models that a person chose.

    Raises PermanentFailure with one sentence on what it needs where nothing can be proposed that runs.
    """
    if seen.rows.is_empty() or not seen.rows.width:
        raise PermanentFailure("FEED-PROPOSAL", "it has no rows", seen.name or name, "give a delivery with rows")
    vocabulary, country = Vocabulary(models), None if city is None else city.country
    interval = interval_said(seen)
    seen = united(without_repeats(seen, models), vocabulary)
    shape = reshape(seen, vocabulary)
    cells, of_units = with_units(cells_of(shape.rows, seen.units))
    cells, also = _with_other_names(cells, seen, shape, vocabulary)
    known = {name: _known_time(vocabulary, column) for name, column in cells.items()}
    times = time_of(cells, known, month_first=_month_first(city), minguo=_minguo(city))
    zone = zone_said(seen.rows)
    if times is not None and zone != (None if city is None else city.timezone) and "%" in times.written.formats[0]:
        times = replace(times, zone=times.zone or zone)
    index = index_columns(cells, vocabulary, f"{name} {seen.name} {seen.head}")
    counters = [n for n, column in cells.items() if is_counter(column) and not _may_be_code(column, vocabulary)]
    skip = {*of_units.values(), *counters, *(() if times is None else (*times.columns, *times.beside))}
    matcher = _matcher(cells, vocabulary, country, also, index=index)
    match = matcher.match(timed=times is not None, skip=skip, wanted=wanted)
    if times is not None and not match.models and all(known.get(one, 0) < 0 for one in times.columns):
        register = matcher.match(timed=False, skip=skip - {*times.columns}, wanted=wanted)
        if register.models and _registers(register.models, models):  # that date says since when a row holds
            match, times, skip = register, None, skip - {*times.columns}
    begun = Begun({}, {**seen.layout, **shape.layout}, [*seen.doubts, *shape.doubts], list(seen.said))
    if times is None and match.models and not _registers(match.models, models):
        with_date = dated_by_name(seen)
        if with_date is not None:
            return propose(with_date, name, city, models, wanted)
    if times is not None and match.models and _registers(match.models, models):
        times = None
    document = begun_document(begun, seen, name, match, models, times, country)
    add_time(begun, document, times, match, cells, models, city, said=interval)
    add_columns(begun, match, cells, models, seen, of_units)
    if needs_place(begun, match, models):
        by_name = None if place_told(match, cells, times, skip) else placed_by_name(seen)
        if by_name is not None:
            return propose(by_name, name, city, models, wanted)
        add_place(begun, match, cells, seen, times, skip)
    known_names = {column for model in match.models for column in models[model].columns}
    add_others(begun, match, cells, skip - {*counters}, seen, known_names)
    if not keyed(begun, match, models):
        doubt = some_key(begun.columns, cells, {fit.name: one for one, fit in match.fits.items()})
        begun.doubts += [] if doubt is None else [doubt]
    document["columns"] = begun.columns
    document["files"]["layout"] = begun.layout
    if not begun.layout:
        del document["files"]["layout"]
    found = tried(document, seen, name, models, "UTC" if city is None else city.timezone)
    found = with_key(found, cells, seen, name, models, "UTC" if city is None else city.timezone)
    final = with_places_rule(found.document, found.parsed.rows)
    clock = clock_doubt(found.parsed.rows)
    asked = [*begun.doubts, *found.doubts] if clock is None else [*begun.doubts, *found.doubts, clock]
    doubts = tuple(dict.fromkeys(asked))
    return Proposal(final, tuple(d for d in doubts if _there(d, final)), tuple(begun.said))


def _known_time(vocabulary: Vocabulary, column: Cells) -> float:
    """How surely models call a column their time; -1 where they call it another date."""
    meanings = vocabulary.meanings(column.header)
    times = [meaning.weight for meaning in meanings if meaning.column == TIME]
    if times:
        return max(times)
    dates = [m for m in meanings if vocabulary.column(m).type in ("date", "timestamp") and m.column != "reported_at"]
    return -1.0 if any(meaning.weight >= 1 for meaning in dates) else 0.0


def _registers(names: Collection[str], models: Mapping[str, Model]) -> bool:
    return all(models[one].time == "register" for one in names)


def _may_be_code(column: Cells, vocabulary: Vocabulary) -> bool:
    """Whether a column that counts up is called as codes of places are: stations may be numbered from 1 on."""
    return any(meaning.column == PLACE and meaning.weight >= _SURE for meaning in vocabulary.meanings(column.header))


def _there(doubt: Doubt, document: Mapping[str, Any]) -> bool:
    """Whether the column that a doubt is about is still there."""
    return len(doubt.key) < 2 or doubt.key[0] != "columns" or doubt.key[1] in document["columns"]


def _month_first(city: CityConfig | None) -> bool | None:
    return None if city is None else city.country in _MONTH_FIRST


def _minguo(city: CityConfig | None) -> bool:
    return city is None or city.country == "TW" or "zh-Hant" in city.languages


def _with_other_names(
    cells: dict[str, Cells], seen: Look, shape: Reshaped, vocabulary: Vocabulary
) -> tuple[dict[str, Cells], dict[str, tuple[str, ...]]]:
    """What the columns are called, too: in other files, below a group of the header, and by texts that name values."""
    also = place_said(seen) | {name: tuple(others) for name, others in seen.also.items()}
    if (seen.layout.get("header_rows") or 0) > 1:
        inner = {name: _below_group(column.header, vocabulary) for name, column in cells.items()}
        also |= {name: (*also.get(name, ()), text) for name, text in inner.items() if text is not None}
    for name in shape.made.intersection(cells):  # `value` was no header
        said = next(iter(shape.also.get(name, ())), "")
        cells[name] = replace(cells[name], header=replace(cells[name].header, said=said or name, silent=True))
    for name, others in shape.also.items():
        if name in shape.made:
            continue
        also[name] = (*also.get(name, ()), *others)
    return cells, also


def _below_group(header: Header, vocabulary: Vocabulary) -> str | None:
    """The end of a name of several rows that a model knows: PM10 of `Particles PM10`; None where it knows the whole."""
    words = header.said.split(" ")
    ends = [" ".join(words[start:]) for start in range(len(words))]
    known = next((end for end in ends if vocabulary.meanings(header_of(end))), None)
    return None if known == ends[0] else known


def _matcher(
    cells: Mapping[str, Cells],
    vocabulary: Vocabulary,
    country: str | None,
    also: Mapping[str, Collection[str]],
    *,
    index: bool,
) -> Matcher:
    """What each column may be; once more where a temperature or a gas says in which units such a file is written."""
    first = Matcher(cells, vocabulary, Setting(country), also, index=index)
    units = {fit.column: fit.unit.unit for fits in first.fits.values() for fit in fits if fit.unit is not None}
    fahrenheit = any(
        units.get(one) == "degF" for one in ("temperature", "temperature_min", "temperature_max", "dew_point")
    )
    return Matcher(cells, vocabulary, Setting(country, fahrenheit=True), also, index=index) if fahrenheit else first
