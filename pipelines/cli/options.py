"""What all commands use: options, settings and packs from arguments, and the exception that ends a command."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from pipelines.cli.json_text import in_encoding, json_text
from pipelines.drop import NoDropFolderError, drop_of
from pipelines.visible import one_line

if TYPE_CHECKING:  # packs and settings are read by those that need them: the help does not
    from assets.pack.city import City
    from assets.pack.packs import Packs
    from pipelines.settings import Settings


def cities_there(incomplete: str) -> list[str]:
    """Names of packs that begin so: what a shell offers after --city."""
    return [folder.name for folder in settings_of(None).packs() if folder.name.startswith(incomplete)]


MOST_COUNTED = 1_000_000_000  # of rows, places or backups: libraries count in 64 bits, and say so by a traceback
MOST_DAYS = 36_500  # a hundred years: from today back to days that there are
MOST_HOURS = 24.0 * MOST_DAYS

CityOption = Annotated[
    list[str] | None,
    typer.Option("--city", metavar="TEXT", help="Name of the city's pack; one at a time.", autocompletion=cities_there),
]
AllCitiesOption = Annotated[
    bool, typer.Option("--all-cities", help="Each city there is, by itself: one that fails or hangs stops no other.")
]
LimitOption = Annotated[
    float,
    typer.Option(
        "--minutes", min=0.01, max=60 * MOST_HOURS, help="With --all-cities: a city that is not over by then is ended."
    ),
]
DayOption = Annotated[
    datetime | None,
    typer.Option("--day", formats=["%Y-%m-%d"], help="The night: the day that has ended (default: yesterday)."),
]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of all data (default: MADANG_HOME or ./var).")]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="Where feeds come from: live (the real services), files (a drop folder) or simulated (a city on this "
        "machine) (default: files where a drop folder is set, else simulated).",
    ),
]
InjectOption = Annotated[
    list[str] | None,
    typer.Option("--inject", help="Fault to inject into the simulated city; see `madang simulator faults`."),
]
DropOption = Annotated[Path | None, typer.Option("--from-dir", help="The city's drop folder (default: MADANG_DROP).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
LanguageOption = Annotated[
    str | None,
    typer.Option("--language", help="Tag of the language for people, such as ko (default: the city's first)."),
]
CsvOption = Annotated[
    bool, typer.Option("--csv", help="Print CSV: null is nothing, an empty text is a pair of quotes.")
]


class Stop(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def language_of(given: str | None) -> str | None:
    """The tag of a language that there are sentences in. Raises Stop for another."""
    from assets.metrics.reasons import SENTENCES
    from quality.language_tags import language_tag, nearest

    if given is None:
        return None
    try:
        found = nearest(language_tag(given), SENTENCES.languages())
    except ValueError as error:
        raise Stop(f"--language: {error}", 2) from error
    if found is None:
        raise Stop(f"--language {given}: there are sentences in {', '.join(SENTENCES.languages())}", 2)
    return found


def say_error(text: object) -> None:
    """One sentence on the error output, whatever stands in it."""
    print(f"madang: {one_line(text)}", file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON value as a line: exact data, never prepared for people. Numbers without a JSON form are texts."""
    print(in_encoding(json_text(value), sys.stdout.encoding or "utf-8"))


def print_file(text: str) -> None:
    """The text of a file: what is saved with > is UTF-8, as packs are read, whatever the terminal would show."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")


def settings_of(home: Path | None, source: str | None = None, drop: Path | None = None) -> Settings:
    from pipelines.settings import Settings, SettingsError, Source

    given: dict[str, Any] = {}
    if home is not None:
        given["home_dir"] = home
    if source is not None:
        if source not in get_args(Source):
            raise Stop(f"--source {source}: choose one of {', '.join(get_args(Source))}", 2)
        given["source"] = source
    if drop is not None:
        given["drop_dir"] = drop
    try:
        settings = Settings(**given)
    except SettingsError as error:
        raise Stop(str(error), 2) from error
    if drop is not None and settings.source != "files":
        where = "--source" if source is not None else "MADANG_SOURCE"
        raise Stop(f"--from-dir is for --source files, and {where} says {settings.source}: leave one of them out", 2)
    _check_home(settings)
    from warehouse.format import HomeFormatError, open_home  # not for a command that only prints its help

    try:
        open_home(settings.home)
    except HomeFormatError as error:
        raise Stop(str(error), 1) from error
    return settings


def _check_home(settings: Settings) -> None:
    """Refuse a path that is no folder, or that the libraries of the lake would take for a pattern."""
    try:
        home_dir = settings.home.root
        file = next((p for p in (home_dir, *home_dir.parents) if p.exists() and not p.is_dir()), None)
    except OSError as error:
        raise Stop(f"--home {settings.home_dir}: {error.strerror}", 2) from error
    if file is not None:
        raise Stop(f"{file} is a file, and --home needs a folder", 2)
    control = [sign for sign in str(home_dir) if not sign.isprintable()]
    odd = next((part for part in ("[", "%", "\\", "day=", "?", "*", *control) if part in str(home_dir)), None)
    if odd is not None:
        raise Stop(
            f"--home {home_dir}: choose a path without {odd!r}; it has a special meaning for the libraries of the lake",
            2,
        )


def folder_of(settings: Settings, name: str) -> Path:
    """The folder of a city's pack. Raises Stop for another word."""
    names = [folder.name for folder in settings.packs()]
    if name not in names:
        raise Stop(f"there is no city {name!r} in {settings.cities_dir}; there are: {', '.join(names) or 'none'}", 2)
    return settings.cities_dir / name


def one_city(names: Sequence[str] | None, *, all_cities: bool) -> str | None:
    """The city that is asked for; None: all of them. Raises Stop."""
    names = names or ()
    if all_cities and names:
        raise Stop(f"--all-cities and --city {names[0]} exclude each other: leave one of them out", 2)
    if len(names) > 1:
        raise Stop(f"--city is given twice ({', '.join(names)}): name one, or take --all-cities", 2)
    if not names and not all_cities:
        raise Stop("which city? Name one with --city, or take --all-cities", 2)
    return names[0] if names else None


def city_of(settings: Settings, name: str) -> City:
    """A city of the packs. Raises Stop for another word, ContractError for a pack that cannot be read. No other pack is
    read."""
    from assets.pack.packs import load_packs

    folder_of(settings, name)
    (city,) = load_packs(settings.packs(), {name}).of(name).cities
    return city


def packs_with(settings: Settings, name: str) -> Packs:
    """The packs of this city and of those of which the home has something: the published file has them all. Raises Stop
    for another word, ContractError for a pack of this city that cannot be read."""
    from assets.pack.packs import load_packs
    from warehouse.ledger import ledger

    folder_of(settings, name)
    packs = load_packs(settings.packs(), {*ledger.cities(settings.home), name})
    packs.of(name)
    return packs


def require_city(settings: Settings, name: str) -> None:
    """A city of the packs, or of which the ledger tells although its pack is gone. Raises Stop for another word."""
    from warehouse.ledger import ledger

    if name not in ledger.cities(settings.home):
        city_of(settings, name)


def require_feed(settings: Settings, name: str) -> None:
    """A feed of a pack, by the names of its files, or a table of which the ledger tells. Raises Stop for another
    word."""
    from assets.pack.packs import feeds_listed
    from warehouse.ledger import ledger

    if name not in ledger.table_names(settings.home).union(*map(feeds_listed, settings.packs())):
        raise Stop(f"there is no feed or table {name!r} in the ledger or in a pack; leave out --feed to see all", 2)


def packs_of(settings: Settings, only: Collection[str] | None = None) -> Packs:
    """All packs, or those of these cities. What is left out is said, and does not stop the others."""
    from assets.pack.packs import load_packs

    folders = settings.packs()
    if not folders:
        raise Stop(f"there is no city pack in {settings.cities_dir}: set MADANG_CITIES to the folder of packs", 2)
    packs = load_packs(folders, only)
    for text in packs.mistakes:
        say_error(text)
    return packs


def need_drop(settings: Settings, city: str) -> None:
    """Raises Stop where files are to be read and the city has no drop folder."""
    if settings.source != "files":
        return
    if settings.drop_dir is None:
        raise Stop("--source files needs the city's drop folder: give --from-dir DIR, or set MADANG_DROP", 2)
    if not settings.drop_dir.is_dir():
        raise Stop(f"{settings.drop_dir} is not a folder: --from-dir needs the drop folder of {city}", 2)
    packs = [folder.name for folder in settings.packs()]
    try:
        drop_of(settings.drop_dir, city, packs, given=settings.drop_is_given)
    except NoDropFolderError as error:
        raise Stop(str(error), 2) from error


def program() -> str:
    """How this command was called, to be pasted before the next one."""
    called = Path(sys.argv[0])
    return (
        f"{shlex.quote(sys.executable)} -m pipelines.cli" if called.name == "__main__.py" else shlex.quote(str(called))
    )


def cities_unless_usual(folder: Path, settings: Settings) -> Path | None:
    """The folder of packs, for a command that is suggested; None where commands look there anyway."""
    return None if folder.resolve() == settings.cities_dir.resolve() else folder


def new_run_id() -> str:
    return f"cli-{datetime.now(UTC):%Y%m%d%H%M%S}"
