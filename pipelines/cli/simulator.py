"""Commands about the simulated city: serve it by hand, list what it delivers and the faults that can be injected."""

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.options import (
    CityOption,
    InjectOption,
    JsonOption,
    Stop,
    city_of,
    packs_of,
    print_json,
    say_error,
    settings_of,
)


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8700,
    now: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Stand still at this moment.")
    ] = None,
    inject: InjectOption = None,
    seed: Annotated[int, typer.Option(help="Another seed, another city.")] = 1,
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


def fault_list(as_json: JsonOption = False) -> None:
    """The faults that --inject takes: the feed each one breaks, and the rule or failure that must report it."""
    import polars as pl

    from pipelines.cli import render
    from simulator.catalogue import FAULTS

    rows = [{"fault": f.name, "feed": f.feed, "seen as": f.seen, "what": f.title} for f in FAULTS]
    if as_json:
        print_json(rows)
    else:
        render.console().print(render.frame(pl.DataFrame(rows), "Faults"))


def feed_list(city: CityOption = None, as_json: JsonOption = False) -> None:
    """What the simulated city delivers of each feed, and which it cannot make, with the reason."""
    import polars as pl

    from pipelines.cli import render
    from simulator.made_feeds import cannot_be_made, made_feeds

    settings = settings_of(None)
    cities = [city_of(settings, name) for name in city] if city else packs_of(settings).cities
    rows = [asdict(made) for one in cities for made in made_feeds(one)]
    evening = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), time(23, 30))
    cannot = [sentence for one in cities for sentence in cannot_be_made(one, evening)]
    if as_json:
        print_json({"feeds": rows, "cannot": cannot})
        return
    out = render.console()
    shown = [{**row, "what": ", ".join(row["what"]) or "rows of its own"} for row in rows]
    out.print(render.frame(pl.DataFrame(shown), "Feeds of the simulated city", len(shown)))
    for sentence in cannot:
        out.print(render.data(sentence, "bold yellow"), soft_wrap=True)
