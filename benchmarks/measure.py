"""What one command costs: wall and CPU seconds, peak memory, exit code; medians of several runs, taken in turn.

    cost = measure.run([sys.executable, "-m", "benchmarks.floor", ...], cwd=root)

Whoever measures has to stay small: on Linux the peak of a child begins with the memory of the process that started it.
So deliveries are made, and results compared, in children too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
SMALL_MIB = 150  # no Python with Polars or DuckDB in it has a lower peak
# What a shell may have set and what would change the measured command: where it looks, and where bytecode is kept.
UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "COLUMNS")


Way = TypeVar("Way")


class Failed(RuntimeError):
    """A measured command ended with an exit code that was not expected."""


@dataclass(frozen=True)
class Cost:
    """Of one command. CPU seconds are those of the child and of all that it waited for, user and system."""

    wall_s: float
    cpu_s: float
    peak_mib: float  # of the largest of its processes, not of their sum
    code: int = 0
    load: float = 0.0  # of the machine when it began (1 minute): above 1 something else was running
    out: str = ""

    def figures(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name in ("wall_s", "cpu_s", "peak_mib", "load")}


def environment(**more: str) -> dict[str, str]:
    """That of this process without what changes a night: its own settings are given, never inherited."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET and not name.startswith("MADANG_")}
    return kept | {"DAGSTER_DISABLE_TELEMETRY": "1", "GX_ANALYTICS_ENABLED": "false"} | more


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    expected: Sequence[int] = (0,),
) -> Cost:
    """Run it to its end. Raises Failed, with the end of what it said, for an exit code that is not expected."""
    own = _weight()
    if own > SMALL_MIB:
        raise RuntimeError(f"this process has {own:.0f} MiB, which count as the child's: measure from a small one")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        load, started = os.getloadavg()[0], time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env or environment(), cwd=cwd
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        said, complained = _text(out), _text(err)
    peak = used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    cost = Cost(wall, used.ru_utime + used.ru_stime, peak, child.returncode, load, said)
    if cost.code not in expected:
        words = " ".join(str(word) for word in command)
        raise Failed(f"{words} ended with {cost.code}:\n{said[-1500:]}\n{complained[-3000:]}")
    return cost


def _weight() -> float:
    """MiB that a child begins with: the peak of this program alone, not of the one that was here before it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return 0.0  # elsewhere than on Linux a child does not begin with it


def _text(file: Any) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def in_turn(ways: Mapping[Way, Callable[[], Cost]], runs: int) -> dict[Way, list[Cost]]:
    """Each way once, then each way again: what else the machine does then falls upon all of them."""
    costs: dict[Way, list[Cost]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            costs[name].append(way())
    return costs


def together(first: Cost, second: Cost) -> Cost:
    """What one command costs and then another one."""
    return Cost(
        first.wall_s + second.wall_s,
        first.cpu_s + second.cpu_s,
        max(first.peak_mib, second.peak_mib),
        second.code,
        first.load,
        second.out,
    )


def ratio(costs: Sequence[Cost], others: Sequence[Cost], figure: str) -> float:
    """Of a figure, by how much it is more than that of the other way in the same turn: the median over the turns."""
    return statistics.median(
        getattr(cost, figure) / getattr(other, figure) for cost, other in zip(costs, others, strict=True)
    )


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    figures = {
        name: statistics.median(getattr(cost, name) for cost in costs) for name in ("wall_s", "cpu_s", "peak_mib")
    }
    return Cost(**figures, load=max(cost.load for cost in costs), code=costs[-1].code, out=costs[-1].out)
