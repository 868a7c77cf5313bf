"""The command that looks for damage: `madang doctor`."""

from dataclasses import asdict

import typer

from pipelines.cli.options import HomeOption, JsonOption, Stop, print_json, settings_of
from pipelines.visible import one_line

_SAID = {0: "nothing is damaged", 1: "1 thing is damaged"}


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Compare all checksums of a home: what is damaged, where, what it costs, and what to do. Changes nothing."""
    from warehouse.doctor.examine import examine

    settings = settings_of(home)
    if not (settings.home.lake.is_dir() or settings.home.landing.is_dir()):
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    found = list(examine(settings.home))
    if as_json:
        print_json([asdict(one) | {"is_repaired": one.is_repaired} for one in found])
    else:
        for one in found:
            print(one_line(f"{one.part}: {one.where}: {one.what}"))
            print(one_line(f"  costs: {one.costs}"))
            print(one_line(f"  do: {one.do}"))
        print(_SAID.get(len(found), f"{len(found):,} things are damaged"))
    if found:
        raise typer.Exit(1)
