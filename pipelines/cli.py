"""The `madang` command. Arguments in, text or JSON and an exit code out; the work is elsewhere.

Exit codes: 0 published and no gate closed; 3 published, but a gate closed or a feed failed; 1 not
published; 2 the command was not understood.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from pipelines.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cities = typer.Typer(no_args_is_help=True, help="City packs: list them, check one, make a new one.")
app.add_typer(cities, name="city")

CityOption = Annotated[str, typer.Option("--city", help="Name of the city's pack.")]
DayOption = Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="The night: the day that has ended.")]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Where everything is kept [default: MADANG_HOME or ./var].")
]
SourceOption = Annotated[str, typer.Option("--source", help="Where feeds come from: files.")]
DropOption = Annotated[Path | None, typer.Option("--from-dir", help="The city's drop folder [default: MADANG_DROP].")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


class Stop(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def main() -> NoReturn:
    """Run the command line. Errors a user can mend are one sentence, never a traceback."""
    from quality.contract import ContractError
    from warehouse.reader import UnreadableError

    try:
        app(standalone_mode=True)
    except Stop as stop:
        _say_error(str(stop))
        sys.exit(stop.code)
    except ContractError as error:
        _say_error(str(error))
        sys.exit(2)
    except UnreadableError as error:
        _say_error(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        _say_error("stopped; what was published before is still there, and the same command goes on from here")
        sys.exit(130)
    except BrokenPipeError:  # `madang sql ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)


def _say_error(text: str) -> None:
    print(f"madang: {text}", file=sys.stderr)


def _settings(home: Path | None, source: str | None = None, drop: Path | None = None) -> Settings:
    given: dict[str, Any] = {}
    if home is not None:
        given["MADANG_HOME"] = home
    if source is not None:
        if source != "files":
            raise Stop(f"--source {source}: there is only `files` so far", 2)
        given["source"] = source
    if drop is not None:
        given["MADANG_DROP"] = drop
    settings = Settings(**given)
    if settings.home_dir.exists() and not settings.home_dir.is_dir():
        raise Stop(f"{settings.home_dir} is a file, and --home wants a folder", 2)
    return settings


def _city(settings: Settings, name: str) -> Any:
    from assets.pack import load_city

    names = [folder.name for folder in settings.packs()]
    if name not in names:
        raise Stop(f"there is no city {name!r} in {settings.cities_dir}; there are: {', '.join(names) or 'none'}", 2)
    return load_city(settings.cities_dir / name)


def _drop(settings: Settings, city: str) -> None:
    if settings.drop_dir is None:
        raise Stop("--source files needs the city's drop folder: give --from-dir DIR, or set MADANG_DROP", 2)
    if not settings.drop_dir.is_dir():
        raise Stop(f"{settings.drop_dir} is not a folder: --from-dir wants the drop folder of {city}", 2)


@app.command()
def nightly(
    city: CityOption,
    day: DayOption,
    source: SourceOption = "files",
    from_dir: DropOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One night: fetch, build what is due, publish, and show the scoreboard."""
    _run(_settings(home, source, from_dir), city, day.date(), day.date(), backfill=False, as_json=as_json)


@app.command()
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
    _run(_settings(home, source, from_dir), city, first.date(), last.date(), backfill=True, as_json=as_json)


def _run(settings: Settings, name: str, first: date, last: date, *, backfill: bool, as_json: bool) -> NoReturn:
    city = _city(settings, name)
    _drop(settings, name)
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

        result = runner.run(settings, city, first, last, backfill=backfill, say=say)
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
            out.print(screen.frame(result.failed, "Deliveries that could not be read"))
    for text in result.crashed:
        out.print(f"[bold red]crashed[/] {text}", highlight=False)
    if result.version is None:
        raise Stop(f"nothing was published: {result.error}. What was published before is still there", 1)
    news = "published as" if result.changed else "nothing new; published is still"
    out.print(f"\n{news} version {result.version}: {settings.home.published_file}", highlight=False, soft_wrap=True)
    out.print("next: madang status · madang explain · make dev", highlight=False)


def _show_scoreboard(settings: Settings, city: Any, out: Any) -> None:
    import polars as pl

    from pipelines import screen
    from warehouse import reader

    with reader.open_published(settings.home) as con:
        rows = con.sql(
            "SELECT l.*, d.title_en, d.direction FROM metric.latest l JOIN metric.definition d USING (metric) "
            "WHERE l.city = ? AND l.area = ? ORDER BY l.status = 'absent', l.metric",
            params=[city.name, city.facts.area],
        ).pl()
    titles = dict(rows.select("metric", "title_en").iter_rows())
    out.print(screen.scoreboard(rows.filter(pl.col("value").is_not_null()), titles, city.facts.title_en))
    out.print(screen.reasons(rows, titles))


@app.command()
def status(city: CityOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """What failed last night: every feed and table with its newest day, verdict, and why."""
    from assets.pack import load_city
    from pipelines import report, screen

    settings = _settings(home)
    packs = [_city(settings, city)] if city else [load_city(folder) for folder in settings.packs()]
    rows = [row for pack in packs for row in report.status(settings.home, pack)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
    elif not rows:
        raise Stop(f"nothing has been run in {settings.home.root} yet: run `madang nightly` first", 1)
    else:
        bad = report.troubles(rows)
        screen.console().print(screen.feeds([*bad, *[r for r in rows if r not in bad]]), screen.troubles(bad))
    raise typer.Exit(3 if report.troubles(rows) else 0)


@app.command()
def ledger(
    city: CityOption = "",
    day: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day.")] = None,
    feed: Annotated[str, typer.Option("--feed", help="Only this feed or table.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Batches with what came in, was kept, held back or replaced, and the verdict on each."""
    import polars as pl

    from pipelines import screen
    from warehouse import ledger as book

    settings = _settings(home)
    verdicts = book.read(settings.home, "verdict").select("batch_id", "verdict", "reason").unique("batch_id")
    rows = book.read(settings.home, "batch").join(verdicts, on="batch_id", how="left")
    if city:
        rows = rows.filter(pl.col("city") == city)
    if day is not None:
        rows = rows.filter(pl.col("day") == day.date())
    if feed:
        rows = rows.filter(pl.col("table") == feed)
    found = rows.sort("day", "layer", "table", "at", descending=[True, False, False, True]).collect()
    if as_json:
        print(json.dumps(found.to_dicts(), ensure_ascii=False, default=str))
        return
    if found.is_empty():
        raise Stop("the ledger has no such batch; see `madang ledger` without filters, or run `madang nightly`", 1)
    shown = ["day", "layer", "table", "state", "verdict", "rows_read", "rows_kept", "rows_quarantined",
             "rows_superseded", "reason"]  # fmt: skip
    screen.console().print(screen.frame(found.select(shown), "Batches", limit=60))


@app.command()
def explain(
    city: Annotated[str, typer.Argument(help="City pack.")],
    metric: Annotated[str, typer.Argument(help="Metric, e.g. pm25_mean.")],
    area: Annotated[str, typer.Argument(help="Area code or English name, e.g. 11 or Jongno-gu.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="First day of the period.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One published value: definition, data behind it, batches and deliveries it came from, and its history."""
    from pipelines import screen
    from pipelines.explain import explain as explained

    settings = _settings(home)
    found = explained(settings.home, city, metric, area, day.date())
    if isinstance(found, str):
        raise Stop(found, 1)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
    else:
        screen.console().print(screen.explained(found))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query on the published file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the published DuckDB file. It is opened read-only and never locked against the nightly run."""
    import duckdb

    from pipelines import screen
    from warehouse import reader

    with reader.open_published(_settings(home).home) as con:
        try:
            answer = con.sql(query)
            rows = answer.pl() if answer is not None else None
        except duckdb.Error as error:
            raise Stop(str(error).splitlines()[0], 1) from error
    if rows is None:
        return
    if as_json:
        print(json.dumps(rows.to_dicts(), ensure_ascii=False, default=str))
    else:
        screen.console().print(screen.frame(rows))


def _run_id() -> str:
    return f"cli-{datetime.now(UTC):%Y%m%d%H%M%S}"


@app.command()
def publish(home: HomeOption = None) -> None:
    """Publish what the gates have let in, without fetching or building anything."""
    from assets.pack import load_city
    from assets.publish import Refused, publish_all

    settings = _settings(home)
    packs = [load_city(folder) for folder in settings.packs()]
    try:
        done = publish_all(settings.home, packs, source=settings.source, run_id=_run_id())
    except Refused as refused:
        raise Stop(f"nothing was published: {refused}", 1) from refused
    print(f"version {done.version}: {done.values_total:,} values, {done.values_changed:,} changed, {done.path}")


@app.command()
def rollback(
    version: Annotated[int | None, typer.Argument(help="Version to put back [default: the one before].")] = None,
    home: HomeOption = None,
) -> None:
    """Put an earlier published file back. The lake keeps what it has; the next publication goes on from there."""
    from warehouse import history

    try:
        done = history.rollback(_settings(home).home, version, run_id=_run_id())
    except history.VersionError as error:
        raise Stop(str(error), 1) from error
    print(f"version {done.version} is now what was published before: {done.path}")


@app.command()
def versions(home: HomeOption = None) -> None:
    """All publications, and which of their files are still kept."""
    from pipelines import screen
    from warehouse import history

    screen.console().print(screen.frame(history.versions(_settings(home).home), "Publications"))


@app.command()
def dev(
    from_dir: DropOption = None,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's pages, daemon and schedules on this machine. Ctrl-C ends them."""
    from pipelines import runner
    from pipelines.settings import REPOSITORY

    settings = _settings(home, None, from_dir)
    runner.instance(settings).dispose()
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.home.dagster), "MADANG_HOME": str(settings.home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    if settings.drop_dir is not None:
        environment["MADANG_DROP"] = str(settings.drop_dir.resolve())
    else:
        _say_error("no drop folder is set: fetches will fail until MADANG_DROP or --from-dir names one")
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(REPOSITORY / "workspace.yaml"),
               "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    try:
        sys.exit(subprocess.call(command, env=environment, cwd=REPOSITORY))
    except KeyboardInterrupt:
        sys.exit(0)


@cities.command("list")
def city_list(as_json: JsonOption = False) -> None:
    """All packs, with feeds and metrics."""
    import polars as pl

    from assets.pack import load_city
    from pipelines import screen

    packs = [load_city(folder) for folder in _settings(None).packs()]
    rows = [
        {"city": p.name, "title": p.facts.title_en, "timezone": p.facts.timezone, "feeds": len(p.contracts),
         "metrics": len(p.definitions), "areas": p.areas.height}
        for p in packs
    ]  # fmt: skip
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        screen.console().print(screen.frame(pl.DataFrame(rows), "City packs"))


@cities.command("check")
def city_check(name: Annotated[str, typer.Argument(help="City pack.")]) -> None:
    """Read a pack and say what is wrong with it: contracts, rules, metrics, areas."""
    from assets import derive
    from assets.feeds import layout

    city = _city(_settings(None), name)
    for contract in city.contracts.values():
        if contract.connector is None:
            raise Stop(f"{name}/{contract.name}: has no connector", 2)
        layout(contract.connector)
    made = {t.name for t in derive.tables(city)}
    orphans = [d.metric for d in city.definitions.values() if d.field not in made]
    rules = sum(len(c.rules) for c in city.contracts.values())
    feeds, metrics = len(city.contracts), len(city.definitions)
    print(f"{name}: {feeds} feeds, {rules} rules, {metrics} metrics, {city.areas.height} areas")
    if orphans:
        raise Stop(f"{name}: no feed of the pack can yield {', '.join(orphans)}", 2)


@cities.command("new")
def city_new(
    name: Annotated[str, typer.Argument(help="Name of the new pack: letters, digits, underscores.")],
) -> None:
    """Make the folder of a new city, with one example feed to begin with."""
    from pipelines.newcity import create

    settings = _settings(None)
    try:
        folder = create(settings.cities_dir, name)
    except (ValueError, FileExistsError) as error:
        raise Stop(str(error), 2) from error
    print(f"{folder}: made. Edit city.yaml, areas.csv and feeds/, then `madang city check {name}`")
