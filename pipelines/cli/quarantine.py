"""`madang quarantine`: what was held back: counted, shown as it was delivered, exported, judged again from landing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assets.pack.packs import load_packs
from pipelines.cli import stopping
from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    MOST_COUNTED,
    CsvOption,
    HomeOption,
    JsonOption,
    Stop,
    cities_there,
    packs_with,
    require_city,
    require_feed,
    settings_of,
)
from pipelines.cli.wrapping import say
from pipelines.settings import Settings
from warehouse.importing import importing

if TYPE_CHECKING:
    import polars as pl
    from rich.console import RenderableType

    from pipelines import runner
    from pipelines.quarantine import Wanted

CityFilter = Annotated[str, typer.Option("--city", help="Only this city.", autocompletion=cities_there)]
FeedFilter = Annotated[str, typer.Option("--feed", help="Only this feed or table.")]
DayFilter = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")]
RuleFilter = Annotated[str, typer.Option("--rule", help="Only what breaks this rule, e.g. AIR-no2-range.")]
BatchFilter = Annotated[str, typer.Option("--batch", help="Only this batch (the beginning of its id).")]
EverythingOption = Annotated[
    bool, typer.Option("--all", help="Also what was held back once, and what became of it: released, replaced.")
]
NOTHING = "nothing is held back, or nothing that fits; see `madang quarantine list --all`"


def quarantine_list(
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    everything: EverythingOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How many rows and values each rule holds back, by feed and day, and what it says. Shows no values."""
    from pipelines.quarantine import counts

    form = form_of(as_json, as_csv)
    settings, wanted = _asked(home, city, feed, day, rule, "", everything=everything)
    found = counts(settings.home, wanted)
    if form is Form.PEOPLE and found.is_empty():
        raise Stop(NOTHING, 1)
    print_listing(Listing.of_frame(found), form, lambda: _counted(found))


def quarantine_show(
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    batch: BatchFilter = "",
    everything: EverythingOption = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_COUNTED, help="At most so many rows.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The rows that are held back, with their text as delivered, read again from landing. Private data is shown too."""
    from pipelines.cli import render
    from pipelines.quarantine import HeldRow, held_rows, private_feeds

    form = form_of(as_json, as_csv)
    settings, wanted = _asked(home, city, feed, day, rule, batch, everything=everything)
    found = wanted.with_fate(settings.home).head(limit).collect()
    if found.is_empty() and form is Form.PEOPLE:
        raise Stop(NOTHING, 1)
    packs = load_packs(settings.packs(), set(found["city"])).cities
    if private := private_feeds(found, packs):
        print(
            f"madang: this shows private data of {', '.join(private)}: keep it to yourself", file=sys.stderr, flush=True
        )
    rows = held_rows(settings.home, packs, found)
    print_listing(Listing.of_records(HeldRow, rows), form, lambda: [render.held_rows(rows)])


def quarantine_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file: .csv or .parquet.")],
    city: CityFilter = "",
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    batch: BatchFilter = "",
    everything: EverythingOption = False,
    private: Annotated[
        bool, typer.Option("--private", help="With the texts of private feeds, for who may see them.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Write the rows that are held back to a file that its owner alone may read, for who mends the data.

    Of private feeds it has where each row is from and which rules it breaks; with --private also what stands in it.
    """
    from pipelines.quarantine import held_rows, masked, private_feeds
    from pipelines.quarantine_file import FORMATS, write_held_rows

    if file.suffix.lower() not in FORMATS:
        raise Stop(f"{file}: name a file that ends in {' or '.join(FORMATS)}", 2)
    if file.exists() or file.is_symlink():
        raise Stop(f"{file} is there already: remove it, or name another file", 2)
    settings, wanted = _asked(home, city, feed, day, rule, batch, everything=everything)
    if file.resolve().is_relative_to(settings.home.root.resolve()):
        raise Stop(f"{file} lies in the home {settings.home.root}; choose a place elsewhere", 2)
    found = wanted.with_fate(settings.home).collect()
    if found.is_empty():
        raise Stop(NOTHING, 1)
    packs = load_packs(settings.packs(), set(found["city"])).cities
    rows = held_rows(settings.home, packs, found)
    hidden = private_feeds(found, packs)
    write_held_rows(file, rows if private else masked(rows, packs))
    say(f"{file}: {len(rows):,} rows and values that are held back; its owner alone may read it")
    if hidden:
        shown = "what stands in them is in it" if private else "what stands in them is left out; --private has it"
        say(f"private: {', '.join(hidden)}: {shown}")


def quarantine_replay(
    city: Annotated[str, typer.Option("--city", help="The city, by its pack.", autocompletion=cities_there)],
    feed: FeedFilter = "",
    day: DayFilter = None,
    rule: RuleFilter = "",
    batch: BatchFilter = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """After a rule or the code that reads was corrected: judge what is held back again from landing, and publish.

    Nothing is fetched. Days go through the same gate as in a night, and whatever is made of them is made again.
    """
    form = form_of(as_json, as_csv)
    settings, wanted = _asked(home, city, feed, day, rule, batch, everything=True)
    packs = packs_with(settings, city)
    (pack,) = packs.of(city).cities
    with importing():
        from pipelines import runner
        from pipelines.cli import render
        from pipelines.cli.stages import Stages
        from pipelines.held_again import HeldBefore
        from warehouse.ledger import ledger
    before = HeldBefore.of(settings.home, wanted)
    days = sorted({one for of_feed in before.days.values() for one in of_feed})
    if not days:
        raise Stop(NOTHING, 1)
    source = ledger.newest_source(settings.home, city) or settings.source
    settings = settings.model_copy(update={"source": source})
    try:
        with Stages(render.console(error=True)) as shown:
            result = runner.run(
                settings, pack, days[0], days[-1], backfill=True, shown=shown, packs=packs, landed=before.read_again
            )
    except runner.Interrupted as interrupt:
        raise Stop(stopping.SENTENCE, stopping.CODE) from interrupt
    found = before.fates(settings.home, wanted)
    print_listing(Listing.of_frame(found), form, lambda: _told(found, result))
    for text in result.troubles:
        raise Stop(text, result.exit_code)
    if result.version is None:
        raise Stop(f"nothing was published: {result.error}. The version published before is unchanged", 1)
    raise typer.Exit(result.exit_code)


def _counted(found: pl.DataFrame) -> Iterator[RenderableType]:
    """Counts, and each rule once in words."""
    from pipelines.cli.render import data, plain_table

    shown = found.drop("reason")
    yield plain_table(shown.columns, shown.iter_rows(), "Held back", may_go=("scope", "fate"))
    for rule, reason in found.select("rule", "reason").unique(maintain_order=True).drop_nulls().iter_rows():
        yield data(f"{rule}: {reason}")


def _told(found: pl.DataFrame, result: runner.Result) -> Iterator[RenderableType]:
    from pipelines.cli import render

    if not result.groups:
        yield "nothing is judged again: rules and code are those that held these rows back, or it was done before"
    if found.height:
        shown = found.rename({"held": "held before", "still_held": "still held"}).drop("held_under", "judged_under")
        yield render.plain_table(shown.columns, shown.iter_rows(), "What became of what was held back")
    if result.closed.height:
        yield render.closed(result.city, result.closed)
    if result.failed.height:
        yield render.failed(result.city, result.failed)
    if result.crashed:
        yield render.crashed(result.crashed)
    if result.version is not None:
        news = "published as" if result.changed else "nothing new; published is still"
        yield render.data(f"{news} version {result.version}")


def _asked(
    home: Path | None, city: str, feed: str, day: datetime | None, rule: str, batch: str, *, everything: bool
) -> tuple[Settings, Wanted]:
    """The settings and the filters; city and feed, where they are given, are known. Raises Stop."""
    from pipelines.quarantine import Wanted

    settings = settings_of(home)
    if city:
        require_city(settings, city)
    if feed:
        require_feed(settings, feed)
    return settings, Wanted(city, feed, None if day is None else day.date(), rule, batch, everything)
