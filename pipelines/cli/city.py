"""Commands about city packs: list, check, new."""

import shlex
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assets.suggested import suggested
from pipelines.cli import stopping
from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    CsvOption,
    JsonOption,
    Stop,
    cities_there,
    city_of,
    folder_of,
    packs_of,
    say_error,
    settings_of,
)
from pipelines.cli.wrapping import say
from pipelines.settings import Settings
from quality.contract.mistakes import Mistake

if TYPE_CHECKING:
    from assets.pack.city import City
    from assets.pack.new_pack import NewCity


def city_list(as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """All packs, with feeds and metrics."""
    form = form_of(as_json, as_csv)
    packs = packs_of(settings_of(None))
    rows = [
        {
            "city": p.name,
            "title": p.config.shown,
            "timezone": p.config.timezone,
            "feeds": len(p.contracts),
            "metrics": len(p.metrics),
            "areas": p.areas.height,
        }
        for p in packs.cities
    ]
    print_listing(
        Listing.of_rows(["city", "title", "timezone", "feeds", "metrics", "areas"], rows), form, title="City packs"
    )
    if packs.mistakes:
        raise typer.Exit(3)


def city_check(
    name: Annotated[str, typer.Argument(help="City pack.", autocompletion=cities_there)],
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Name all mistakes of a pack, with file, line, key and what to write."""
    from assets.check.check import check_pack

    form, settings = form_of(as_json, as_csv), settings_of(None)
    mistakes = check_pack(folder_of(settings, name))
    wrong = sum(not mistake.warning for mistake in mistakes)
    if form is not Form.PEOPLE:
        rows = [asdict(mistake) | {"file": str(mistake.file)} for mistake in mistakes]
        print_listing(Listing.of_rows([one.name for one in fields(Mistake)], rows), form)
    else:
        for mistake in mistakes:
            say(f"warning: {mistake}" if mistake.warning else str(mistake))
        for said in () if wrong else _not_personal(city_of(settings, name)):
            say(said)
        counts = f"{_counted(wrong, 'mistake')}, {_counted(len(mistakes) - wrong, 'warning')}"
        say(f"{name}: {counts}{_has(settings, name, wrong)}")
    if wrong:
        raise typer.Exit(2)


def _not_personal(city: "City") -> Iterator[str]:
    """What the feeds say of columns that look as if they were about persons: whoever lets them in has to know."""
    for contract in city.contracts.values():
        for column, reason in contract.not_personal.items():
            yield f"not about persons: {contract.name}, column {column!r}: {reason}"


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _has(settings: Settings, name: str, wrong: int) -> str:
    """What a good pack has."""
    if wrong:
        return ""
    city = city_of(settings, name)
    rules = sum(len(contract.rules) for contract in city.contracts.values())
    counts = {"feed": len(city.contracts), "rule": rules, "metric": len(city.metrics), "area": city.areas.height}
    return f"; {', '.join(_counted(number, what) for what, number in counts.items())}"


def city_new(
    name: Annotated[str, typer.Argument(help="Name of the new pack: letters, digits, underscores.")],
    title: Annotated[str, typer.Option("--title", help="What people call the city, in its first language.")] = "",
    country: Annotated[str, typer.Option("--country", help="Two capitals (ISO 3166), such as VN.")] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", help="Zone of its clocks, where the country has several: Asia/Jakarta.")
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Language of the city as a tag, such as vi; once for each.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="With an example feed, and a week of made-up numbers for a first night.")
    ] = False,
    repository: Annotated[
        Path | None,
        typer.Option("--repository", help="New folder: the city's own repository, with Madang's wheel and a lock."),
    ] = None,
    wheel: Annotated[
        Path | None,
        typer.Option("--wheel", help="Madang's wheel for the repository (default: that of the Madang that runs)."),
    ] = None,
) -> None:
    """Create the folder of a new city. What is not said stays open in its city.yaml."""
    from assets.pack.new_pack import DROP, FIRST_NIGHT, NewCity, create_pack

    stopping.unwind()
    new = NewCity(name, title, country, timezone, tuple(language or ()), example)
    if repository is not None:
        _own_repository(repository, new, wheel)
        return
    if wheel is not None:
        raise Stop("--wheel is for --repository: a pack in the folder of packs needs none", 2)
    settings = settings_of(None)
    try:
        folder = create_pack(settings.cities_dir, new)
    except (ValueError, FileExistsError) as error:
        raise Stop(str(error), 2) from error
    schemas_beside(settings.cities_dir)
    say(f"{folder}: created. What the city is stands in {folder / 'city.yaml'}")
    after = suggested("feed", "new", "FILE", "--city", name)
    if example:
        words = ("nightly", "--city", name, "--day", FIRST_NIGHT)
        after = suggested(*words, drop=folder / DROP, home=Path(f"var-{name}"))
    say(f"next: {after}")


def _own_repository(folder: Path, new: "NewCity", given: Path | None) -> None:
    from pipelines.new_repository import create_repository
    from pipelines.wheel import WheelError, own_wheel, wheel_in

    try:
        wheel = own_wheel() if given is None else wheel_in(given)
        has_git = create_repository(folder, new, wheel)
    except (WheelError, ValueError, FileExistsError, NotADirectoryError) as error:
        raise Stop(str(error), 2) from error
    if not has_git:
        say_error(f"{folder} is no Git repository yet: there is no git here, or it could not make one")
    say(f"{folder}: created, with {wheel.name} (sha256:{wheel.sha256})")
    say(f"next: cd {shlex.quote(str(folder))} && make setup && make nightly")


def schemas_beside(cities: Path) -> None:
    """Write the schemas for editors beside the packs; without them a pack is as good, so it is only said."""
    from assets.schemas.schemas import write_schemas

    try:
        write_schemas(cities)
    except OSError as error:
        say_error(f"editors cannot check this pack, as its schemas cannot be written: {error}")
