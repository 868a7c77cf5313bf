"""Commands about city packs: list, check, new."""

from typing import Annotated

import typer

from pipelines.cli.options import JsonOption, Stop, city_of, packs_of, print_json, settings_of


def city_list(as_json: JsonOption = False) -> None:
    """All packs, with feeds and metrics."""
    import polars as pl

    from pipelines.cli import render

    packs = packs_of(settings_of(None))
    rows = [
        {
            "city": p.name,
            "title": p.config.shown,
            "timezone": p.config.timezone,
            "feeds": len(p.contracts),
            "metrics": len(p.definitions),
            "areas": p.areas.height,
        }
        for p in packs.cities
    ]
    if as_json:
        print_json(rows)
    else:
        render.console().print(render.frame(pl.DataFrame(rows), "City packs"))
    if packs.mistakes:
        raise typer.Exit(3)


def city_check(name: Annotated[str, typer.Argument(help="City pack.")]) -> None:
    """Read a pack and report errors in its contracts, rules, metrics and areas."""
    from assets.connectors.protocol import protocol_for
    from assets.derive.tables import derived_tables

    city = city_of(settings_of(None), name)
    for contract in city.contracts.values():
        if contract.connector is None:
            raise Stop(f"{name}/{contract.name}: has no connector", 2)
        for service in contract.connector.services:
            protocol_for(service)
    made = {t.name for t in derived_tables(city)}
    orphans = [d.metric for d in city.definitions.values() if d.subject not in made]
    rules = sum(len(c.rules) for c in city.contracts.values())
    feeds, metrics = len(city.contracts), len(city.definitions)
    print(f"{name}: {feeds} feeds, {rules} rules, {metrics} metrics, {city.areas.height} areas")
    if orphans:
        raise Stop(f"{name}: no feed of the pack can yield {', '.join(orphans)}", 2)


def city_new(
    name: Annotated[str, typer.Argument(help="Name of the new pack: letters, digits, underscores.")],
) -> None:
    """Create the folder of a new city, with one example feed."""
    from assets.pack.new_pack import create_pack

    settings = settings_of(None)
    try:
        folder = create_pack(settings.cities_dir, name)
    except (ValueError, FileExistsError) as error:
        raise Stop(str(error), 2) from error
    print(f"{folder}: created. Edit city.yaml, areas.csv and feeds/, then run `madang city check {name}`")
