"""Reading files of entries: the platform's own, and those of a city."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entry import Entry, OwnEntry
from quality.contract.base import NAME
from quality.contract.mistakes import Collected, ContractError, Mistake
from quality.contract.validation import validated
from quality.contract.yaml_file import read_yaml

FOLDER = Path(__file__).parent
OWN = "metrics"  # the folder of a pack that holds entries of its own
# metric.<subject> has the values of a subject: these are other tables there, or parts of the subject's own
TABLES = ("value", "latest", "definition", "history", "hourly", "reason")
ENDINGS = ("_hour", "_period")
# mart.area_day has a column for each metric, and one for its status
COLUMNS = ("city", "area", "area_level", "day")
STATUS = "_status"


def entry_files(folder: Path = FOLDER) -> list[Path]:
    """The files of entries, one for each subject; contracts have names of two parts and are not among them."""
    return sorted(path for path in folder.glob("*.yaml") if "." not in path.stem)


@cache
def platform_entries() -> Mapping[str, NamedEntry]:
    """The entries that every city can have, by name. Raises ContractError that names all that is wrong."""
    found = Collected()
    named = [entry for path in entry_files() for entry in found.of(read_entries, path, Entry) or ()]
    found.mistakes += clashes(named)
    if found.mistakes:
        raise ContractError(*found.mistakes)
    return {one.name: one for one in named}


@cache
def platform_metrics() -> Mapping[str, MetricDefinition]:
    """The metrics that every city can have, by id."""
    return metrics_of(platform_entries().values())


def metrics_of(entries: Iterable[NamedEntry]) -> dict[str, MetricDefinition]:
    """The metrics of these entries, by id."""
    return {metric.metric: metric for entry in entries for metric in entry.metrics}


def read_entries(path: Path, kind: type[Entry] = OwnEntry) -> list[NamedEntry]:
    """The entries of one file. Raises ContractError that names all that is wrong in it."""
    document = read_yaml(path, may_be_empty=True)
    found = Collected()
    if re.fullmatch(NAME, path.stem) is None:
        found.mistakes.append(
            Mistake(f"{path.stem!r} cannot be the name of a table", path, hint="use small letters, digits and _")
        )
    elif path.stem in TABLES or path.stem.endswith(ENDINGS):
        found.mistakes.append(
            Mistake(f"{path.stem!r} is a table of metrics that Madang makes itself", path, hint="rename the file")
        )
    entries = list[NamedEntry]()
    for name in document:
        entry = found.of(validated, kind, document, path, (name,))
        if entry is not None:
            entries.append(NamedEntry(name, path.stem, entry, path))
    found.mistakes += [wrong for entry in entries for wrong in _wrong_names(entry)]
    if found.mistakes:
        raise ContractError(*found.mistakes)
    return entries


def clashes(named: Iterable[NamedEntry], taken: Mapping[str, NamedEntry] | None = None) -> Iterator[Mistake]:
    """Ids that two entries publish, of these and of those that are there (by id)."""
    known = dict(taken or {})
    for one in named:
        for metric in one.metrics:
            other = known.setdefault(metric.metric, one)
            if other is not one:
                where = "Madang has itself" if other.path.parent == FOLDER else f"stands in {other.path.name} too"
                what = f"{metric.metric} is a metric that {where}"
                yield one.mistake(what, "give it another name", *id_place(one, metric.metric))
            elif [m.metric for m in one.metrics].count(metric.metric) > 1:
                what, place = f"{metric.metric} is there twice", id_place(one, metric.metric)
                yield one.mistake(what, "give one of the two another name", *place)


def id_place(named: NamedEntry, metric: str) -> tuple[str, ...]:
    """Where in an entry the id of one of its metrics stands."""
    for period, rule in named.entry.periods.items():
        if metric in (rule.metric, f"{named.name}_{period}"):
            return ("periods", period)
    if metric in named.entry.kinds_of_days:
        return ("kinds_of_days", metric)
    return ("thresholds", metric) if metric in named.entry.thresholds else ()


def _wrong_names(named: NamedEntry) -> Iterator[Mistake]:
    for metric in named.metrics:
        if re.fullmatch(NAME, metric.metric) is None:
            what = f"{metric.metric!r} cannot be the name of a metric"
            hint = "use small letters, digits and single underscores"
            yield named.mistake(what, hint, *id_place(named, metric.metric))
        elif metric.metric in COLUMNS or metric.metric.endswith(STATUS):
            what = f"{metric.metric!r} is a column that mart.area_day has besides metrics"
            yield named.mistake(what, "give the metric another name", *id_place(named, metric.metric))
