"""`madang metric list`: all metrics, or those of a field, a subject or a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from pipelines.cli.fitted import FittedTable
from pipelines.cli.known_metrics import KnownMetrics, OfCityOption
from pipelines.cli.listing import Listing, form_of, print_listing
from pipelines.cli.options import CsvOption, JsonOption, Stop, settings_of

if TYPE_CHECKING:
    from assets.metrics.definition import MetricDefinition

_COLUMNS = ("metric", "title", "unit", "period", "observes", "subject", "field", "feeds", "chosen", "why_not")
_FEW = 3  # feeds of a line
CitiesOption = Annotated[bool, typer.Option("--cities", help="Which cities can have each; * are published there.")]
FieldOption = Annotated[str, typer.Option("--field", help="Those of a field, such as 'energy and water'.")]
SubjectOption = Annotated[str, typer.Option("--subject", help="Those of a subject, such as air_quality.")]
SearchOption = Annotated[
    str, typer.Option("--search", help="Those with these words in the name, the formula or a title in any language.")
]
LanguageOption = Annotated[str, typer.Option("--language", help="Titles in this language where there are some: ko.")]


def metric_list(
    city: OfCityOption = None,
    field: FieldOption = "",
    subject: SubjectOption = "",
    search: SearchOption = "",
    language: LanguageOption = "",
    cities: CitiesOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """All metrics, or those asked for: what each is; of a city also which feeds give it, or why it cannot be had."""
    form = form_of(as_json, as_csv)
    if city is not None and cities:
        raise Stop("--cities is of all cities: leave out --city", 2)
    known = KnownMetrics.of(city)
    found = list(_asked(known, field, subject, search))
    tongue = _language(language)
    rows = [{**known.row(metric), "title": metric.title.in_(tongue)} for metric in found]
    names = [name for name in _COLUMNS if known.city is not None or name not in ("feeds", "chosen", "why_not")]
    if cities:
        having = _cities_having()
        rows = [{**row, "cities": having.get(row["metric"], [])} for row in rows]
        names.append("cities")
    shown = partial(_shown, rows, city, len(known.metrics), cities=cities)
    print_listing(Listing.of_rows(names, rows), form, shown)


def _asked(known: KnownMetrics, field: str, subject: str, search: str) -> Iterator[MetricDefinition]:
    """The metrics that fit all that is asked for. Raises Stop for a field or subject that there is not."""
    from assets.metrics.fields import FIELDS, field_of
    from quality.text import normalised

    subjects = {metric.subject for metric in known.metrics.values()}
    for option, asked, there in (("--field", field, FIELDS.keys()), ("--subject", subject, subjects)):
        if asked and asked not in there:
            raise Stop(f"{option} {asked}: there is none of this name; {_written(asked, there)}", 2)
    words = normalised(search).casefold().split()
    for metric in known.metrics.values():
        texts = (metric.metric, metric.formula, *metric.title.root.values())
        said = normalised(" ".join(texts)).casefold()
        fits = (not subject or metric.subject == subject) and (not field or field_of(metric.subject) == field)
        if fits and all(word in said for word in words):
            yield metric


def _written(asked: str, there: Iterable[str]) -> str:
    from quality.contract.nearest import what_to_write

    return what_to_write(asked, there)


def _language(asked: str) -> Sequence[str]:
    """The language as a tag, and none for the platform's own. Raises Stop for one that there are no words in."""
    from assets.metrics.reasons import SENTENCES
    from quality.language_tags import language_tag, nearest

    if not asked:
        return ()
    there = SENTENCES.languages()
    try:
        tag = nearest(language_tag(asked), there)
    except ValueError:
        tag = None
    if tag is None:
        raise Stop(f"--language {asked}: there are no words in it; there are: {', '.join(there)}", 2)
    return (tag,)


def _cities_having() -> dict[str, list[str]]:
    """By metric of the platform, the cities whose feeds can give it: with a * those that publish it."""
    found = dict[str, list[str]]()
    for folder in settings_of(None).packs():
        known = KnownMetrics.of(folder.name)
        for metric in known.had():
            chosen = known.city is not None and metric in known.city.metrics
            found.setdefault(metric, []).append(f"{folder.name} *" if chosen else folder.name)
    return found


def _shown(rows: Sequence[Mapping[str, Any]], city: str | None, of: int, *, cities: bool) -> Iterator[FittedTable]:
    """A table by subject, titles below names: beside each other no terminal has room for both."""
    from pipelines.cli import render

    title = "Metrics" if city is None else f"Metrics of {city}; * are published"
    named = title if len(rows) == of else f"{title}; {len(rows)} of {of}"
    last = "cities" if cities else "feeds" if city is not None else ""
    shown = ["metric", "unit", "period", *([last] if last else [])]
    cells, before = list[list[Text]](), ""
    for row in rows:
        if row["subject"] != before:
            cells.append([render.data(row["subject"], "bold")])
            before = row["subject"]
        first = render.data(_cell(row, "metric")).append("\n  ").append(render.data(row["title"], "dim"))
        cells.append([first, *(render.data(_cell(row, name)) for name in shown[1:])])
    heads = [render.data(name) for name in shown]
    yield FittedTable(heads, cells, render.data(named, "bold"), may_go=(1, 2))


def _cell(row: Mapping[str, Any], name: str) -> Any:
    if name == "metric" and row.get("chosen"):
        return f"{row[name]} *"
    if name == "feeds" and row["why_not"] is not None:
        return f"no: {row['why_not']}"
    if name in ("cities", "feeds"):
        more = len(row[name]) - _FEW if name == "feeds" else 0
        return ", ".join([*row[name][: _FEW if more > 0 else None], *([f"{more} more"] if more > 0 else [])])
    return row[name]
