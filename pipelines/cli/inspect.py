"""Commands that only read: status, scoreboard, ledger, versions."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.csv_text import print_csv, print_csv_of
from pipelines.cli.options import (
    CsvOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    Stop,
    city_of,
    packs_of,
    print_json,
    refuse_both,
    require_city,
    require_feed,
    settings_of,
)


def status(
    city: Annotated[str, typer.Option("--city", help="Only this city.")] = "",
    by_city: Annotated[bool, typer.Option("--cities", help="A line for each city alone, and one over all.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What failed last night: every city, feed and table with its newest day, verdict, and why."""
    from assets.pack.packs import Packs
    from pipelines import city_status
    from pipelines.cli import render
    from pipelines.last_night import nothing_failed
    from pipelines.status import TableStatus, statuses

    refuse_both(as_json, as_csv)
    settings = settings_of(home)
    packs = Packs((city_of(settings, city),), {}) if city else packs_of(settings)
    rows = [row for pack in packs.cities for row in statuses(settings.home, pack)]
    lines = city_status.city_statuses(settings.home, packs.cities, rows, packs.broken) if by_city or not as_json else []
    in_a_word = city_status.over_all(lines)
    if by_city and as_json:
        found = [asdict(line) for line in lines]
        print_json({"format": city_status.FORMAT, "over_all": in_a_word, "cities": found})
    elif by_city and as_csv:
        print_csv_of([asdict(line) for line in lines], [one.name for one in fields(city_status.CityStatus)])
    elif as_json:
        print_json([asdict(row) for row in rows])
    elif as_csv:
        print_csv_of([asdict(row) for row in rows], [one.name for one in fields(TableStatus)])
    elif not rows and packs.mistakes:
        raise Stop(f"nothing can be shown: {'; '.join(packs.mistakes)}", 3)
    elif not rows:
        raise Stop(f"nothing has been run in {settings.home.root} yet: run `madang nightly` first", 1)
    elif by_city:
        render.console().print(render.cities(lines), render.data(in_a_word))
    else:
        if len(lines) > 1:
            render.console().print(render.cities(lines), render.data(in_a_word), "")
        troubles = [row for row in rows if row.is_trouble]
        healthy = [row for row in rows if not row.is_trouble]
        told = render.troubles(troubles, packs.mistakes, nothing_failed(rows))
        render.console().print(render.feeds([*troubles, *healthy]), told)
        if warnings := [one for row in rows for one in row.worth_a_look]:
            render.console().print(render.worth_a_look(warnings))
    raise typer.Exit(3 if packs.mistakes or any(row.is_broken for row in rows) else 0)


def scoreboard(
    city: Annotated[str, typer.Option("--city", help="The city, by the name of its pack.")],
    language: LanguageOption = None,
    home: HomeOption = None,
) -> None:
    """All latest values of a city against their targets, and why others are absent."""
    from pipelines.cli import night, render

    settings = settings_of(home)
    night.show_scoreboard(settings, city_of(settings, city), render.console(), language, whole=True)


def ledger(
    city: Annotated[str, typer.Option("--city", help="Only this city.")] = "",
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

    refuse_both(as_json, as_csv)
    settings = settings_of(home)
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
    if as_json:
        print_json(found.to_dicts())
        return
    if as_csv:
        print_csv(found.columns, found.iter_rows())
        return
    if found.is_empty():
        raise Stop("the ledger has no such batch; see `madang ledger` without filters, or run `madang nightly`", 1)
    shown = [
        "day",
        "city",
        "layer",
        "table_name",
        "state",
        "verdict",
        "rows_read",
        "rows_kept",
        "rows_quarantined",
        "rows_replaced",
        "rows_repeated",
        "rows_contradicted",
        "reason",
    ]
    render.console().print(render.frame(found.select(shown), "Batches", limit=60))


def versions(home: HomeOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """All publications, and which of their files are still kept."""
    import polars as pl

    from pipelines.cli import render
    from warehouse.published import versions as history

    refuse_both(as_json, as_csv)
    found = history.versions(settings_of(home).home)
    if as_json:
        print_json(found.to_dicts())
    elif as_csv:
        print_csv(found.columns, found.iter_rows())
    else:
        shown = found.select(  # as wide as a narrow terminal; --json has all of it
            "version",
            "action",
            pl.col("published_at").dt.strftime("%Y-%m-%d %H:%M").alias("published (UTC)"),
            pl.col("values_total").alias("values"),
            pl.col("values_changed").alias("changed"),
            (pl.col("size_bytes") / 1e6).round(1).alias("MB"),
            "kept",
            "live",
        )
        render.console().print(render.frame(shown, "Publications"))
