"""`python -m benchmarks`: make deliveries and a city for them, run scenarios, write the results page."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

# Nothing heavy is imported here: what this process weighs would count as its children's peak (see measure.py).
from benchmarks import comparisons, parts, release, report, scenarios, seoul, served
from benchmarks.yard import Yard

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
SCENARIOS: dict[str, Callable[[Yard], dict[str, Any]]] = {
    "night": scenarios.night,
    "size": scenarios.size,
    "history": scenarios.history,
    "first": seoul.first,
    "idle": seoul.idle,
    "feed": parts.feed,
    "start": parts.start,
    "queries": served.queries,
    "publish": served.publish,
    "release": release.release,
    "backfill": seoul.backfill,
    "gate": comparisons.gate,
    "rivals": comparisons.rivals,
}
SMALL_SENSORS = 100
TOGETHER = (
    ("night", "first", "idle", "gate"),
    ("history", "size", "feed", "backfill"),
    ("start", "queries", "publish", "release", "rivals"),
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
DayOption = Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"])]
SensorsOption = Annotated[int, typer.Option("--sensors", min=1)]


@app.command()
def generate(
    sensors: SensorsOption,
    day: DayOption,
    drop: Annotated[Path, typer.Option("--drop", help="The drop folder to write into.")],
    seed: Annotated[int, typer.Option("--seed")] = 1,
    readings_per_hour: Annotated[int, typer.Option("--readings-per-hour", min=1, max=60)] = 30,
) -> None:
    """Write one day of deliveries, and the truth about them."""
    from benchmarks import deliveries, truth

    made = deliveries.generate(drop, sensors, day.date(), seed=seed, readings_per_hour=readings_per_hour)
    print(truth.truth_file(drop, day.date()).read_text(encoding="utf-8").strip())
    print(f"{made.rows:,} rows in {made.files} files, {made.bytes / 2**20:,.0f} MiB", file=sys.stderr)


@app.command()
def pack(
    folder: Annotated[Path, typer.Option("--folder", help="The pack's folder; its name is the city's.")],
    drop: Annotated[Path, typer.Option("--drop", help="The drop folder, for the two registers.")],
    sensors: SensorsOption = SMALL_SENSORS,
    volume_rule: Annotated[bool, typer.Option(help="Compare the rows of a day with those of the days before.")] = True,
) -> None:
    """Write the benchmark's city pack, and the deliveries of its registers."""
    from benchmarks import pack as packs

    packs.write(folder, drop, sensors, volume_rule=volume_rule)
    print(f"{folder}: run it with MADANG_CITIES={folder.parent}", file=sys.stderr)


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help=f"Which of {', '.join(SCENARIOS)} (default: all).")] = None,
    sensors: SensorsOption = 50_000,
    days: Annotated[int, typer.Option("--days", min=1, help="Nights of `night`.")] = 1,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Figures are medians of so many.")] = 3,
    work: Annotated[Path | None, typer.Option("--work", help="Where to work (default: a temporary folder).")] = None,
    drop: Annotated[Path | None, typer.Option("--drop", help="Folder of Seoul's real files, for `backfill`.")] = None,
    results: Annotated[Path | None, typer.Option("--results", help="Write the page here.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what was made, for a next run in the same --work.")
    ] = False,
    small: Annotated[bool, typer.Option("--small", help="Tiny sizes, one run: does it work at all.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Run scenarios; their results go to <work>/results as JSON. Ends with 1 if one failed or does not agree."""
    chosen = names or list(SCENARIOS)
    unknown = [name for name in chosen if name not in SCENARIOS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(SCENARIOS)}", param_hint="names")
    where = Path(tempfile.mkdtemp(prefix="madang-bench-")) if work is None else work.resolve()
    yard = Yard(where, SMALL_SENSORS if small else sensors, days, 1 if small else runs, drop, small)
    try:
        # What is not timed may run beside other things; `idle` goes on where `night` ended.
        workers, together = (os.cpu_count() or 1, TOGETHER) if small else (1, (tuple(SCENARIOS),))
        with ThreadPoolExecutor(workers) as threads:
            parts = [[name for name in names if name in chosen] for names in together]
            made = threads.map(lambda part: {name: _once(name, yard) for name in part}, parts)
            found = {name: result for part in made for name, result in part.items()}
        if results is not None:
            results.write_text(report.page(report.read(where / "results"), report.about()), encoding="utf-8")
    finally:
        if not keep:
            for made in ("data", "homes", "packs") if work is not None else (".",):
                shutil.rmtree(where / made, ignore_errors=True)
    if as_json:
        print(json.dumps(found))
    elif small:
        for name, result in found.items():
            print(f"{report.TITLES[name]}: {report.state(result)}")
    else:
        print(report.page(found, report.about()))
    raise typer.Exit(int(any(report.failed(result) for result in found.values())))


def _once(name: str, yard: Yard) -> dict[str, Any]:
    """A scenario's result, or why there is none; kept as JSON as soon as it is there."""
    sys.stderr.write(f"{datetime.now():%H:%M:%S} {report.TITLES[name]}\n")  # noqa: DTZ005 - for people
    scenario = SCENARIOS[name]
    about = {
        "what": (scenario.__doc__ or name).split("\n\n")[0].strip(),
        "asked": f"Medians of {yard.runs}, {yard.sensors:,} sensors asked for",
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "load": os.getloadavg()[0],
    }
    try:
        result = about | scenario(yard)
    except Exception as error:  # one scenario that fails must not cost the others: a run takes hours
        traceback.print_exc()
        result = about | {"error": f"{type(error).__name__}: {error}"}
    path = yard.work / "results" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result


@app.command("report")
def write_report(
    work: Annotated[Path, typer.Option("--work", help="The folder that a run worked in.")],
    results: Annotated[Path, typer.Option("--results", help="Where to write the page.")] = RESULTS,
) -> None:
    """Write the results page from the JSON of a run."""
    found = report.read(work / "results")
    if not found:
        raise typer.BadParameter(f"there are no results in {work / 'results'}", param_hint="--work")
    results.write_text(report.page(found, report.about()), encoding="utf-8")
    print(results)


if __name__ == "__main__":
    app()
