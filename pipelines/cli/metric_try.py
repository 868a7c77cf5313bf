"""`madang metric try`: what a metric would be, from what the home has, before anybody publishes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.listing import Listing, form_of, print_listing
from pipelines.cli.options import CsvOption, HomeOption, JsonOption, Stop, cities_there, city_of, say_error, settings_of

if TYPE_CHECKING:
    from assets.metrics.definition import NamedEntry
    from assets.pack.city import City
    from pipelines.tried_metric import TriedMetric

MOST_AREAS = 30
FEW = 12  # rows of a step


def metric_try(
    metric: Annotated[str, typer.Argument(help="A metric of the platform or the pack, or a YAML file of entries.")],
    city: Annotated[str, typer.Option("--city", help="City pack.", autocompletion=cities_there)],
    day: Annotated[
        str, typer.Option("--day", help="Day or period, such as 2026-06 (default: the newest there is).")
    ] = "",
    area: Annotated[str, typer.Option("--area", help="Code or name of the area whose steps are shown.")] = "",
    steps: Annotated[str, typer.Option("--steps", help="few, all or none: how many rows of each step.")] = "few",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compute a metric from the rows that the home has, by area and step by step. Nothing is published.

    Exit codes: 0 there are figures · 3 there are none, and why · 2 the entry has mistakes · 1 the home cannot be read.
    """
    from pipelines import tried_metric
    from pipelines.cli.explained import STEPS
    from pipelines.period_names import FORMS, asked_period
    from pipelines.resources import Platform

    form = form_of(as_json, as_csv)
    if steps not in STEPS:
        raise Stop(f"--steps {steps}: choose one of {', '.join(STEPS)}", 2)

    when = asked_period(day) if day else None
    if day and when is None:
        raise Stop(f"--day {day}: it is no period; write it as {FORMS}", 2)
    settings = settings_of(home)
    town = city_of(settings, city)
    named, asked = _entries(metric, town)
    town = tried_metric.with_entries(town, named)
    code = tried_metric.area_called(town, area) if area else town.config.area
    if code is None:
        raise Stop(f"{city} has no area {area!r}; write a code or a name of areas.csv", 2)
    mistakes = list(tried_metric.flaws_of(town, [one.name for one in named]))
    for mistake in mistakes:
        say_error(mistake)
    if any(not mistake.warning for mistake in mistakes):
        raise typer.Exit(2)
    run = Platform.of(settings).run_context(town, "try")
    found = [tried_metric.try_metric(run, one, None if when is None else when.day, code) for one in asked]
    figures = [{"metric": one.metric, **figure} for one in found for figure in one.figures]
    names = list(dict.fromkeys(name for figure in figures for name in figure)) or ["metric"]
    filled = [dict.fromkeys(names) | figure for figure in figures]
    whole = [asdict(one) for one in found]
    shown = (line for one in found for line in _lines(one, steps))
    print_listing(Listing.of_rows(names, filled), form, lambda: shown, around=lambda _: whole)
    raise typer.Exit(0 if any(one.has_figures for one in found) else 3)


def _entries(metric: str, town: City) -> tuple[list[NamedEntry], Sequence[str]]:
    """The entries that are tried, and the metrics of them that are asked for. Raises Stop for an unknown name,
    ContractError for a file that cannot be read."""
    from assets.metrics.entries import platform_entries, read_entries
    from quality.contract.nearest import closest

    path = Path(metric)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise Stop(f"{metric}: there is no such file", 2)
        read = read_entries(path)
        if not read:
            raise Stop(f"{metric} has no entry", 2)
        return read, [one.name for one in read]
    known = {**platform_entries(), **town.entries}
    of_id = {defined.metric: one for one in known.values() for defined in one.metrics}
    if metric not in of_id:
        close = closest(metric, of_id)
        say = f"write {close}" if close else "`madang metric list --search` finds them by words"
        raise Stop(f"there is no metric {metric!r}; {say}", 2)
    return [of_id[metric]], [metric]


def _lines(tried: TriedMetric, steps: str) -> Iterator[Any]:
    from pipelines.cli.explained import step_lines
    from pipelines.cli.render import data, plain_table

    when = "" if tried.start is None else f" · {tried.period} {tried.start}"
    yield data(f"{tried.metric}: {tried.title}{when}", "bold")
    if tried.feeds:
        yield data(f"from {', '.join(tried.feeds)}")
    if tried.why_none is not None:
        yield data(tried.why_none, "yellow")
    if tried.figures:
        rows = tried.figures[:MOST_AREAS]
        told = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
        cells = [[_cell(name, row[name]) for name in told] for row in rows]
        yield plain_table(told, cells, may_go=[name for name in ("expected", "counted") if name in told])
        if (more := len(tried.figures) - len(rows)) > 0:
            yield data(f"{more:,} more; --json and --csv have all")
    for step in () if steps == "none" else tried.steps:
        yield from step_lines(step, None if steps == "all" else FEW)
    if tried.private:
        yield data(f"{', '.join(sorted(set(tried.private)))}: private, so that no reading or place is shown")
    yield data("Nothing was published.", "dim")


def _cell(name: str, value: Any) -> Any:
    """The value with the digits that would be published, other figures with four."""
    return f"{value:.{12 if name == 'value' else 4}g}" if isinstance(value, float) else value
