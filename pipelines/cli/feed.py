"""Commands about one feed of a pack, before the night."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assets.suggested import suggested
from pipelines.cli import tried_report
from pipelines.cli.options import (
    JsonOption,
    LanguageOption,
    Stop,
    cities_there,
    cities_unless_usual,
    folder_of,
    language_of,
    print_json,
    program,
    say_error,
)
from pipelines.cli.wrapping import say
from pipelines.settings import Settings, SettingsError

if TYPE_CHECKING:
    from assets.pack.city import City
    from assets.trial.result import Trial
    from quality.contract.model import Contract


def feed_try(
    feed: Annotated[str, typer.Argument(help="File of a feed, or its name with --city.")],
    file: Annotated[Path, typer.Argument(help="File that was delivered, or a drop folder.")],
    city: Annotated[
        str,
        typer.Option(
            "--city", help="Name of the city's pack (default: that of the feed's file).", autocompletion=cities_there
        ),
    ] = "",
    rows: Annotated[
        int, typer.Option("--rows", min=1, max=100_000, help="So many first rows, and rows held back by a rule.")
    ] = 10,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what to mend to this file, .html or .csv, to send it back.")
    ] = None,
    language: LanguageOption = None,
    values: Annotated[bool, typer.Option("--values", help="Show values of a private feed, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read and judge files under a feed's contract as a night would, without a home.

    Exit codes: 0 every day would be admitted · 3 some day would be held back · 1 a file cannot be read · 2 the feed has
    mistakes.
    """
    from assets.failures import FeedFailure
    from assets.trial.trial import Extent, trial

    path, folder = _feed_file(feed, city)
    if not file.exists():
        raise Stop(f"{file}: there is no such file or folder", 2)
    if report is not None:
        tried_report.require_place(report)
    extent = Extent(rows=rows, values=values, language=language_of(language))
    town, contract = _read(path, folder)
    if values and contract.private:
        say_error(f"this shows private data of {contract.name}: keep it to yourself")
    try:
        found = trial(contract, [file], city=town, extent=extent)
    except FeedFailure as failure:
        raise Stop(str(failure), 1) from failure
    if report is not None:
        tried_report.write(found, report)
    if as_json:
        from pipelines.cli.tried_json import facts

        print_json(facts(found))
    else:
        from pipelines.cli import render, tried

        out = render.console()
        out.print(tried.shown(found, rows, out.width))
        if report is not None:
            say(f"report: {report}")
        say(_next(path, folder, file, found))
    raise typer.Exit(1 if not found.readable else 0 if found.admitted else 3)


def _feed_file(feed: str, city: str) -> tuple[Path, Path | None]:
    """The file of a feed and the folder of its pack, None for a file that lies in no pack."""
    try:
        pack = folder_of(Settings(), city) if city else None
    except SettingsError as error:
        raise Stop(str(error), 2) from error
    given = Path(feed)
    if given.suffix in (".yaml", ".yml") or "/" in feed:
        if not given.is_file():
            raise Stop(f"{feed}: there is no such file", 2)
        around = given.resolve().parent.parent
        return given, pack or (around if (around / "city.yaml").is_file() else None)
    if pack is None:
        raise Stop(
            f"{feed!r} is the name of a feed: add --city, or name its file, as cities/hanoi/feeds/{feed}.yaml", 2
        )
    for name in (f"{feed}.yaml", f"{feed}.odcs.yaml"):
        if (pack / "feeds" / name).is_file():
            return pack / "feeds" / name, pack
    there = sorted({path.name.split(".")[0] for path in (pack / "feeds").glob("*.yaml")})
    raise Stop(f"{city} has no feed {feed!r}; it has: {', '.join(there) or 'none'}", 2)


def _read(path: Path, folder: Path | None) -> "tuple[City, Contract]":
    """The contract of the feed and its city. All mistakes and warnings are said; for a mistake Stop is raised."""
    from assets.check.one_feed import check_feed
    from assets.trial.town import bare_city, feed_contract
    from quality.contract.mistakes import ContractError

    town = contract = None
    try:
        town = bare_city(folder)
        contract = feed_contract(path, town)
        found = check_feed(path, contract, town.config)
    except ContractError as error:
        found = list(error.mistakes)
    for mistake in found:
        say_error(f"warning: {mistake}" if mistake.warning else mistake)
    wrong = sum(not mistake.warning for mistake in found)
    if wrong or town is None or contract is None:
        raise Stop(f"{path} has {wrong} mistake{'s' * (wrong != 1)}", 2)
    return town, contract


def _next(path: Path, folder: Path | None, file: Path, found: "Trial") -> str:
    """What to do now, in one line."""
    from assets.trial.read import below_drop
    from quality.contract.due import night_due

    name = program()
    if not found.readable or not found.admitted:
        return f"next: mend the feed ({path}) or the delivery, and try it again"
    if folder is None:
        return f"next: put {path} into cities/<city>/feeds/, and run {name} city check <city>"
    day = night_due(found.contract, found.newest_complete or found.days[-1].day)
    drop, below = file, below_drop(found.contract, file)
    if not file.is_dir():
        if below is None:
            paths = (
                ", ".join(found.contract.connector.files.paths)
                if found.contract.connector and found.contract.connector.files
                else ""
            )
            return f"next: put {file} into the drop folder of {folder.name}" + (f" as {paths}" if paths else "")
        drop = Path(*file.resolve().parts[: -len(below.parts)])
    elsewhere = cities_unless_usual(folder.parent, Settings())
    words = ("nightly", "--city", folder.name, "--day", day)
    return f"next: {suggested(*words, program=name, drop=drop, cities=elsewhere)}"
