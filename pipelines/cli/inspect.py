"""Commands that only read: status, scoreboard, ledger, versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    CsvOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    Stop,
    cities_there,
    city_of,
    packs_of,
    program,
    require_city,
    require_feed,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import RenderableType


def status(
    city: Annotated[str, typer.Option("--city", help="Only this city.", autocompletion=cities_there)] = "",
    by_city: Annotated[bool, typer.Option("--cities", help="A line for each city alone, and one over all.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What failed last night: every city, feed and table with its newest day, verdict, and why."""
    from assets.pack.packs import Packs
    from pipelines import city_status
    from pipelines.cli import render, shown_status
    from pipelines.last_night import nothing_failed
    from pipelines.newly_flagged import newly_flagged
    from pipelines.status import TableStatus, statuses

    form, settings = form_of(as_json, as_csv), settings_of(home)
    packs = Packs((city_of(settings, city),), {}) if city else packs_of(settings)
    rows = [row for pack in packs.cities for row in statuses(settings.home, pack)]
    lines = (
        city_status.city_statuses(settings.home, packs.cities, rows, packs.broken)
        if by_city or form is Form.PEOPLE
        else []
    )
    in_a_word = city_status.over_all(lines)
    if form is Form.PEOPLE and not rows:
        if packs.mistakes:
            raise Stop(f"nothing can be shown: {'; '.join(packs.mistakes)}", 3)
        raise Stop(f"nothing has been run in {settings.home.root} yet: run `madang nightly` first", 1)

    def whole(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return {"format": city_status.FORMAT, "over_all": in_a_word, "cities": found}

    def told_of_cities() -> Iterator[RenderableType]:
        yield shown_status.cities(lines)
        yield render.data(in_a_word)

    def told() -> Iterator[RenderableType]:
        if len(lines) > 1:
            yield from told_of_cities()
            yield ""
        troubles = [row for row in rows if row.is_trouble]
        yield shown_status.feeds([*troubles, *(row for row in rows if not row.is_trouble)])
        yield shown_status.troubles(troubles, packs.mistakes, nothing_failed(rows))
        yield from shown_status.never_made([row for row in rows if row.never_made])
        if warnings := [one for row in rows for one in row.worth_a_look]:
            yield render.worth_a_look(warnings)
        for one in newly_flagged(settings.home, sorted({row.city for row in rows})):
            yield render.data(one.sentence(program(), settings.home), "bold yellow")

    if by_city:
        print_listing(Listing.of_records(city_status.CityStatus, lines), form, told_of_cities, around=whole)
    else:
        print_listing(Listing.of_records(TableStatus, rows), form, told)
    raise typer.Exit(3 if packs.mistakes or any(row.is_broken for row in rows) else 0)


def scoreboard(
    city: Annotated[
        str, typer.Option("--city", help="The city, by the name of its pack.", autocompletion=cities_there)
    ],
    language: LanguageOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """All latest values of a city against their targets, and why others are absent."""
    from pipelines import report
    from pipelines.cli import night

    form, settings = form_of(as_json, as_csv), settings_of(home)
    pack = city_of(settings, city)
    latest = report.latest(settings.home, pack)
    print_listing(Listing.of_frame(latest), form, lambda: night.board_of(settings, pack, latest, language))


def ledger(
    city: Annotated[str, typer.Option("--city", help="Only this city.", autocompletion=cities_there)] = "",
    day: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")] = None,
    feed: Annotated[str, typer.Option("--feed", help="Only this feed or table.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Batches: rows read, kept, quarantined, replaced, repeated and contradicted, and the verdict on each."""
    import polars as pl

    from pipelines.cli import render
    from warehouse.ledger import ledger as book

    form, settings = form_of(as_json, as_csv), settings_of(home)
    rows = book.judged_batches(settings.home)
    if city:
        require_city(settings, city)
        rows = rows.filter(pl.col("city") == city)
    if day is not None:
        rows = rows.filter(pl.col("day") == day.date())
    if feed:
        require_feed(settings, feed)
        rows = rows.filter(pl.col("table_name") == feed)
    found = rows.sort(
        "day", "city", "layer", "table_name", "recorded_at", descending=[True, False, False, False, True]
    ).collect()
    if form is Form.PEOPLE and found.is_empty():
        raise Stop("the ledger has no such batch; see `madang ledger` without filters, or run `madang nightly`", 1)
    print_listing(Listing.of_frame(found), form, lambda: [render.batches(found)])


def versions(home: HomeOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """All publications, which of their files are still kept, and which of them is live."""
    from pipelines.cli import render
    from warehouse.published import versions as history

    form = form_of(as_json, as_csv)
    found = history.versions(settings_of(home).home)
    print_listing(Listing.of_frame(found), form, lambda: [render.publications(found)])
