"""Commands that change something: nightly, backfill, publish, rollback, and the pages of Dagster."""

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from pipelines.commands.arguments import (
    CityOption,
    DayOption,
    DropOption,
    HomeOption,
    JsonOption,
    SourceOption,
    Stop,
    city_of,
    need_drop,
    new_run_id,
    say_error,
    settings_of,
)  # fmt: skip
from pipelines.settings import Settings


def nightly(
    city: CityOption,
    day: DayOption,
    source: SourceOption = "files",
    from_dir: DropOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One night: fetch, build what is due, publish, and show the scoreboard."""
    _run(settings_of(home, source, from_dir), city, day.date(), day.date(), backfill=False, as_json=as_json)


def backfill(
    city: CityOption,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    source: SourceOption = "files",
    from_dir: DropOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Many days in one go. A day whose gate closes does not stop the others."""
    if last < first:
        raise Stop(f"--to {last.date()} lies before --from {first.date()}", 2)
    _run(settings_of(home, source, from_dir), city, first.date(), last.date(), backfill=True, as_json=as_json)


def _run(settings: Settings, name: str, first: date, last: date, *, backfill: bool, as_json: bool) -> NoReturn:
    city = city_of(settings, name)
    need_drop(settings, name)
    for day in (first, last):
        if day < city.facts.first_day or day > datetime.now(city.timezone).date() - timedelta(days=1):
            raise Stop(
                f"{day} is outside {name}'s days: from {city.facts.first_day} to yesterday in {city.facts.timezone}",
                2,
            )
    from pipelines import runner, screen

    errors = screen.console(error=True)
    with errors.status("starting") as status:

        def say(text: str) -> None:
            status.update(text)
            if not errors.is_terminal:
                errors.print(text, highlight=False)

        try:
            result = runner.run(settings, city, first, last, backfill=backfill, say=say)
        except (KeyboardInterrupt, runner.Interrupted) as interrupt:
            text = "stopped; what was published before is still there, and the same command goes on from here"
            raise Stop(text, 130) from interrupt
    if as_json:
        print(
            json.dumps(
                {
                    "city": name, "from": str(first), "to": str(last), "exit_code": result.exit_code,
                    "version": result.version, "changed": result.changed, "error": result.error,
                    "closed": result.closed.to_dicts(), "failed": result.failed.to_dicts(), "crashed": result.crashed,
                },
                ensure_ascii=False, default=str,
            )
        )  # fmt: skip
        raise typer.Exit(result.exit_code)
    _show_night(settings, city, result)
    raise typer.Exit(result.exit_code)


def _show_night(settings: Settings, city: Any, result: Any) -> None:
    from pipelines import screen

    out = screen.console()
    if result.version is not None:
        _show_scoreboard(settings, city, out)
        if result.closed.height:
            out.print(screen.closed(result.closed), highlight=False)
        if result.failed.height:
            out.print(screen.failed(result.failed), highlight=False)
    for text in result.crashed:
        out.print(f"[bold red]crashed[/] {text}", highlight=False)
    if result.version is None:
        raise Stop(f"nothing was published: {result.error}. What was published before is still there", 1)
    news = "published as" if result.changed else "nothing new; published is still"
    out.print(f"\n{news} version {result.version}: {settings.home.published_file}", highlight=False, soft_wrap=True)
    out.print(f"next: {Path(sys.argv[0])} status · {Path(sys.argv[0])} --help · make dev", highlight=False)


def _show_scoreboard(settings: Settings, city: Any, out: Any) -> None:
    import polars as pl

    from pipelines import report, screen

    rows = report.latest(settings.home, city)
    titles = dict(rows.select("metric", "title_en").iter_rows())
    out.print(screen.scoreboard(rows.filter(pl.col("value").is_not_null()), titles, city.facts.title_en))
    out.print(screen.reasons(rows, titles))


def publish(home: HomeOption = None) -> None:
    """Publish what the gates have let in, without fetching or building anything."""
    from assets.pack import load_city
    from assets.publish import Refused, publish_all

    settings = settings_of(home)
    packs = [load_city(folder) for folder in settings.packs()]
    try:
        done = publish_all(settings.home, packs, source=settings.source, run_id=new_run_id())
    except Refused as refused:
        raise Stop(f"nothing was published: {refused}", 1) from refused
    print(f"version {done.version}: {done.values_total:,} values, {done.values_changed:,} changed, {done.path}")


def rollback(
    version: Annotated[int | None, typer.Argument(help="Version to put back [default: the one before].")] = None,
    home: HomeOption = None,
) -> None:
    """Put an earlier published file back. The lake keeps what it has; the next publication goes on from there."""
    from warehouse import history

    try:
        done = history.rollback(settings_of(home).home, version, run_id=new_run_id())
    except history.VersionError as error:
        raise Stop(str(error), 1) from error
    print(f"version {done.version} is now what was published before: {done.path}")


def dev(
    from_dir: DropOption = None,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's pages, daemon and schedules on this machine. Ctrl-C ends them."""
    from pipelines import runner
    from pipelines.settings import REPOSITORY

    settings = settings_of(home, None, from_dir)
    runner.instance(settings).dispose()
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.home.dagster), "MADANG_HOME": str(settings.home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    if settings.drop_dir is not None:
        environment["MADANG_DROP"] = str(settings.drop_dir.resolve())
    else:
        say_error("no drop folder is set: fetches will fail until MADANG_DROP or --from-dir names one")
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(REPOSITORY / "workspace.yaml"),
               "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    try:
        sys.exit(subprocess.call(command, env=environment, cwd=REPOSITORY))
    except KeyboardInterrupt:
        sys.exit(0)
