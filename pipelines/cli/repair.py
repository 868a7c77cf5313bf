"""The command that makes again what is damaged: `madang repair`."""

from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import (
    HomeOption,
    Stop,
    new_run_id,
    packs_of,
    program,
    require_city,
    require_feed,
    say_error,
    settings_of,
)
from pipelines.visible import one_line

CityWanted = Annotated[str, typer.Option("--city", help="Only this city.")]
TableWanted = Annotated[str, typer.Option("--table", help="Only this feed or table.")]
DayWanted = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")]


def repair(city: CityWanted = "", table: TableWanted = "", day: DayWanted = None, home: HomeOption = None) -> None:
    """Make again what is damaged, from what landed and through the same gates. What is whole stays as it is."""
    from assets.repair.repair import RepairWanted, repair
    from warehouse.ledger import ledger
    from warehouse.ledger.whole import lost_tables

    settings = settings_of(home)
    if not (settings.home.lake.is_dir() or settings.home.landing.is_dir()):
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    if city:
        require_city(settings, city)
    if table:
        require_feed(settings, table)
    wanted = RepairWanted(city, table, None if day is None else day.date())
    whole = not wanted.everything or not lost_tables(settings.home)
    packs = packs_of(settings, ledger.cities(settings.home) if whole else None)
    done = 0
    failed = 0
    for one in repair(settings.home, packs.cities, wanted, run_id=new_run_id()):
        done, failed = done + one.back, failed + (not one.back)
        if one.back:
            print(one_line(f"{one.where}: {one.said}"), flush=True)
        else:
            say_error(f"{one.where} could not be brought back: {one.said}")
    for mistake in packs.mistakes:
        say_error(mistake)
    if not done and not failed:
        print("nothing is damaged that can be made again; see `madang doctor`")
    elif done:
        print(f"next: {program()} publish, then {program()} doctor")
    if failed or packs.mistakes:
        raise typer.Exit(3)
