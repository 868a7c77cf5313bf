"""The results page: benchmarks/RESULTS.md from the JSON of a run. What was not measured is said to be so.

Nothing is measured here, and no number is written that is not in the JSON.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.targets import TARGETS, Target, shown

TITLES = {
    "night": "A night against the floor",
    "size": "Cost against size",
    "history": "Cost against history",
    "first": "First night of Seoul",
    "idle": "A night without data",
    "feed": "One feed against the floor",
    "start": "What starts before anything is done",
    "queries": "Queries of the analyst's guide",
    "publish": "Publishing one changed day",
    "release": "Releasing three tiers after one changed day",
    "backfill": "Backfill of nine real months",
    "gate": "The gate against hand-written SQL",
    "rivals": "Against what one would take instead",
}
PACKAGES = ("polars", "duckdb", "deltalake", "dagster", "great-expectations")
Found = Mapping[str, Any]
BESIDE = (
    "Ratios are medians over the turns of a run, of commands that stand beside each other in it. `nothing` is what the "
    "imports alone take, which such a command cannot do without, and `floor` the least work on the same deliveries."
)
COLUMNS = ("what", "target", "found", "met", "nothing", "floor")


def page(results: Mapping[str, Found], about: Found) -> str:
    """The whole page as Markdown."""
    parts = [
        "# Results of the benchmark",
        "Written by `python -m benchmarks report`; do not edit. `make bench` measures it anew, and "
        "[README.md](README.md) says what is measured and how.",
        _machine(about),
        "## Targets",
        BESIDE,
        _table([_target(target, results) for target in TARGETS], COLUMNS),
    ]
    for name, title in TITLES.items():
        parts += [f"## {title}", _scenario(results.get(name))]
    return "\n\n".join(parts) + "\n"


def _machine(about: Found) -> str:
    facts = [f"- {name}: {value}" for name, value in about.items()]
    return "\n".join(facts)


def _target(target: Target, results: Mapping[str, Found]) -> dict[str, str]:
    line = {"what": target.what, "target": target.wanted, "found": "not run"}
    result = results.get(target.scenario)
    if result is None or result.get("skipped") is not None:
        return line
    if failed(result):
        return line | {"found": "failed, see below", "met": "**no**"}
    return line | shown(target, result)


def _scenario(result: Found | None) -> str:
    if result is None or result.get("skipped") is not None:
        return "Not run." if result is None else f"Not run: {result['skipped']}."
    if result.get("error") is not None:
        return f"Failed:\n\n```\n{str(result['error'])[-2000:].strip()}\n```"
    said = (
        f"{result['what']} {result['asked']}, {result['at']}. "
        f"Load of the machine (1 minute) when it began: {result['load']:.1f}."
    )
    wrong = "" if result["agrees"] else f"\n\n**The result does not agree:** `{json.dumps(result['wrong'])[:1500]}`"
    columns = list(dict.fromkeys(name for row in result["rows"] for name in row))
    notes = "\n\n" + "\n".join(f"- {note}" for note in result["notes"]) if result.get("notes") else ""
    return f"{said}{wrong}\n\n{_table(result['rows'], columns)}{notes}"


def failed(result: Found) -> bool:
    return result.get("error") is not None or result.get("agrees") is False


def state(result: Found) -> str:
    """One line about a result."""
    if result.get("skipped") is not None:
        return f"not run: {result['skipped']}"
    if result.get("error") is not None:
        return f"FAILED: {result['error']}"
    return "agrees" if result["agrees"] else f"DOES NOT AGREE: {json.dumps(result['wrong'])[:1500]}"


UNITS = {"wall_s": "wall s", "cpu_s": "CPU s", "peak_mib": "peak MiB"}


def _table(rows: Sequence[Found], columns: Sequence[str]) -> str:
    lines = ["| " + " | ".join(UNITS.get(name, name) for name in columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|")


def about() -> dict[str, str]:
    """The machine and the versions, for the page."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{os.cpu_count()} cores ({_cpu()}), {memory:.0f} GiB of memory, {platform.system()}",
        "versions": f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Results of the scenarios that were run into this folder."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
