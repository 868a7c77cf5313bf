"""The scenarios of gate.py and rivals/: run as children, put into the form of the others. Nothing is measured here."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

from benchmarks import measure
from benchmarks.yard import Yard

GATE_ROWS, SMALL_GATE_ROWS = 10_000_000, 20_000
RIVAL_ROWS = 2_000_000
Result = dict[str, Any]


def gate(given: Yard) -> Result:
    """Twelve rules on one Parquet file: Great Expectations over DuckDB against one pass of hand-written SQL."""
    if importlib.util.find_spec("benchmarks.gate") is None:
        return {"skipped": "there is no benchmarks/gate.py"}
    found = _child("benchmarks.gate", given, SMALL_GATE_ROWS if given.small else GATE_ROWS)
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
    if importlib.util.find_spec("benchmarks.rivals") is None:
        return {"skipped": "there is no benchmarks/rivals"}
    if given.small:
        return {"skipped": "their environments are not made for a smoke test"}
    rows = _child("benchmarks.rivals", given, RIVAL_ROWS)
    own = next((row for row in rows if row["name"].lower().startswith("madang")), None)
    figures: dict[str, Any] = {}
    for row in rows:
        if own is None or row is own or row.get("wall_s") is None:
            continue
        short = next((name for name in ("dlt", "pandera", "gx") if name in row["name"].lower()), row["name"])
        figures[f"{short}_wall_ratio"] = row["wall_s"] / own["wall_s"]
        figures[f"{short}_peak_share"] = own["peak_mib"] / row["peak_mib"]
    agrees = all(row["agrees"] for row in rows if row.get("wall_s") is not None)
    wrong = [row for row in rows if not row.get("agrees")]
    notes = [f"{row['name']} counted {row['counts']}" for row in rows if row.get("counts")]
    shown = [{name: value for name, value in row.items() if name != "counts"} for row in rows]
    return {"rows": shown, "figures": figures, "agrees": agrees, "wrong": wrong, "notes": notes}


def _child(module: str, given: Yard, rows: int) -> Any:
    """What `scenario(work, rows, runs)` of a module returns. In a child, because it makes its data itself."""
    code = (
        "import json, pathlib, sys, importlib; "
        "made = importlib.import_module(sys.argv[1]).scenario(pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:5])); "
        "print(); print(json.dumps(made, default=str))"
    )
    work = given.work / "homes" / module.rpartition(".")[2]
    work.mkdir(parents=True, exist_ok=True)
    done = measure.run([sys.executable, "-c", code, module, str(work), str(rows), str(given.runs)])
    return json.loads(done.out.strip().splitlines()[-1])
