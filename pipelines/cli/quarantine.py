"""`madang quarantine`: what was held back, counted by rule, and row by row as it was delivered."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.pack.packs import load_packs
from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    CsvOption,
    HomeOption,
    JsonOption,
    Stop,
    cities_there,
    require_city,
    require_feed,
    settings_of,
)
from pipelines.settings import Settings

CityFilter = Annotated[str, typer.Option("--city", help="Only this city.", autocompletion=cities_there)]
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
    from pipelines.quarantine import Wanted, counts

    form = form_of(as_json, as_csv)
    settings = _settings(home, city, feed)
    found = counts(settings.home, Wanted(city, feed, None if day is None else day.date(), rule))
    if form is Form.PEOPLE and found.is_empty():
        raise Stop("nothing is held back, or nothing that fits; try it without filters", 1)
    print_listing(Listing.of_frame(found), form, title="Held back")


def quarantine_show(
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    batch: Annotated[str, typer.Option("--batch", help="Only this batch (the beginning of its id).")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The rows that are held back, with their text as delivered, read again from landing. Private data is shown too."""
    from pipelines.cli import render
    from pipelines.quarantine import HeldRow, Wanted, held_rows, private_feeds

    form = form_of(as_json, as_csv)
    settings = _settings(home, city, feed)
    wanted = Wanted(city, feed, None if day is None else day.date(), rule, batch)
    found = wanted.of(settings.home).head(limit).collect()
    if found.is_empty() and form is Form.PEOPLE:
        raise Stop("nothing is held back, or nothing that fits; see `madang quarantine list`", 1)
    cities = set(found["city"])
    packs = load_packs(settings.packs(), cities).cities
    if private := private_feeds(found, packs):
        print(
            f"madang: this shows private data of {', '.join(private)}: keep it to yourself", file=sys.stderr, flush=True
        )
    rows = held_rows(settings.home, packs, found)
    print_listing(Listing.of_records(HeldRow, rows), form, lambda: [render.held_rows(rows)])


def _settings(home: Path | None, city: str, feed: str) -> Settings:
    """The settings; city and feed, where they are given, are known. Raises Stop."""
    settings = settings_of(home)
    if city:
        require_city(settings, city)
    if feed:
        require_feed(settings, feed)
    return settings
