"""The results page: benchmarks/RESULTS.md from the JSON of a run. What was not measured is said to be so.

Nothing is measured here, and no number is written that is not in the JSON.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

TITLES = {
    "night": "A night against the floor",
    "size": "Cost against size",
    "history": "Cost against history",
    "idle": "A night without data",
    "feed": "One feed against the floor",
    "start": "What starts before anything is done",
    "queries": "Queries of the analyst's guide",
    "publish": "Publishing one changed day",
    "backfill": "Backfill of five real months",
    "gate": "The gate against hand-written SQL",
    "rivals": "Against what one would take instead",
}
PACKAGES = ("polars", "duckdb", "deltalake", "dagster", "great-expectations")
Found = Mapping[str, Any]


def _ratio(figure: str, most: float) -> Callable[[Found], tuple[str, bool]]:
    return lambda f: (f"{f[figure]:.2f}×", f[figure] <= most)


# what | target | scenario | what was found and whether that is met; None where this run can not tell
Target = tuple[str, str, str, Callable[[Found], tuple[str, bool] | None]]
FULL_ROWS = 35_000_000  # below it a run says nothing about 36 M rows


def _full(check: Callable[[Found], tuple[str, bool]]) -> Callable[[Found], tuple[str, bool] | None]:
    return lambda f: check(f) if f.get("rows", 0) >= FULL_ROWS else None


TARGETS: tuple[Target, ...] = (
    ("Madang against floor, 36 M rows, wall", "≤ 1.8×", "night", _full(_ratio("wall_ratio", 1.8))),
    ("peak memory at 36 M rows", "≤ 4 GiB", "night",
     _full(lambda f: (f"{f['peak_mib'] / 1024:.2f} GiB", f["peak_mib"] <= 4 * 1024))),
    ("peak memory at 36 M rows against that of 3.6 M", "≤ 1.3×", "size", _full(_ratio("peak_ratio", 1.3))),
    ("10× the rows, wall", "≤ 10.5×", "size",
     lambda f: (f"{f['wall_ratio']:.2f}×", f["wall_ratio"] <= 1.05 * f["times_rows"])
     if f["times_rows"] > 9 else None),
    ("gate against hand SQL, 12 rules, 10 M rows, CPU", "≤ 1.3×", "gate",
     lambda f: _ratio("cpu_ratio", 1.3)(f) if f["rows"] >= 10_000_000 else None),
    ("against dlt + dbt", "≥ 5× faster", "rivals", lambda f: _faster(f, "dlt", 5)),
    ("against GX on pandas", "≥ 2× faster, ≤ ½ the memory", "rivals", lambda f: _faster(f, "gx", 2, memory=0.5)),
    ("against pandera", "≥ 2× faster, ≤ ½ the memory", "rivals", lambda f: _faster(f, "pandera", 2, memory=0.5)),
    ("400th day against 1st day, wall", "≤ 1.1×", "history",
     lambda f: (f"{f['wall_ratio']:.2f}×", f["wall_ratio"] <= 1.1) if f["nights"] >= 399 else None),
    ("a night with no new data, everything included", "≤ 8 s CPU", "idle",
     lambda f: (f"{f['cpu_s']:.1f} s", f["cpu_s"] <= 8)),
    ("loading the definitions of Seoul, imports included", "≤ 1.5 s CPU", "start",
     lambda f: (f"{f['cpu_s']:.2f} s", f["cpu_s"] <= 1.5)),
    ("any query of the analyst's guide, 3 years, 95th percentile", "≤ 100 ms", "queries",
     lambda f: (f"{f['worst_p95_ms']:.0f} ms", f["worst_p95_ms"] <= 100) if f["days"] >= 1_000 else None),
    ("publish after one changed day in 3 years", "≤ 3 s", "publish",
     lambda f: (f"{f['wall_s']:.2f} s", f["wall_s"] <= 3) if f["days"] >= 1_000 else None),
)  # fmt: skip


def _faster(figures: Found, rival: str, times: float, memory: float | None = None) -> tuple[str, bool] | None:
    """Madang is the row named so among the rivals; each figure is theirs by ours."""
    wall, peak = figures.get(f"{rival}_wall_ratio"), figures.get(f"{rival}_peak_share")
    if wall is None or peak is None:
        return None
    met = wall >= times and (memory is None or peak <= memory)
    return f"{wall:.1f}× faster, {peak:.2f} of the memory", met


def page(results: Mapping[str, Found], about: Found) -> str:
    """The whole page as Markdown."""
    parts = [
        "# Results of the benchmark",
        "Written by `python -m benchmarks report`; do not edit. `make bench` measures it anew, and "
        "[README.md](README.md) says what is measured and how.",
        _machine(about),
        "## Targets",
        _table([_target(t, results) for t in TARGETS], ["what", "target", "found", "met"]),
    ]
    for name, title in TITLES.items():
        parts += [f"## {title}", _scenario(results.get(name))]
    return "\n\n".join(parts) + "\n"


def _machine(about: Found) -> str:
    facts = [f"- {name}: {value}" for name, value in about.items()]
    return "\n".join(facts)


def _target(target: Target, results: Mapping[str, Found]) -> dict[str, str]:
    what, wanted, scenario, check = target
    row = {"what": what, "target": wanted, "found": "not run", "met": ""}
    result = results.get(scenario)
    if result is None or result.get("skipped") is not None:
        return row
    if failed(result):
        return row | {"found": "failed, see below", "met": "**no**"}
    found = check(result["figures"])
    if found is None:
        return row | {"found": "not measured at this size"}
    return row | {"found": found[0], "met": "yes" if found[1] else "**no**"}


def _scenario(result: Found | None) -> str:
    if result is None or result.get("skipped") is not None:
        return "Not run." if result is None else f"Not run: {result['skipped']}."
    if result.get("error") is not None:
        return f"Failed:\n\n```\n{str(result['error'])[-2000:].strip()}\n```"
    said = f"{result['what']} {result['asked']}. Load of the machine (1 minute) when it began: {result['load']:.1f}."
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
