"""Commands that fetch and build: nightly, backfill."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer

from assets.failures import PermanentFailure
from assets.pack.city import City
from pipelines.cli import stopping
from pipelines.cli.options import (
    AllCitiesOption,
    CityOption,
    DayOption,
    DropOption,
    HomeOption,
    InjectOption,
    JsonOption,
    LanguageOption,
    LimitOption,
    SourceOption,
    Stop,
    language_of,
    need_drop,
    one_city,
    packs_with,
    say_error,
    settings_of,
)
from pipelines.settings import Settings
from quality.contract.due import newest_night
from warehouse.importing import importing

LIMIT_MINUTES = 360.0  # as for runs of the schedule: deploy/dagster.yaml
FirstOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
LastOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]


def nightly(
    city: CityOption = None,
    all_cities: AllCitiesOption = False,
    day: DayOption = None,
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    inject: InjectOption = None,
    language: LanguageOption = None,
    minutes: LimitOption = LIMIT_MINUTES,
    as_json: JsonOption = False,
) -> None:
    """One night: fetch, build what is due, publish, and show the scoreboard."""
    name = one_city(city, all_cities=all_cities)
    settings = settings_of(home, source, from_dir)
    if name is None:
        words = ["nightly", *([] if day is None else ["--day", str(day.date())])]
        _run_all(settings, words, inject, language, minutes, as_json=as_json)
    days = None if day is None else (day.date(), day.date())
    _run(settings, name, days, backfill=False, inject=inject or (), language=language, as_json=as_json)


def backfill(
    city: CityOption = None,
    all_cities: AllCitiesOption = False,
    first: FirstOption = None,
    last: LastOption = None,
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    inject: InjectOption = None,
    language: LanguageOption = None,
    minutes: LimitOption = LIMIT_MINUTES,
    as_json: JsonOption = False,
) -> None:
    """Many days in one go; without --from and --to all that were delivered. A day whose gate closes does not stop the
    others."""
    name = one_city(city, all_cities=all_cities)
    if (first is None) != (last is None):
        raise Stop("give --from and --to, or neither: then it is all days that were delivered", 2)
    if first is not None and last is not None and last < first:
        raise Stop(f"--to {last.date()} lies before --from {first.date()}", 2)
    settings = settings_of(home, source, from_dir)
    days = None if first is None or last is None else (first.date(), last.date())
    if name is None:
        words = ["backfill", *([] if days is None else ["--from", str(days[0]), "--to", str(days[1])])]
        _run_all(settings, words, inject, language, minutes, as_json=as_json)
    _run(settings, name, days, backfill=True, inject=inject or (), language=language, as_json=as_json)


def _run_all(
    settings: Settings,
    words: Sequence[str],
    inject: Sequence[str] | None,
    language: str | None,
    minutes: float,
    *,
    as_json: bool,
) -> NoReturn:
    from pipelines.cli.all_cities import run_all

    if inject:
        raise Stop("--inject is for one city: name it with --city", 2)
    reader = language_of(language)
    in_language = [] if reader is None else ["--language", reader]
    run_all(settings, [*words, *in_language], limit_minutes=minutes, as_json=as_json)


def _run(
    settings: Settings,
    name: str,
    days: tuple[date, date] | None,
    *,
    backfill: bool,
    inject: Sequence[str],
    language: str | None,
    as_json: bool,
) -> NoReturn:
    """`days`: the first and the last; None: the night of the day that ended last (or, of a city whose files are all of
    one day, that of this day), or a backfill of all that was delivered."""
    reader = language_of(language)
    packs = packs_with(settings, name)
    (city,) = packs.of(name).cities
    if not city.contracts and not city.left_out:
        raise Stop(f"{name} has no feed yet: `madang feed new FILE --city {name}` writes one from a file", 2)
    need_drop(settings, name)
    if days is None and backfill and settings.source != "files":
        days = _delivered(settings, city)
    of_deliveries = days is None and backfill
    newest = newest_night(city.contracts.values(), city.yesterday())
    days = first, last = days or (newest, newest)
    for day in days:
        if day < city.config.first_day or day > city.yesterday():
            raise Stop(
                f"{day} is outside {name}'s days: from {city.config.first_day} to yesterday in {city.config.timezone}",
                2,
            )
    not_made = list[str]()
    # the simulated city makes its files while Dagster is imported and starts: nothing above imports it
    with _sources(settings, city, (first, last), inject, not_made) as (found, files_are_there):
        with importing():
            from pipelines import runner
            from pipelines.cli import night, render
            from pipelines.cli.stages import Stages
        try:
            with Stages(render.console(error=True)) as shown:
                asked = (None, None) if of_deliveries else days
                result = runner.run(
                    found(), city, *asked, backfill=backfill, shown=shown, packs=packs, ready=files_are_there
                )
        except runner.Interrupted as interrupt:
            raise Stop(stopping.SENTENCE, stopping.CODE) from interrupt
        except PermanentFailure as failure:  # before anything is fetched; the failure of a feed ends no night
            raise Stop(str(failure), 2) from failure
    for sentence in not_made:
        say_error(sentence)
    night.tell(settings, city, result, as_json=as_json, language=reader)
    raise typer.Exit(result.exit_code)


def _delivered(settings: Settings, city: City) -> tuple[date, date]:
    """The first and the last day of which the home has something of this city. Raises Stop where there are none."""
    from pipelines.partitions import delivered_days

    days = delivered_days(settings.home, city)
    if days is None:
        raise Stop(f"nothing was ever delivered of {city.name}: say which days, with --from and --to", 2)
    return days


@contextmanager
def _sources(
    settings: Settings, city: City, days: tuple[date, date], inject: Sequence[str], not_made: list[str]
) -> Iterator[tuple[Callable[[], Settings], Callable[[], None]]]:
    """The settings with an address to ask and a drop folder, and what waits until the files are in this; the simulated
    city runs as long as the block.

    Sentences about feeds that it cannot make are added to `not_made`.
    """
    if settings.source != "simulated" or settings.simulator_address is not None:
        if inject:
            raise Stop("--inject is for the simulated city that the command itself starts (--source simulated)", 2)
        yield lambda: settings, lambda: None
        return
    from quality.gx_duckdb.evaluate import import_great_expectations
    from simulator import catalogue, process

    try:
        faults = [catalogue.named(name) for name in inject]
    except ValueError as error:
        raise Stop(f"--inject: {error}", 2) from error
    if other := next((fault for fault in faults if fault.pack != city.name), None):
        raise Stop(f"--inject: {other.name} is a fault of the city {other.pack}: {city.name} has no feed for it", 2)
    now = datetime.combine(days[1], time(23, 30))  # what is published later, the city does not know yet
    with (
        TemporaryDirectory(prefix="madang-") as drop,
        process.running([city.folder], now=now, inject=inject, drop=Path(drop), first=days[0]) as server,
    ):

        def started() -> Settings:
            import_great_expectations()  # the gates need it, and the simulated city makes files for longer than this
            with _refusing():
                address = server.future_address
            return settings.model_copy(update={"simulator_address": address, "simulator_drop": Path(drop)})

        def files_are_there() -> None:
            with _refusing():
                not_made.extend(server.not_made)

        yield started, files_are_there


@contextmanager
def _refusing() -> Iterator[None]:
    from simulator.process import NotStartedError

    try:
        yield
    except NotStartedError as error:
        raise Stop(str(error), 1) from error
