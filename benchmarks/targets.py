"""What the benchmark is held to: each target, what was found, and what stands beside it.

Nothing is measured here. A target that a run cannot tell, because it was smaller, is said to be not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Figures = Mapping[str, Any]
Found = tuple[str, bool] | None  # what was found, and whether that is met; None where this run can not tell
FULL_ROWS = 35_000_000  # below it a run says nothing about 36 M rows
RIVAL_ROWS = 9_900_000  # nor about 10 M
REAL_DAYS = 275
MIB, GIB = "peak_mib", 1024


@dataclass(frozen=True)
class Target:
    """`nothing` and `floor`: names of costs that the result of the scenario has; `beside`: which of their figures."""

    what: str
    wanted: str
    scenario: str
    check: Callable[[Figures], Found]
    nothing: str = "nothing"
    floor: str = "floor"
    beside: Literal["time", "memory"] = "time"


def _most(figure: str, most: float, form: str = "{:.2f}×") -> Callable[[Figures], Found]:
    return lambda f: (form.format(f[figure]), f[figure] <= most)


def _seconds(figure: str, most: float, form: str = "{:.1f} s") -> Callable[[Figures], Found]:
    return _most(figure, most, form)


def _from(rows: int, check: Callable[[Figures], Found]) -> Callable[[Figures], Found]:
    return lambda f: check(f) if f.get("rows", 0) >= rows else None


def _rival(figure: str, least: float) -> Callable[[Figures], Found]:
    """CPU of the rival by that of Madang. A rival that failed is not there."""
    return _from(RIVAL_ROWS, lambda f: (f"{f[figure]:.2f}", f[figure] >= least) if figure in f else None)


def _share(figure: str, most: float) -> Callable[[Figures], Found]:
    return _from(RIVAL_ROWS, lambda f: (f"{f[figure]:.2f}", f[figure] <= most) if figure in f else None)


def _passes(figure: str, most: float) -> Callable[[Figures], Found]:
    def check(figures: Figures) -> Found:
        if figure not in figures:
            return None
        rows = figures[figure]
        return ("never", False) if rows is None else (f"{rows / 1e6:.2f} M", rows <= most * 1e6)

    return _from(RIVAL_ROWS, check)


def _nine_months(figure: str, most: float) -> Callable[[Figures], Found]:
    return lambda f: _seconds(figure, most)(f) if f["days"] >= REAL_DAYS else None


TARGETS: tuple[Target, ...] = (
    Target("36 M rows, CPU, against the floor", "≤ 1.6×", "night", _from(FULL_ROWS, _most("cpu_ratio", 1.6))),
    Target("36 M rows, wall, against the floor", "≤ 1.8×", "night", _from(FULL_ROWS, _most("wall_ratio", 1.8))),
    Target("peak memory at 36 M rows", "≤ 1.5 GiB", "night",
           _from(FULL_ROWS, lambda f: (f"{f[MIB] / GIB:.2f} GiB", f[MIB] <= 1.5 * GIB)), beside="memory"),
    Target("peak memory at 36 M rows against that of 3.6 M", "≤ 1.3×", "size",
           _from(FULL_ROWS, _most("peak_ratio", 1.3)), beside="memory"),
    Target("10 M rows, CPU: Polars + pandera ÷ Madang", "≥ 1.3", "rivals", _rival("pandera_cpu_times", 1.3)),
    Target("10 M rows, CPU: dlt + dbt ÷ Madang", "≥ 2", "rivals", _rival("dlt_cpu_times", 2)),
    Target("10 M rows, CPU: GX on pandas ÷ Madang", "≥ 2", "rivals", _rival("gx_cpu_times", 2)),
    Target("memory at 10 M against Polars + pandera", "≤ ¼", "rivals",
           _share("pandera_memory_share", 1 / 4), beside="memory"),
    Target("memory at 10 M against dlt + dbt", "≤ ½", "rivals", _share("dlt_memory_share", 1 / 2), beside="memory"),
    Target("memory at 10 M against GX on pandas", "≤ ¼", "rivals", _share("gx_memory_share", 1 / 4), beside="memory"),
    Target("rows at which Madang passes dlt + dbt, CPU", "≤ 0.5 M", "rivals", _passes("dlt_passes", 0.5)),
    Target("rows at which Madang passes Polars + pandera, CPU", "≤ 5 M", "rivals", _passes("pandera_passes", 5)),
    Target("idle night of Seoul, CPU", "≤ 4 s", "idle", _seconds("cpu_s", 4)),
    Target("first night of Seoul, CPU, without the simulated city", "≤ 12 s", "first", _seconds("cpu_s", 12)),
    Target("backfill of nine months, CPU", "≤ 35 s", "backfill", _nine_months("cpu_s", 35)),
    Target("again, nothing new, CPU", "≤ 5 s", "backfill", _nine_months("again_cpu_s", 5), "nothing_again"),
    Target("`madang --help`, CPU", "≤ 0.5 s", "start", _seconds("help_cpu_s", 0.5, "{:.2f} s"), "nothing help"),
    Target("`madang sql`, CPU", "≤ 1 s", "start", _seconds("sql_cpu_s", 1, "{:.2f} s"), "nothing sql"),
    Target("definitions of Seoul, CPU", "≤ 1.5 s", "start",
           _seconds("definitions_cpu_s", 1.5, "{:.2f} s"), "nothing definitions"),
    Target("10× the rows, wall", "≤ 10.5×", "size",
           lambda f: (f"{f['wall_ratio']:.2f}×", f["wall_ratio"] <= 1.05 * f["times_rows"])
           if f["times_rows"] > 9 and f["rows"] >= FULL_ROWS else None),
    Target("400th day against 1st day, wall", "≤ 1.1×", "history",
           lambda f: _most("wall_ratio", 1.1)(f) if f["nights"] >= 399 else None),
    Target("gate against hand SQL, 12 rules, 10 M rows, CPU", "≤ 1.3×", "gate",
           _from(10_000_000, _most("cpu_ratio", 1.3))),
    Target("any query of the analyst's guide, 3 years, 95th percentile", "≤ 100 ms", "queries",
           lambda f: _most("worst_p95_ms", 100, "{:.0f} ms")(f) if f["days"] >= 1_000 else None),
    Target("publish after one changed day in 3 years, wall", "≤ 3 s", "publish",
           lambda f: _seconds("wall_s", 3, "{:.2f} s")(f) if f["days"] >= 1_000 else None),
    Target("release three tiers after one changed day in 3 years, the attacker included, CPU", "≤ 10 s", "release",
           lambda f: _seconds("cpu_s", 10)(f) if f["days"] >= 1_000 else None),
)  # fmt: skip


def shown(target: Target, result: Mapping[str, Any]) -> dict[str, str]:
    """The line of a target on the page, from the result of its scenario, which has not failed."""
    costs = result.get("beside", {})
    line = {
        "nothing": _cost(costs.get(target.nothing), target.beside),
        "floor": _cost(costs.get(target.floor), target.beside),
    }
    found = target.check(result["figures"])
    if found is None:
        return line | {"found": "not measured at this size"}
    return line | {"found": found[0], "met": "yes" if found[1] else "**no**"}


def _cost(cost: Figures | None, which: str) -> str:
    if cost is None:
        return ""
    if which == "memory":
        return f"{cost[MIB] / GIB:.2f} GiB"
    return f"CPU {cost['cpu_s']:.2f} s, wall {cost['wall_s']:.2f} s"
