"""`madang bench`: the benchmark's first scenario, a night against the least work possible."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.options import JsonOption, Stop, print_json
from pipelines.settings import REPOSITORY


def bench(
    sensors: Annotated[
        int, typer.Option("--sensors", min=1, help="Street sensors; 50,000 are 36 M rows a day.")
    ] = 1_000,
    days: Annotated[int, typer.Option("--days", min=1, help="Nights, one after the other.")] = 1,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Figures are medians of so many.")] = 1,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Where to work, and where what was made is kept; else a temporary folder."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Generate deliveries of a sensor network and time a night of them beside the least work possible."""
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
    if as_json:
        print_json(night)
    elif "error" not in night:
        _show(night)
    if done.returncode:
        raise Stop(f"the benchmark failed: {night.get('error') or night.get('wrong')}", 1)


def _show(night: dict[str, Any]) -> None:
    from rich.table import Table

    from pipelines.cli import render

    figures, out = night["figures"], render.console()
    size = f"{figures['rows']:,} rows in {figures['files']} files, {figures['bytes'] / 2**20:,.0f} MiB"
    table = Table("way", title=f"A day of {size}", title_justify="left")
    for heading in ("wall s", "CPU s", "peak MiB", "wall / floor", "CPU / floor"):
        table.add_column(heading, justify="right")
    for row in night["rows"]:
        numbers = (f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['peak_mib']:,.0f}")
        table.add_row(row["way"], *numbers, f"{row['wall / floor']:.2f}", f"{row['CPU / floor']:.2f}")
    out.print(table)
    out.print(
        f"{figures['rows_per_s']:,.0f} rows/s; load of the machine when it began: {night['load']:.1f}", highlight=False
    )
