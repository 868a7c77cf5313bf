"""Commands that change something: nightly, backfill, publish, rollback, and the pages of Dagster."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from assets.failures import PermanentFailure
from assets.pack.city import City
from pipelines.cli.options import (
    CityOption,
    DayOption,
    DropOption,
    HomeOption,
    InjectOption,
    JsonOption,
    SourceOption,
    Stop,
    city_of,
    need_drop,
    new_run_id,
    say_error,
    settings_of,
    yesterday,
)
from pipelines.settings import Settings


def nightly(
    city: CityOption,
    day: DayOption = None,
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    inject: InjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """One night: fetch, build what is due, publish, and show the scoreboard."""
    settings = settings_of(home, source, from_dir)
    night = yesterday(city_of(settings, city)) if day is None else day.date()
    _run(settings, city, night, night, backfill=False, inject=inject or (), as_json=as_json)


def backfill(
    city: CityOption,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    inject: InjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Many days in one go. A day whose gate closes does not stop the others."""
    if last < first:
        raise Stop(f"--to {last.date()} lies before --from {first.date()}", 2)
    settings = settings_of(home, source, from_dir)
    _run(settings, city, first.date(), last.date(), backfill=True, inject=inject or (), as_json=as_json)


def _run(
    settings: Settings, name: str, first: date, last: date, *, backfill: bool, inject: Sequence[str], as_json: bool
) -> NoReturn:
    city = city_of(settings, name)
    need_drop(settings, name)
    for day in (first, last):
        if day < city.config.first_day or day > yesterday(city):
            raise Stop(
                f"{day} is outside {name}'s days: from {city.config.first_day} to yesterday in {city.config.timezone}",
                2,
            )
    with _sources(settings, city, last, inject) as found:  # the simulated city comes up while Dagster is imported
        from pipelines import runner
        from pipelines.cli import render
        from pipelines.cli.progress_bar import ProgressBar

        try:
            with ProgressBar(render.console(error=True)) as shown:
                result = runner.run(found(), city, first, last, backfill=backfill, shown=shown)
        except (KeyboardInterrupt, runner.Interrupted) as interrupt:
            text = "stopped; the version published before is unchanged, and the same command continues from here"
            raise Stop(text, 130) from interrupt
        except PermanentFailure as failure:  # before anything is fetched; the failure of a feed ends no night
            raise Stop(str(failure), 2) from failure
    if as_json:
        print(
            json.dumps(
                {
                    "city": name,
                    "from": str(first),
                    "to": str(last),
                    "exit_code": result.exit_code,
                    "version": result.version,
                    "changed": result.changed,
                    "error": result.error,
                    "seconds": result.seconds,
                    "closed": result.closed.to_dicts(),
                    "failed": result.failed.to_dicts(),
                    "outside": result.outside.to_dicts(),
                    "crashed": result.crashed,
                },
                ensure_ascii=False,
                default=str,
            )
        )
        raise typer.Exit(result.exit_code)
    _show_night(settings, city, result)
    raise typer.Exit(result.exit_code)


@contextmanager
def _sources(settings: Settings, city: City, last: date, inject: Sequence[str]) -> Iterator[Callable[[], Settings]]:
    """The settings with an address to ask; the simulated city runs as long as the block."""
    if settings.source != "simulated" or settings.simulator_address is not None:
        if inject:
            raise Stop("--inject is for the simulated city that the command itself starts (--source simulated)", 2)
        yield lambda: settings
        return
    from simulator import catalogue, process

    try:
        faults = [catalogue.named(name) for name in inject]
    except ValueError as error:
        raise Stop(f"--inject: {error}", 2) from error
    if other := next((fault for fault in faults if fault.pack != city.name), None):
        raise Stop(f"--inject: {other.name} is a fault of the city {other.pack}: {city.name} has no feed for it", 2)
    now = datetime.combine(last, time(23, 30))  # what is published later, the city does not know yet
    with process.running([city.folder], now=now, inject=inject) as server:
        yield lambda: settings.model_copy(update={"simulator_address": server.address})


def _show_night(settings: Settings, city: Any, result: Any) -> None:
    from pipelines.cli import render

    out = render.console()
    if result.version is not None:
        _show_scoreboard(settings, city, out)
        if result.closed.height:
            out.print(render.closed(result.closed), highlight=False)
        if result.failed.height:
            out.print(render.failed(result.failed), highlight=False)
        if result.outside.height:
            out.print(render.outside(result.outside), highlight=False)
    if result.not_read:
        out.print(render.not_read(result.not_read), highlight=False)
    for text in result.crashed:
        out.print(f"[bold red]crashed[/] {text}", highlight=False)
    if result.version is None:
        raise Stop(f"nothing was published: {result.error}. The version published before is unchanged", 1)
    news = "published as" if result.changed else "nothing new; published is still"
    where = f"version {result.version}: {settings.home.published_file} ({result.seconds:.0f} s)"
    out.print(f"\n{news} {where}", highlight=False, soft_wrap=True)
    home = f"--home {shlex.quote(str(settings.home.root))}"
    out.print(f"next: {Path(sys.argv[0])} status {home} · {Path(sys.argv[0])} --help", highlight=False, soft_wrap=True)


def _show_scoreboard(settings: Settings, city: Any, out: Any) -> None:
    import polars as pl

    from pipelines import report
    from pipelines.cli import render

    rows = report.latest(settings.home, city)
    titles = dict(rows.select("metric", "title_en").iter_rows())
    out.print(render.scoreboard(rows.filter(pl.col("value").is_not_null()), titles, city.config.title_en))
    out.print(render.reasons(rows, titles))


def publish(home: HomeOption = None) -> None:
    """Publish what the gates have admitted, without fetching or building anything."""
    from assets.pack.city import load_city
    from assets.publication.gate import PublicationRefused
    from assets.publication.publish import publish_all

    settings = settings_of(home)
    packs = [load_city(folder) for folder in settings.packs()]
    try:
        done = publish_all(settings.home, packs, run_id=new_run_id())
    except PublicationRefused as refused:
        raise Stop(f"nothing was published: {refused}", 1) from refused
    print(f"version {done.version}: {done.values_total:,} values, {done.values_changed:,} changed, {done.path}")


def rollback(
    version: Annotated[int | None, typer.Argument(help="Version to put back (default: the one before).")] = None,
    home: HomeOption = None,
) -> None:
    """Restore an earlier published file. The lake does not change; the next publication continues from there."""
    from assets.publication.columns import METRIC_VALUE
    from warehouse.published import versions

    try:
        done = versions.rollback(settings_of(home).home, METRIC_VALUE, version, run_id=new_run_id())
    except versions.VersionError as error:
        raise Stop(str(error), 1) from error
    print(f"version {done.version} is now what was published before: {done.path}")


def dev(
    source: SourceOption = None,
    from_dir: DropOption = None,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's pages, daemon and schedules on this machine. Ctrl-C ends them."""
    from pipelines.dagster_store.instance import open_instance
    from pipelines.settings import REPOSITORY

    settings = settings_of(home, source, from_dir)
    open_instance(settings.home).dispose()
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.home.dagster),
        "MADANG_HOME": str(settings.home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "MADANG_SOURCE": settings.source,
    }
    if settings.drop_dir is not None:
        environment["MADANG_DROP"] = str(settings.drop_dir.resolve())
    elif settings.source == "files":
        say_error("no drop folder is set: fetches fail until MADANG_DROP or --from-dir names one")
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-w",
        str(REPOSITORY / "workspace.yaml"),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    with ExitStack() as stack:
        if settings.source == "simulated" and settings.simulator_address is None:
            from simulator import process

            server = stack.enter_context(process.running(settings.packs()))
            environment["MADANG_SIMULATOR"] = server.address
            say_error(f"feeds come from the simulated city at {server.address}: all of it is simulated")
        try:
            code = subprocess.call(command, env=environment, cwd=REPOSITORY)
        except KeyboardInterrupt:
            code = 0
    sys.exit(code)
