"""Commands about metrics: show one, export them for a semantic layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from pipelines.cli.known_metrics import KnownMetrics, OfCityOption
from pipelines.cli.options import JsonOption, Stop, print_file, print_json
from pipelines.cli.wrapping import say


def metric_show(
    metric: Annotated[str, typer.Argument(help="Metric, such as pm25_mean.")],
    city: OfCityOption = None,
    as_json: JsonOption = False,
) -> None:
    """One metric: what it is, its steps in plain words, and in a city its feeds, parameters and target."""
    known = KnownMetrics.of(city)
    if metric not in known.metrics:
        from quality.contract.nearest import closest

        close = closest(metric, known.metrics)
        of_a_city = " With --city also those of that city's own." if city is None else ""
        write = f"write {close}." if close else "`madang metric list` names all."
        raise Stop(f"there is no metric {metric!r}; {write}{of_a_city}", 2)
    about = known.about(known.metrics[metric])
    if as_json:
        print_json(about)
        return
    for line in _lines(about):
        say(line)


def metric_export(
    form: Annotated[str, typer.Option("--format", help="metricflow: YAML for dbt's semantic layer.")] = "metricflow",
    city: OfCityOption = None,
) -> None:
    """Metrics as another tool reads them: those that a city publishes, or all."""
    from assets.metrics.metricflow import metricflow

    if form != "metricflow":
        raise Stop(f"there is no format {form!r}; write --format metricflow", 2)
    known = KnownMetrics.of(city)
    chosen = known.metrics if known.city is None else known.city.metrics
    print_file(metricflow(chosen.values()))


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
        if about["flags"] is not None:
            yield f"flags of mart.place_health that count: {', '.join(about['flags']).replace('_', ' ')}"
        if about["witness"] is not None:
            yield f"witness: the network {about['witness']}; off it by 15 % the values say so, by 30 % there are none"
        for name, value in about["parameters"].items():
            yield f"parameter {name}: {value}"
        if about["target"] is not None:
            yield f"target: {about['target']:g} ({about['target_source'] or 'nobody says whose'})"
    yield f"declared in {about['file']}"


def _standard(said: Mapping[str, Any]) -> str:
    parts = [said["name"], *(f"{name} {said[name]}" for name in ("edition", "code") if name in said)]
    read = "" if said["verified"] else " (not read in the standard itself)"
    return f"{', '.join(parts)}{read}{' ' + said['url'] if 'url' in said else ''}"
