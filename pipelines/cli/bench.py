"""`madang bench`: the benchmark's first scenario, a night against the least work possible."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import MOST_COUNTED, MOST_DAYS, CsvOption, JsonOption, Stop
from pipelines.settings import REPOSITORY

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHOWN = {"wall_s": 1, "cpu_s": 1, "peak_mib": 0, "wall / floor": 2, "CPU / floor": 2}  # with so many digits


def bench(
    sensors: Annotated[
        int, typer.Option("--sensors", min=1, max=MOST_COUNTED, help="Street sensors; 50,000 are 36 M rows a day.")
    ] = 1_000,
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Nights, one after the other.")] = 1,
    runs: Annotated[int, typer.Option("--runs", min=1, max=MOST_COUNTED, help="Figures are medians of so many.")] = 1,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Where to work, and where what was made is kept; else a temporary folder."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Generate deliveries of a sensor network and time a night of them beside the least work possible."""
    form = form_of(as_json, as_csv)
    # Not imported: nothing that a night consists of may depend on the benchmark.
    if not (REPOSITORY / "benchmarks" / "__main__.py").is_file():
        raise Stop("the benchmark is not installed with Madang: run it in a checkout, which has benchmarks/", 2)
    words = [
        sys.executable,
        "-m",
        "benchmarks",
        "run",
        "night",
        "--sensors",
        str(sensors),
        "--days",
        str(days),
        "--runs",
        str(runs),
        "--json",
    ]
    if work is not None:
        words += ["--work", str(work.resolve()), "--keep"]
    done = subprocess.run(words, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False)
    try:
        night = json.loads(done.stdout)["night"]
    except (ValueError, KeyError):
        raise Stop(f"the benchmark ended with {done.returncode} and without a result", 1) from None
    if form is Form.JSON or "error" not in night:
        _show(night, form)
    if done.returncode:
        raise Stop(f"the benchmark failed: {night.get('error') or night.get('wrong')}", 1)


def _show(night: dict[str, Any], form: Form) -> None:
    def people() -> Iterator[RenderableType]:
        from pipelines.cli.render import data, plain_table

        figures = night["figures"]
        size = f"{figures['rows']:,} rows in {figures['files']} files, {figures['bytes'] / 2**20:,.0f} MiB"
        rows = [[row["way"], *(round(row[name], digits) for name, digits in _SHOWN.items())] for row in night["rows"]]
        heads = ["way", *(name.replace("_s", " s").replace("_mib", " MiB") for name in _SHOWN)]
        yield plain_table(heads, rows, f"A day of {size}")
        yield data(f"{figures['rows_per_s']:,.0f} rows/s; load of the machine when it began: {night['load']:.1f}")

    rows = night.get("rows", [])
    print_listing(Listing.of_rows(list(rows[0]) if rows else [], rows), form, people, around=lambda _: night)
