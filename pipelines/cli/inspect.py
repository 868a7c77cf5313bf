"""Commands that only read: status, ledger, explain, sql, versions."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import HomeOption, JsonOption, Stop, city_of, settings_of


def status(
    city: Annotated[str, typer.Option("--city", help="Only this city.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What failed last night: every feed and table with its newest day, verdict, and why."""
    from assets.pack.city import load_city
    from pipelines.cli import render
    from pipelines.status import statuses

    settings = settings_of(home)
    packs = [city_of(settings, city)] if city else [load_city(folder) for folder in settings.packs()]
    rows = [row for pack in packs for row in statuses(settings.home, pack)]
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, default=str))
    elif not rows:
        raise Stop(f"nothing has been run in {settings.home.root} yet: run `madang nightly` first", 1)
    else:
        troubles = [row for row in rows if row.is_trouble]
        healthy = [row for row in rows if not row.is_trouble]
        render.console().print(render.feeds([*troubles, *healthy]), render.troubles(troubles))
    raise typer.Exit(3 if any(row.is_broken for row in rows) else 0)


def ledger(
    city: Annotated[str, typer.Option("--city", help="Only this city.")] = "",
    day: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")] = None,
    feed: Annotated[str, typer.Option("--feed", help="Only this feed or table.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Batches: rows read, kept, quarantined, replaced, repeated and contradicted, and the verdict on each."""
    import polars as pl

    from pipelines.cli import render
    from warehouse.ledger import ledger as book

    settings = settings_of(home)
    verdicts = book.read(settings.home, "verdict").select("batch_id", "verdict", "reason").unique("batch_id")
    rows = book.read(settings.home, "batch").join(verdicts, on="batch_id", how="left")
    if city:
        rows = rows.filter(pl.col("city") == city)
    if day is not None:
        rows = rows.filter(pl.col("day") == day.date())
    if feed:
        rows = rows.filter(pl.col("table_name") == feed)
    found = rows.sort("day", "layer", "table_name", "recorded_at", descending=[True, False, False, True]).collect()
    if as_json:
        print(json.dumps(found.to_dicts(), ensure_ascii=False, default=str))
        return
    if found.is_empty():
        raise Stop("the ledger has no such batch; see `madang ledger` without filters, or run `madang nightly`", 1)
    shown = [
        "day",
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


def explain(
    city: Annotated[str, typer.Argument(help="City pack.")],
    metric: Annotated[str, typer.Argument(help="Metric, e.g. pm25_mean.")],
    area: Annotated[str, typer.Argument(help="Area code or English name, e.g. 11 or Jongno-gu.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="First day of the period.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The lineage of one published value: its definition, batches, deliveries and history."""
    from pipelines.cli import render
    from pipelines.explain import NoSuchValueError
    from pipelines.explain import explain as lineage_of

    try:
        lineage = lineage_of(settings_of(home).home, city, metric, area, day.date())
    except NoSuchValueError as error:
        raise Stop(str(error), 1) from error
    if as_json:
        print(json.dumps(asdict(lineage), ensure_ascii=False, default=str))
    else:
        render.console().print(render.lineage(lineage))


def sql(
    query: Annotated[str, typer.Argument(help="A query on the published file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Query the published DuckDB file. It is opened read-only and never blocks the nightly run."""
    import duckdb

    from pipelines.cli import render
    from warehouse.published import connect

    with connect.open_published(settings_of(home).home) as con:
        try:
            answer = con.sql(query)
            rows = answer.pl() if answer is not None else None
        except duckdb.Error as error:
            raise Stop(str(error).splitlines()[0], 1) from error
    if rows is None:
        return
    if as_json:
        print(json.dumps(rows.to_dicts(), ensure_ascii=False, default=str))
    else:
        render.console().print(render.frame(rows))


def versions(home: HomeOption = None) -> None:
    """All publications, and which of their files are still kept."""
    from pipelines.cli import render
    from warehouse.published import versions as history

    render.console().print(render.frame(history.versions(settings_of(home).home), "Publications"))
