"""Commands about city packs: list, check, new."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.options import JsonOption, Stop, city_of, folder_of, packs_of, print_json, settings_of
from pipelines.settings import Settings
from pipelines.visible import one_line


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


def city_check(
    name: Annotated[str, typer.Argument(help="City pack.")],
    as_json: JsonOption = False,
) -> None:
    """Name all mistakes of a pack, with file, line, key and what to write."""
    from assets.check.check import check_pack

    settings = settings_of(None)
    mistakes = check_pack(folder_of(settings, name))
    wrong = sum(not mistake.warning for mistake in mistakes)
    if as_json:
        print_json([asdict(mistake) | {"file": str(mistake.file)} for mistake in mistakes])
    else:
        for mistake in mistakes:
            print(one_line(f"warning: {mistake}" if mistake.warning else str(mistake)))
        counts = f"{_counted(wrong, 'mistake')}, {_counted(len(mistakes) - wrong, 'warning')}"
        print(f"{name}: {counts}{_has(settings, name, wrong)}")
    if wrong:
        raise typer.Exit(2)


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _has(settings: Settings, name: str, wrong: int) -> str:
    """What a good pack has."""
    if wrong:
        return ""
    city = city_of(settings, name)
    rules = sum(len(contract.rules) for contract in city.contracts.values())
    counts = {"feed": len(city.contracts), "rule": rules, "metric": len(city.definitions), "area": city.areas.height}
    return f"; {', '.join(_counted(number, what) for what, number in counts.items())}"


def city_new(
    name: Annotated[str, typer.Argument(help="Name of the new pack: letters, digits, underscores.")],
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Language of the city as a tag, such as vi; once for each.")
    ] = None,
) -> None:
    """Create the folder of a new city, with one example feed and a file for its first night."""
    from assets.pack.new_pack import EXAMPLE, FIRST_NIGHT, create_pack

    settings = settings_of(None)
    try:
        folder = create_pack(settings.cities_dir, name, language or ())
    except (ValueError, FileExistsError) as error:
        raise Stop(str(error), 2) from error
    print(f"{folder}: created. Edit city.yaml, areas.csv and feeds/, then run `madang city check {name}`")
    print(
        f"To try it: madang nightly --city {name} --day {FIRST_NIGHT} --from-dir {folder / EXAMPLE} --home var-{name}"
    )
