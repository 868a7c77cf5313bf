"""`madang explain`: one published value with its steps, and everything behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from pipelines.cli.options import HomeOption, JsonOption, Stop, cities_there, packs_of, print_json, settings_of
from pipelines.cli.render import console, data, number, plain_table, share
from pipelines.computed_again import ComputedAgain, ShownStep, computed_again
from pipelines.explain import Lineage, NoSuchValueError, NotPublishedError, UnknownWordError
from pipelines.explain import explain as lineage_of
from pipelines.period_names import FORMS, asked_period
from pipelines.settings import Settings

MOST_ROWS = 20  # of each table behind a value
FEW = 12  # rows of a step
MOST_COLUMNS = 10  # of one row beside each other
STEPS = ("few", "all", "none")


def explain(
    city: Annotated[str, typer.Argument(help="City pack.", autocompletion=cities_there)],
    metric: Annotated[str, typer.Argument(help="Metric, e.g. pm25_mean.")],
    area: Annotated[str, typer.Argument(help="Area code or name, e.g. 11 or Jongno-gu.")],
    period: Annotated[str, typer.Argument(help="Day, month, quarter, year or local hour: " + FORMS + ".")],
    steps: Annotated[
        str, typer.Option("--steps", help="few, all or none: how many rows of each step. With --json all.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How one published value came about: its steps with their numbers, batches, deliveries and history."""
    if steps not in ("", *STEPS):
        raise Stop(f"--steps {steps}: choose one of {', '.join(STEPS)}", 2)
    steps = steps or ("all" if as_json else "few")
    settings, when = settings_of(home), asked_period(period)
    if when is None:
        raise Stop(f"{period!r} is no period; write it as {FORMS}", 2)
    try:
        again = None if steps == "none" else lambda value: _again(settings, city, value)
        lineage = lineage_of(settings.home, city, metric, area, when, again)
    except NotPublishedError as error:
        raise Stop(_as_part(settings, city, metric) or str(error), 2) from error
    except NoSuchValueError as error:
        raise Stop(str(error), 2 if isinstance(error, UnknownWordError) else 1) from error
    if as_json:
        print_json(asdict(lineage if steps == "all" else _with_few(lineage)))
    else:
        console().print(shown(lineage, None if steps == "all" else FEW))


def _as_part(settings: Settings, city: str, metric: str) -> str | None:
    """What a metric that is not published is to those that are; None: nothing, or there is no such pack."""
    from assets.derive.parts import with_parts
    from assets.metrics.entries import platform_metrics

    town = next((one for one in packs_of(settings, {city}).cities if one.name == city), None)
    if town is None:
        return None
    entries = {name: one.entry for name, one in town.entries.items()}
    others = (one for one in town.metrics.values() if one.entry != metric)
    users = [one.metric for one in others if metric in with_parts([one.entry], entries)]
    tried = f"`madang metric try {metric} --city {city}` computes it, and metrics.yaml can choose it"
    if users:
        return f"{metric} is not published: {city} has not chosen it, and it is a part of {users[0]}; {tried}"
    if metric in platform_metrics():
        return f"{metric} is not published: {city} has not chosen it; {tried}"
    return None


def _again(settings: Settings, city: str, value: Mapping[str, Any]) -> ComputedAgain:
    """With the pack of now; where it has a mistake, with the one that was published last."""
    from assets.publication.kept_packs import cities_to_publish
    from pipelines.resources import Platform

    found = [pack for pack in cities_to_publish(settings.home, packs_of(settings, {city})) if pack.name == city]
    if not found:
        return ComputedAgain(None, remarks=[f"there is no pack of {city} any more: no step can be shown"])
    run = Platform.of(settings).run_context(found[0], "explain")
    return computed_again(replace(run, source=value["source"] or run.source), value)


def _with_few(lineage: Lineage) -> Lineage:
    if lineage.again is None:
        return lineage
    cut = [replace(step, rows=step.rows[:FEW]) for step in lineage.again.steps]
    return replace(lineage, again=replace(lineage.again, steps=cut))


def shown(of_value: Lineage, most: int | None = FEW) -> Group:
    """A value with everything behind it. `most`: rows of each step; None: all."""
    value, definition = of_value.value, of_value.definition
    has_value = value["value"] is not None
    shown = f"{number(value['value'])} {value['unit']}" if has_value else f"absent: {value['reason']}"
    title = f"{definition['title']} · {of_value.area_name} · {value['period']} {value['period_start']}"
    lines: list[Any] = [
        data(title, "bold"),
        data(f"{shown}   [{value['status']}{_because(value)}]" if has_value else shown),
        data(f"How: {definition['formula']}"),
    ]
    if definition["standard"]:
        parts = (definition["standard"], definition["edition"], definition["code"])
        code = " ".join(str(part) for part in parts if part)
        lines.append(data(f"Standard: {code}{'' if definition['verified'] else ' (code not verified)'}"))
    if definition["caveat"]:
        lines.append(data(f"Caveat: {definition['caveat']}", "yellow"))
    since = value["published_at"]
    first = "an unknown time" if since is None else f"{since:%Y-%m-%d %H:%M} UTC"
    lines.append(
        data(
            f"Data: n = {value['n']}, completeness {share(value['completeness'], 1)}, source {value['source']}, "
            f"first published {first}"
        )
    )
    if value["target"] is not None:
        of_whom = f", from {value['target_source']}" if value["target_source"] else ""
        lines.append(data(f"Target: {value['target']:g} {value['unit']}{of_whom}"))
    if of_value.again is not None:
        lines += _computed(of_value.again, value, most)
    for rows, heading in (
        (of_value.rules_failed, "Rules that did not hold"),
        (of_value.batches, "Batches"),
        (of_value.deliveries, "Deliveries"),
        (of_value.history, "As it was published"),
    ):
        if rows:
            more = f"{len(rows) - MOST_ROWS:,} more; --json has all" if len(rows) > MOST_ROWS else None
            lines.append(plain_table(list(rows[0]), [list(row.values()) for row in rows[:MOST_ROWS]], heading, more))
    return Group(*lines)


def _computed(again: ComputedAgain, value: Mapping[str, Any], most: int | None) -> Iterator[Any]:
    yield Text("How it came about", style="bold")
    for step in again.steps:
        yield from step_lines(step, most)
    yield data(_sentence(again, value), "" if again.same else "yellow")
    for remark in again.remarks:
        yield data(f"  {remark}")


def step_lines(step: ShownStep, most: int | None) -> Iterator[Any]:
    """A step as a table of its rows, under what was done."""
    of = f" of {step.feed}" if step.feed else ""
    heading = f"{step.metric}: {step.title}{of} ({len(step.rows):,} row{'' if len(step.rows) == 1 else 's'})"
    if not step.rows:
        yield data(heading)
        return
    if len(step.rows) == 1 and len(step.rows[0]) > MOST_COLUMNS:  # such as a row of a mart: no terminal is so wide
        yield plain_table(["column", "value"], [[name, _cell(value)] for name, value in step.rows[0].items()], heading)
        return
    rows = step.rows if most is None else step.rows[:most]
    cells = [[_cell(value) for value in row.values()] for row in rows]
    yield plain_table(list(step.rows[0]), cells, heading)
    if len(rows) < len(step.rows):
        yield Text(f"{len(step.rows) - len(rows):,} more; `--steps all` shows them", style="dim")


def _because(value: Mapping[str, Any]) -> str:
    return "" if value["reason"] is None else f": {value['reason']}"


def _cell(value: Any) -> Any:
    """A figure with the digits that matter, a time without seconds."""
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _sentence(again: ComputedAgain, value: Mapping[str, Any]) -> str:
    def told(figure: float | None, reason: Any) -> str:
        return f"absent: {reason}" if figure is None else f"{figure:.12g} {value['unit']}"

    published = told(value["value"], value["reason"])
    if again.same is None:
        return f"Published: {published}"
    computed = told(again.value, again.reason or "there is no such value")
    if again.same:
        return f"Computed once more: {computed}, as published"
    return f"Computed once more: {computed}. PUBLISHED IS {published}"
