"""Commands about metrics: list them, show one, export them for a semantic layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.csv_text import print_csv_of
from pipelines.cli.options import (
    CsvOption,
    JsonOption,
    Stop,
    city_of,
    print_file,
    print_json,
    refuse_both,
    settings_of,
)
from pipelines.visible import one_line

if TYPE_CHECKING:
    from assets.metrics.definition import MetricDefinition, NamedEntry
    from assets.pack.city import City

OfCityOption = Annotated[
    str | None, typer.Option("--city", help="City pack: its metrics, and which of its feeds they are computed from.")
]
_COLUMNS = ("metric", "title", "unit", "period", "observes", "feeds", "chosen", "why_not")
CitiesOption = Annotated[bool, typer.Option("--cities", help="Which cities can have each; * are published there.")]


def metric_list(
    city: OfCityOption = None, cities: CitiesOption = False, as_json: JsonOption = False, as_csv: CsvOption = False
) -> None:
    """All metrics: what each observes; of a city also which feeds give it, or why it cannot be had there."""
    from pipelines.cli import render

    refuse_both(as_json, as_csv)
    if city is not None and cities:
        raise Stop("--cities is of all cities: leave out --city", 2)
    known = _Known.of(city)
    rows = [known.row(metric) for metric in known.metrics.values()]
    names = [name for name in _COLUMNS if known.city is not None or name not in ("feeds", "chosen", "why_not")]
    if cities:
        having = _cities_having()
        rows = [{**row, "cities": having.get(row["metric"], [])} for row in rows]
        names.append("cities")
    if as_json:
        print_json([{name: row[name] for name in names} for row in rows])
    elif as_csv:
        print_csv_of(rows, names)
    else:
        shown = [name for name in names if name not in ("chosen", "why_not")]
        cells = ([_cell(row, name) for name in shown] for row in rows)
        title = "Metrics" if city is None else f"Metrics of {city}; * are published"
        render.console().print(render.plain_table([name.replace("_", " ") for name in shown], cells, title))


def _cities_having() -> dict[str, list[str]]:
    """By metric of the platform, the cities whose feeds can give it: with a * those that publish it."""
    found = dict[str, list[str]]()
    for folder in settings_of(None).packs():
        known = _Known.of(folder.name)
        for metric in known.had():
            chosen = known.city is not None and metric in known.city.metrics
            found.setdefault(metric, []).append(f"{folder.name} *" if chosen else folder.name)
    return found


def metric_show(
    metric: Annotated[str, typer.Argument(help="Metric, such as pm25_mean.")],
    city: OfCityOption = None,
    as_json: JsonOption = False,
) -> None:
    """One metric: what it is, its steps in plain words, and in a city its feeds, parameters and target."""
    known = _Known.of(city)
    if metric not in known.metrics:
        from quality.contract.nearest import closest

        close = closest(metric, known.metrics)
        of_a_city = " With --city also those of that city's own." if city is None else ""
        say = f"write {close}." if close else "`madang metric list` names all."
        raise Stop(f"there is no metric {metric!r}; {say}{of_a_city}", 2)
    about = known.about(known.metrics[metric])
    if as_json:
        print_json(about)
        return
    for line in _lines(about):
        print(one_line(line))


def metric_export(
    form: Annotated[str, typer.Option("--format", help="metricflow: YAML for dbt's semantic layer.")] = "metricflow",
    city: OfCityOption = None,
) -> None:
    """Metrics as another tool reads them: those that a city publishes, or all."""
    from assets.metrics.metricflow import metricflow

    if form != "metricflow":
        raise Stop(f"there is no format {form!r}; write --format metricflow", 2)
    known = _Known.of(city)
    chosen = known.metrics if known.city is None else known.city.metrics
    print_file(metricflow(chosen.values()))


class _Known:
    """The metrics of the platform, and those of a city's own."""

    def __init__(
        self, city: City | None, metrics: Mapping[str, MetricDefinition], entries: Mapping[str, NamedEntry]
    ) -> None:
        self.city, self.metrics, self.entries = city, metrics, entries

    @classmethod
    def of(cls, name: str | None) -> _Known:
        from assets.metrics.entries import platform_entries, platform_metrics
        from assets.metrics.over_days import with_parts_over_days
        from assets.pack.of_periods import readings_of_periods

        if name is None:
            return cls(None, platform_metrics(), platform_entries())
        city = city_of(settings_of(None), name)
        entries = {**platform_entries(), **city.entries}
        # also of metrics that the city has not chosen: whether its readings of months give them
        metrics, of_periods = readings_of_periods(
            {**platform_metrics(), **city.metrics}, entries, city.choices, city.contracts.values()
        )
        return cls(city, metrics, with_parts_over_days({**of_periods, **entries}))

    def had(self) -> Iterator[str]:
        """The metrics that the city can have."""
        can = dict[str, bool]()
        for metric in self.metrics.values():
            if metric.entry not in can:
                can[metric.entry] = self._in_city(metric)["why_not"] is None
            if can[metric.entry]:
                yield metric.metric

    def row(self, metric: MetricDefinition) -> dict[str, Any]:
        """What a list says of a metric."""
        named = self.entries[metric.entry]
        derived = f"made of {', '.join(named.entry.made_of)}"
        return {
            "metric": metric.metric,
            "title": metric.title.shown,
            "unit": metric.unit,
            "period": metric.period,
            "observes": named.entry.observes or derived,
            **(self._in_city(metric) if self.city is not None else {}),
        }

    def about(self, metric: MetricDefinition) -> dict[str, Any]:
        """All that there is to say of a metric."""
        from assets.metrics.in_words import rule_in_words, steps_in_words

        named = self.entries[metric.entry]
        longer = metric.rule is not None and metric.of is not None
        steps = steps_in_words(named.entry)
        if longer:
            assert metric.rule is not None  # as `longer` says
            assert metric.of is not None
            steps = [rule_in_words(metric.rule, metric.of, metric.period.replace("_", " "))]
        found = {
            **self.row(metric),
            "title": dict(metric.title.root),
            "formula": metric.formula,
            "steps": steps,
            "levels": list(metric.levels),
            "direction": metric.direction,
            "possible": list(metric.possible),
            "usual": None if metric.usual is None else list(metric.usual),
            "comparability": metric.comparability,
            "reads": None if metric.reads is None else metric.reads.shown,
            "not": None if metric.not_ is None else metric.not_.shown,
            "proxy": metric.proxy,
            "standard": None if metric.standard is None else metric.standard.model_dump(exclude_none=True),
            "judged_by": list(self._judged_by(metric, named)),
            "made_longer": [other.metric for other in self.metrics.values() if other.of == metric.metric],
            "file": f"{named.path.parent.name}/{named.path.name}",
        }
        return found | (self._choice(metric, named) if self.city is not None else {})

    def _judged_by(self, metric: MetricDefinition, named: NamedEntry) -> Iterator[str]:
        """The editions of the limit or index that it names."""
        from assets.metrics.entry import Threshold
        from assets.standards.choice import NOTHING_CHOSEN
        from assets.standards.in_words import index_in_words, limit_in_words
        from assets.standards.standards import NATIONAL

        choice, derived = NOTHING_CHOSEN if self.city is None else self.city.standards, named.entry.derived
        limit = metric.rule.limit if isinstance(metric.rule, Threshold) else None
        index = None if derived is None or derived.index is None or metric.rule is not None else derived.index.standard
        if self.city is None and str(limit or index).partition(".")[0] == NATIONAL:
            yield "the standard of the city's country"
        elif isinstance(limit, str):
            yield from limit_in_words(limit, named.entry.unit, choice)
        elif index is not None:
            yield from index_in_words(index, choice)

    def _in_city(self, metric: MetricDefinition) -> dict[str, Any]:
        from assets.check.metrics import cannot_be_had
        from assets.derive.parts import feeds_behind

        assert self.city is not None  # as the callers ask
        feeds = feeds_behind(metric.entry, {name: one.entry for name, one in self.entries.items()}, self.city)
        why = cannot_be_had(metric.entry, self.entries, self.city)
        choice = self.city.choices.get(metric.entry)
        if choice is not None and choice.does_not_occur is not None:
            why = f"the pack says that there is none: {choice.does_not_occur}"
        return {"feeds": list(feeds), "chosen": metric.metric in self.city.metrics, "why_not": why}

    def _choice(self, metric: MetricDefinition, named: NamedEntry) -> dict[str, Any]:
        assert self.city is not None  # as the caller asks
        choice = self.city.choices.get(metric.metric)
        return {
            "parameters": {name: self.city.parameters.get(name) for name in named.entry.parameters},
            "target": None if choice is None else choice.target,
            "target_source": None if choice is None else choice.target_source,
        }


def _cell(row: Mapping[str, Any], name: str) -> Any:
    if name == "metric" and row.get("chosen"):
        return f"{row[name]} *"
    if name == "cities":
        return ", ".join(row["cities"])
    if name == "feeds":
        return f"no: {row['why_not']}" if row["why_not"] is not None else ", ".join(row["feeds"])
    return row[name]


def _lines(about: Mapping[str, Any]) -> Iterator[str]:
    title = about["title"].get("en") or next(iter(about["title"].values()))
    yield f"{about['metric']}: {title} [{about['unit']}], of each {about['period'].replace('_', ' ')}"
    yield f"formula: {about['formula']}"
    for number, step in enumerate(about["steps"], 1):
        yield f"step {number}: {step}"
    for name in ("reads", "not", "proxy"):
        if about[name]:
            yield f"{name}: {about[name]}"
    yield f"levels: {', '.join(about['levels'])}; better: {about['direction']}; comparability: {about['comparability']}"
    low, high = about["possible"]
    usual = "" if about["usual"] is None else f"; usual from {about['usual'][0]:g} to {about['usual'][1]:g}"
    yield f"possible from {low:g} to {high:g} {about['unit']}{usual}"
    if about["standard"]:
        yield f"standard: {_standard(about['standard'])}"
    yield from (f"judged by {said}" for said in about["judged_by"])
    if about["made_longer"]:
        yield f"longer periods: {', '.join(about['made_longer'])}"
    if "feeds" in about:
        said = about["why_not"]
        yield f"feeds: {', '.join(about['feeds'])}" if said is None else f"it cannot be had in this city: {said}"
        for name, value in about["parameters"].items():
            yield f"parameter {name}: {value}"
        if about["target"] is not None:
            yield f"target: {about['target']:g} ({about['target_source'] or 'nobody says whose'})"
    yield f"declared in {about['file']}"


def _standard(said: Mapping[str, Any]) -> str:
    parts = [said["name"], *(f"{name} {said[name]}" for name in ("edition", "code") if name in said)]
    read = "" if said["verified"] else " (not read in the standard itself)"
    return f"{', '.join(parts)}{read}{' ' + said['url'] if 'url' in said else ''}"
