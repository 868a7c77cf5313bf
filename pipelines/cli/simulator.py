"""Commands about the simulated city: serve it by hand, list what it delivers and the faults that can be injected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.listing import Listing, form_of, print_listing, table_of
from pipelines.cli.options import (
    MOST_COUNTED,
    CityOption,
    CsvOption,
    InjectOption,
    JsonOption,
    Stop,
    city_of,
    packs_of,
    say_error,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import RenderableType


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8700,
    now: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Stand still at this moment.")
    ] = None,
    inject: InjectOption = None,
    seed: Annotated[int, typer.Option(min=0, max=MOST_COUNTED, help="Another seed, another city.")] = 1,
) -> None:
    """Serve all packs as their providers would, on this machine only. Ctrl-C ends it."""
    from simulator import catalogue, server
    from simulator.simulator import Simulator

    try:
        faults = [catalogue.named(name) for name in inject or ()]
    except ValueError as error:
        raise Stop(f"--inject: {error}", 2) from error
    cities = packs_of(settings_of(None)).cities
    simulator = Simulator(cities, server.clock_at(now), faults, seed)

    def ready(address: str) -> None:
        print(f"{address}  lists what there is; use it with MADANG_SIMULATOR={address}", flush=True)
        say_error("all that comes from here is simulated")

    try:
        server.serve_forever(simulator, port, ready)
    except OSError as error:
        raise Stop(f"port {port} cannot be used: {error.strerror}; give another one with --port", 1) from error
    stopping.forget()


def fault_list(as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """The faults that --inject takes: the feed each one breaks, and the rule or failure that must report it."""
    from simulator.catalogue import FAULTS

    form = form_of(as_json, as_csv)
    rows = [
        {"fault": f.name, "feed": f.feed, "seen as": f.watched.by if f.watched else f.seen, "what": f.title}
        for f in FAULTS
    ]
    print_listing(Listing.of_rows(["fault", "feed", "seen as", "what"], rows), form, title="Faults")


def feed_list(city: CityOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """What the simulated city delivers of each feed, and which it cannot make, with the reason."""
    from pipelines.cli import render
    from simulator.made_feeds import MadeFeed, cannot_be_made, made_feeds

    form, settings = form_of(as_json, as_csv), settings_of(None)
    cities = [city_of(settings, name) for name in city] if city else packs_of(settings).cities
    rows = [asdict(made) for one in cities for made in made_feeds(one)]
    evening = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), time(23, 30))
    cannot = [sentence for one in cities for sentence in cannot_be_made(one, evening)]
    names = [one.name for one in fields(MadeFeed)]

    def people() -> Iterator[RenderableType]:
        shown = [{**row, "what": ", ".join(row["what"]) or "rows of its own"} for row in rows]
        yield table_of(Listing.of_rows(names, shown), "Feeds of the simulated city", len(shown))
        yield from (render.data(sentence, "bold yellow") for sentence in cannot)

    whole = {"feeds": rows, "cannot": cannot}
    print_listing(Listing.of_rows(names, rows), form, people, around=lambda _: whole)
