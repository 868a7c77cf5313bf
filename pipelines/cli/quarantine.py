"""`madang quarantine`: what was held back, counted by rule, and row by row as it was delivered."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.pack.packs import load_packs
from pipelines.cli.csv_text import print_csv
from pipelines.cli.options import (
    CsvOption,
    HomeOption,
    JsonOption,
    Stop,
    print_json,
    refuse_both,
    require_city,
    require_feed,
    settings_of,
)
from pipelines.settings import Settings

CityFilter = Annotated[str, typer.Option("--city", help="Only this city.")]
FeedFilter = Annotated[str, typer.Option("--feed", help="Only this feed or table.")]
DayFilter = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")]
RuleFilter = Annotated[str, typer.Option("--rule", help="Only what breaks this rule, e.g. AIR-no2-range.")]


def quarantine_list(
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How many rows and values each rule holds back, by feed and day. Shows no values."""
    from pipelines.cli import render
    from pipelines.quarantine import Wanted, counts

    refuse_both(as_json, as_csv)
    settings = _settings(home, city, feed)
    found = counts(settings.home, Wanted(city, feed, None if day is None else day.date(), rule))
    if as_json:
        print_json(found.to_dicts())
    elif as_csv:
        print_csv(found.columns, found.iter_rows())
    elif found.is_empty():
        raise Stop("nothing is held back, or nothing that fits; try it without filters", 1)
    else:
        render.console().print(render.frame(found, "Held back"))


def quarantine_show(
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    batch: Annotated[str, typer.Option("--batch", help="Only this batch (the beginning of its id).")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The rows that are held back, with their text as delivered, read again from landing. Private data is shown too."""
    from pipelines.cli import render
    from pipelines.quarantine import Wanted, held_rows, private_feeds

    settings = _settings(home, city, feed)
    wanted = Wanted(city, feed, None if day is None else day.date(), rule, batch)
    found = wanted.of(settings.home).head(limit).collect()
    if found.is_empty() and not as_json:
        raise Stop("nothing is held back, or nothing that fits; see `madang quarantine list`", 1)
    cities = set(found["city"])
    packs = load_packs(settings.packs(), cities).cities
    if private := private_feeds(found, packs):
        print(
            f"madang: this shows private data of {', '.join(private)}: keep it to yourself", file=sys.stderr, flush=True
        )
    rows = held_rows(settings.home, packs, found)
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        render.console().print(render.held_rows(rows))


def _settings(home: Path | None, city: str, feed: str) -> Settings:
    """The settings; city and feed, where they are given, are known. Raises Stop."""
    settings = settings_of(home)
    if city:
        require_city(settings, city)
    if feed:
        require_feed(settings, feed)
    return settings
