"""What is wrong in the metrics of a pack: each that it chooses and each of its own, proved against what it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import polars as pl

from assets.check.entries import Among, entry_flaws
from assets.check.where import mistake_at
from assets.derive.parts import made_of_nothing
from assets.mart import declared_marts, marts_of_tables
from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entries import OWN, entry_files, platform_entries
from assets.metrics.entry import Entry, KindRule
from assets.metrics.made_of_others import RESIDENTS
from assets.metrics.over_days import with_parts_over_days
from assets.metrics.sources import why_not
from assets.pack.city import City, PackFiles, city_of_pack
from assets.standards.index import Read, index
from quality.contract.mistakes import ContractError, Mistake

Key: TypeAlias = tuple[str | int, ...]


def metric_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Entries that cannot be computed, metrics that no feed gives, and choices that do not fit their metric."""
    yield from _files(pack)
    if pack.config is None or pack.choices is None or pack.areas is None:
        return
    city = city_of_pack(pack, pack.config, pack.choices, pack.areas)
    among = Among(
        with_parts_over_days({**platform_entries(), **pack.own, **city.entries}),
        frozenset(city.metrics),
        city.parameters,
        tuple(city.areas["level"].unique(maintain_order=True)),
        city.standards,
        all_read=not any(
            mistake.file is not None and mistake.file.is_relative_to(pack.folder / OWN) for mistake in pack.mistakes
        ),
    )
    feeds_read = all(path in pack.contracts for path in (pack.folder / "feeds").glob("*.yaml"))
    broken = not (among.all_read and feeds_read)
    for name in city.entries:
        say = partial(_said, city, among.entries[name])
        flaws = list(entry_flaws(name, among))
        yield from (say(flaw.key, flaw.what, flaw.hint) for flaw in flaws)
        if not flaws and not broken and name in {metric.entry for metric in city.metrics.values()}:
            said = cannot_be_had(name, among.entries, city)
            if said is not None:
                yield say((), f"stays absent: {said}", "add such a feed, or take the metric out")
            else:
                wrong = _not_read(among.entries[name].entry, among, city)
                yield from (say(("derived", "index"), one.what, one.hint) for one in wrong)
    yield from _choices(city)
    if not pack.mistakes:  # a metric that cannot be read may be the one that reads it
        read = {name for entry in city.entries.values() for name in entry.entry.parameters}
        observed = {entry.entry.observes for entry in city.entries.values()}
        read |= {name for mart, made in declared_marts().items() if mart in observed for name in made.parameters}
        for name in city.parameters.keys() - read:
            what, hint = "no metric of this pack reads it", "take it out, or choose the metric that does"
            yield mistake_at(pack.folder / "metrics.yaml", ("parameters", name), what, hint, warning=True)


def cannot_be_had(name: str, entries: Mapping[str, NamedEntry], city: City) -> str | None:
    """Why a city cannot have the metric of an entry, in a sentence; None: it can. An index does with some of its
    metrics."""
    entry = entries[name].entry
    if (choice := city.choices.get(name)) is not None and choice.does_not_occur is not None:
        return None  # it stays absent on purpose
    nothing = made_of_nothing(name, {other: one.entry for other, one in entries.items()})
    reason = nothing or why_not(entry, city) or _no_people_or_land(entry, city)
    if reason is not None:
        return reason
    parts = {part: cannot_be_had(part, entries, city) for part in entry.made_of if part in entries}
    lacking = {part: why for part, why in parts.items() if why is not None}
    index = entry.derived is not None and entry.derived.index is not None
    if not lacking or (index and len(lacking) < len(parts)):
        return None
    part, why = next(iter(lacking.items()))
    return f"{part}, which it is made of, cannot be had: {why}"


def _not_read(entry: Entry, among: Among, city: City) -> Sequence[Mistake]:
    """Why an index cannot read one of the metrics that the city has: its unit does not become that of the table."""
    said = None if entry.derived is None else entry.derived.index
    if said is None:
        return ()
    parts = {row: among.entries[part].entry for row, part in said.of.items()}
    had = {row: part for row, part in parts.items() if cannot_be_had(said.of[row], among.entries, city) is None}
    readings = {row: Read(pl.lit(0.0), part.unit) for row, part in had.items()}
    try:
        index(said.standard, readings, pl.lit(city.config.first_day), city.standards, hourly=entry.hourly)
    except ContractError as error:
        return error.mistakes
    return ()


def _no_people_or_land(entry: Entry, city: City) -> str | None:
    weighted = None if entry.derived is None else entry.derived.weighted_mean
    by_residents = entry.per in ("resident", "100000_residents") or (weighted is not None and weighted.by == RESIDENTS)
    if by_residents and city.population.is_empty():
        return "areas.csv has no residents (columns population_<year>)"
    if entry.per == "km2" and ("area_km2" not in city.areas.columns or city.areas["area_km2"].is_null().all()):
        return "areas.csv has no area_km2"
    return None


def _files(pack: PackFiles) -> Iterator[Mistake]:
    """Files of entries that are not read, or whose name another table has."""
    folder = pack.folder / OWN
    for path in sorted({*folder.glob("*.yml"), *folder.rglob("*.yaml")} - set(entry_files(folder))):
        yield Mistake("is not read", path, hint=f"give it the name {OWN}/{path.stem.split('.')[0]}.yaml", warning=True)
    feeds = {contract.name for contract in pack.contracts.values()}
    for path in entry_files(folder):
        if path.stem in feeds or path.stem in marts_of_tables():
            what = f"{path.stem} is the name of another table"
            yield Mistake(what, path, hint="give the file the name of what its metrics are about")


def _said(city: City, named: NamedEntry, key: Key, what: str, hint: str) -> Mistake:
    """A flaw of an entry of the pack's own at its place; of one of the platform's, where the pack chooses it."""
    if named.path.is_relative_to(city.folder):
        return named.mistake(what, hint, *key)
    metric = _chosen_for(city, named.name)
    narrowed = key[:1] if key[:1] in (("where",), ("feeds",)) and city.choices[metric].where is not None else ()
    own = "" if city.metrics[metric].entry == named.name else f"{named.name}, of which it is made: "
    return mistake_at(city.folder / "metrics.yaml", ("metrics", metric, *narrowed), own + what, hint)


def _chosen_for(city: City, name: str) -> str:
    """The first metric chosen for which an entry is computed."""
    of_entry = [metric.metric for metric in city.metrics.values() if metric.entry == name]
    users = [entry.name for entry in city.entries.values() if name in entry.entry.made_of]
    return of_entry[0] if of_entry else _chosen_for(city, users[0])


def _choices(city: City) -> Iterator[Mistake]:
    """Targets outside of what is possible, readings chosen of what has none, kinds of days without holidays."""
    path = city.folder / "metrics.yaml"
    for name, choice in city.choices.items():
        metric = city.metrics.get(name)
        if metric is None:
            continue
        entry = city.entries[metric.entry]
        if isinstance(metric.rule, KindRule) and city.calendar.country is None:
            what = f"{name} is of days of one kind, and without holidays no day is of one"
            hint = f"write `holidays: {{country: {city.config.country}}}` in city.yaml"
            own = entry.name not in platform_entries()
            yield (
                entry.mistake(what, hint, "kinds_of_days", name)
                if own
                else mistake_at(path, ("metrics", name), what, hint)
            )
        for key in ("where", "feeds"):
            if getattr(choice, key) and (metric.of is not None or entry.entry.observes is None):
                what = f"{name} has no readings of its own"
                parts = (metric.of,) if metric.of else entry.entry.made_of
                yield mistake_at(path, ("metrics", name, key), what, f"write it below {' or '.join(parts)}")
        if choice.target is not None:
            own = getattr(entry.entry, "target", None) is not None and metric.metric == entry.name
            place = (entry.path, (name, "target")) if own else (path, ("metrics", name, "target"))
            yield from _target(*place, choice.target, metric)


def _target(path: Path, loc: Key, target: float, metric: MetricDefinition) -> Iterator[Mistake]:
    (low, high), unit = metric.possible, metric.unit
    hint = f"write it in {unit}"
    if not low <= target <= high:
        what = f"{target:g} is no target of {metric.metric}, which lies between {low:g} and {high:g} {unit}"
        yield mistake_at(path, loc, what, hint)
    elif 0 < abs(target) < (metric.usual or metric.possible)[1] / 5000:
        yield mistake_at(path, loc, f"{target:g} {unit} is next to nothing", hint, warning=True)
