"""The metrics of a pack: those of the platform that its metrics.yaml names, and entries of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from assets.metrics.choice import MetricChoice
from assets.metrics.definition import MetricDefinition, NamedEntry
from assets.metrics.entries import (
    OWN,
    clashes,
    entry_files,
    metrics_of,
    platform_entries,
    platform_metrics,
    read_entries,
)
from assets.metrics.entry import OwnEntry
from assets.metrics.over_days import with_parts_over_days
from assets.pack.city_file import Choices
from assets.pack.narrowed import narrowed_entry
from assets.standards.choice import StandardChoice
from assets.standards.standards import choice_mistakes, national_of
from quality.contract.mistakes import Collected, ContractError, Mistake
from quality.contract.nearest import what_to_write
from quality.contract.validation import validated
from quality.contract.yaml_file import line_of, read_yaml

Own = Mapping[str, NamedEntry]  # entries of a pack's own, by name


def own_entries(folder: Path, plain: str, found: Collected) -> dict[str, NamedEntry]:
    """The entries in the folder `metrics/` of a pack, those that can be read. A text without a language is `plain`."""
    read = [entry for path in entry_files(folder / OWN) for entry in found.of(read_entries, path) or ()]
    named = [entry.in_language(plain) for entry in read]
    taken = {metric.metric: entry for entry in platform_entries().values() for metric in entry.metrics}
    found.mistakes += clashes(named, taken)
    return {entry.name: entry for entry in named}


def read_choices(path: Path, own: Own, *, all_read: bool = True) -> Choices:
    """metrics.yaml; a pack may have none, and a part with nothing below it chooses nothing. Raises ContractError.

    all_read: all entries of the pack's own could be read; else a metric that nobody knows may be of one that could not,
    and what is wrong there is said there.
    """
    if not path.exists():
        return Choices()
    written = read_yaml(path, may_be_empty=True)
    found = validated(Choices, {name: part for name, part in written.items() if part is not None}, path)
    defined = {*platform_metrics(), *metrics_of(own.values())}
    unknown = [
        Mistake("there is no such metric", path, line_of(path, loc), ".".join(loc), what_to_write(loc[1], defined))
        for loc in (("metrics", name) for name in found.metrics if all_read and name not in defined)
    ]
    for below, what, hint in choice_mistakes(found.standards):
        loc = ("standards", *below)
        unknown.append(Mistake(what, path, line_of(path, loc), ".".join(map(str, loc)), hint))
    if unknown:
        raise ContractError(*unknown)
    return found


def chosen_standards(choices: Choices, country: str) -> StandardChoice:
    """By which standards a city is judged: where the pack names no national one, that of its country, if there is."""
    chosen = choices.standards
    return chosen.model_copy(update={"national": chosen.national or national_of(country)})


def chosen_metrics(choices: Choices, own: Own) -> dict[str, MetricDefinition]:
    """The metrics that metrics.yaml names, then all of the pack's own entries."""
    known = {**platform_metrics(), **(its := metrics_of(own.values()))}
    named = {name: known[name] for name in choices.metrics if name in known} | its
    return {name: _as_here(metric, choices.metrics.get(name)) for name, metric in named.items()}


def choices_of(choices: Choices, own: Own) -> dict[str, MetricChoice]:
    """What the city chooses of each metric; what metrics.yaml says comes before what an entry of its own says."""
    found = dict(choices.metrics)
    for metric in metrics_of(own.values()):
        entry = own[metric].entry if metric in own else None
        said = {"target": entry.target, "target_source": entry.target_source} if isinstance(entry, OwnEntry) else {}
        more = found[metric].model_dump(exclude_unset=True) if metric in found else {}
        found[metric] = MetricChoice.model_validate(said | more)
    return found


def chosen_entries(
    metrics: Mapping[str, MetricDefinition], choices: Mapping[str, MetricChoice], own: Own
) -> dict[str, NamedEntry]:
    """The entries of these metrics and those that they are made of, each after what it needs, as the pack narrows
    them."""
    known = with_parts_over_days({**platform_entries(), **own})
    found, seen = dict[str, NamedEntry](), set[str]()

    def add(names: Iterable[str]) -> None:
        for name in names:
            if name in known and name not in seen:
                seen.add(name)
                add(known[name].entry.made_of)
                found[name] = narrowed_entry(known[name], choices.get(name, MetricChoice()))

    add(metric.entry for metric in metrics.values())
    return found


def _as_here(metric: MetricDefinition, choice: MetricChoice | None) -> MetricDefinition:
    """A metric that stands for something else in this city, where the pack says so."""
    proxy = None if choice is None else choice.proxy
    return metric if proxy is None else metric.model_copy(update={"proxy": proxy})
