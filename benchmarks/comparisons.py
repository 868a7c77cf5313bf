"""The scenarios of gate.py and rivals/: run as children, put into the form of the others. Nothing is measured here."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks import measure
from benchmarks.yard import Yard

GATE_ROWS, SMALL_GATE_ROWS = 10_000_000, 20_000
RIVAL_ROWS, LEAST_RIVAL_ROWS = (2_000_000, 10_000_000), 100_000
Result = dict[str, Any]


def gate(given: Yard) -> Result:
    """Twelve rules on one Parquet file: Great Expectations over DuckDB against one pass of hand-written SQL."""
    found = _child("benchmarks.gate", given, given.share(GATE_ROWS, SMALL_GATE_ROWS))
    ways = {"Great Expectations over DuckDB (quality/gx_duckdb)": "gx", "hand-written SQL": "sql"}
    columns = {
        "work_cpu_s": "CPU s of the rules",
        "work_wall_s": "wall s of the rules",
        "import_cpu_s": "CPU s of imports",
        "process_cpu_s": "CPU s of the process",
        "process_peak_mib": "peak MiB",
    }
    rows = [{"way": name} | {t: found[f"{way}_{c}"] for c, t in columns.items()} for name, way in ways.items()]
    notes = [
        f"{found['rows']:,} rows, {found['rules']} rules; both found the same: {found['counts']}",
        f"CPU of the rules {found['cpu_ratio']:.2f}×, with all imports {found['cpu_ratio_with_import']:.2f}×",
    ]
    return {"rows": rows, "figures": found, "agrees": found["agrees"], "wrong": found["counts"], "notes": notes}


def rivals(given: Yard) -> Result:
    """The same deliveries, rules and counts with dlt and dbt, with pandera, and with Great Expectations on pandas."""
    if given.small:
        return {"skipped": "their environments are not made for a smoke test"}
    return compared(_child("benchmarks.rivals", given, [given.share(rows, LEAST_RIVAL_ROWS) for rows in RIVAL_ROWS]))


def compared(found: dict[str, Any]) -> Result:
    """What a run of rivals/ found, as a scenario: its table, and where Madang passes each of them."""
    small, large = found["sizes"]
    names = [row["name"] for row in large["ways"]]
    by_size = [{row["name"]: row for row in size["ways"]} for size in (small, large)]
    lines = {
        name: _line(*((size["rows"], ways[name]["cpu_s"]) for size, ways in zip((small, large), by_size, strict=True)))
        for name in names
    }
    figures: dict[str, Any] = {"rows": large["rows"]}
    notes = []
    for name in names:
        fixed, slope = lines[name]
        said = f"{name}: {fixed:.1f} CPU s and {slope * 1e6:.2f} for each million rows"
        short = next((short for short in ("dlt", "pandera", "gx") if short in name.lower()), None)
        if short is not None:
            passes = _passes(lines["Madang"], lines[name])
            figures[f"{short}_cpu_times"] = by_size[1][name]["cpu_times"]
            figures[f"{short}_memory_share"] = 1 / by_size[1][name]["memory_times"]
            figures[f"{short}_passes"] = passes
            said += "; Madang never passes it" if passes is None else f"; Madang passes it at {passes / 1e6:.2f} M rows"
        notes.append(said)
    rows = [
        {"rows": size["rows"]}
        | {name: row.get(name) for name in ("name", "wall_s", "cpu_s", "peak_mib", "load")}
        | {"CPU s of imports": row.get("imports", {}).get("cpu_s")}
        | {"CPU / Madang": row["cpu_times"], "memory / Madang": row["memory_times"]}
        | {name: row.get(name) for name in ("agrees", "lacks")}
        for size in (small, large)
        for row in size["ways"]
    ]
    rows += [{"name": name, "agrees": False, "lacks": error} for name, error in found["errors"].items()]
    counted = [(size["rows"], row) for size in (small, large) for row in size["ways"] if row.get("counts")]
    for size in (small, large):
        own, *others = [(row["name"], row["counts"]) for of, row in counted if of == size["rows"]]
        differ = [f"{name} {counts}" for name, counts in others if any(counts[key] != own[1][key] for key in own[1])]
        notes.append(
            f"of {size['rows']:,} rows {own[0]} counted {own[1]}; " + ("; ".join(differ) or "so did all others")
        )
    wrong = [row for _, row in counted if not row["agrees"]] + [found["errors"]] * bool(found["errors"])
    beside = {"nothing": by_size[1]["Madang"]["imports"], "floor": by_size[1]["floor (polars)"]}
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes, "beside": beside}


def _line(small: tuple[int, float], large: tuple[int, float]) -> tuple[float, float]:
    """Through two sizes: CPU seconds of no rows, and of each row."""
    slope = (large[1] - small[1]) / (large[0] - small[0])
    return small[1] - slope * small[0], slope


def _passes(own: tuple[float, float], other: tuple[float, float]) -> float | None:
    """Rows from which on the first takes less than the second; None where it never does."""
    (own_fixed, own_slope), (other_fixed, other_slope) = own, other
    if own_slope >= other_slope:
        return None
    return max(0.0, (own_fixed - other_fixed) / (other_slope - own_slope))


def _child(module: str, given: Yard, size: int | list[int]) -> Any:
    """What `scenario(work, size, runs)` of a module returns. In a child, because it makes its data itself."""
    code = (
        "import json, pathlib, sys, importlib; "
        "made = importlib.import_module(sys.argv[1]).scenario(pathlib.Path(sys.argv[2]), *json.loads(sys.argv[3])); "
        "print(); print(json.dumps(made, default=str))"
    )
    work = given.work / "homes" / module.rpartition(".")[2]
    work.mkdir(parents=True, exist_ok=True)
    done = measure.run([sys.executable, "-c", code, module, str(work), json.dumps([size, given.runs])])
    return json.loads(done.out.strip().splitlines()[-1])
