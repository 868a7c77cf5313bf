"""docs/drift.md: the tables of what was seen, and in words what was not. No number is written that was not found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.drift.networks import Network
from benchmarks.drift.plant import GROWS_DAYS, LOOKED_DAYS
from benchmarks.drift.seen import ALL, FALSE, FIXED, NOW, ONE, PAST, SIGNALS, TENTH, Seen

NOBODY = "nobody"
NEIGHBOURS, WITNESS = "neighbours", "witness"
BY = (NEIGHBOURS, WITNESS)
SAID = {NOBODY: "nobody", ONE: "one sensor", TENTH: "a tenth of them", ALL: "all of them"}
NEAR = 0.10  # more than without a drift: what is seen less often is called not seen
USUAL = 0.50  # of the runs: what is seen less often is called seen sometimes

Row = Mapping[tuple[str, str], Seen]  # by whom (neighbours, witness) and signal


@dataclass(frozen=True)
class Table:
    """What was seen in one network: of each planting, by who drifts and how much. `limits`: thresholds found."""

    network: Network
    rows: Mapping[tuple[str, float], Row]
    limits: Mapping[str, Mapping[str, float]]


HEAD = f"""\
# How large a drift is seen, and when

`python -m benchmarks.drift` writes this page: it injects drift into real days, and asks the functions with which a
night watches sensors (`assets/watch/`). A drift grows for {GROWS_DAYS} days from nothing to its size, upwards, and
stays. Seen is what is seen within {LOOKED_DAYS} days after its begin. Chance has a fixed seed.

- **who drifts**: one sensor alone (each in its turn), a tenth of all (by chance), or all.
- **neighbours**: a place against the median of those around it, over 30 days. If *all* of them drift that median does,
  too, and nothing is to be seen.
- **witness**: the median of a network in an area against that of calibrated stations, over 30 days.
- **limits**: those of a night. Of a place its rules `neighbours` and `step` (`mart.place_health`); of a network a
  warning or a block (`mart.network_agreement`), of those runs in which network and witness have enough places for one.
  How often they alarm without a drift is what the row *nobody* says: nobody chose it.
- **at {FALSE:.0%}**: a limit made for each network, such that {FALSE:.0%} of the *runs* without an injected drift alarm
  on at least one of their {LOOKED_DAYS} days. A run is one place, or one network in one area, after one begin. It shows
  what can be seen at all, and is no setting of the product.
- **own past**: at {FALSE:.0%}, too, of the same ratio or difference against its own median of the year before.
- A cell has the share of the runs that alarm, and the median of the days until then. Alarms that would come without a
  drift are in it: compare each row with *nobody*.
"""


def written(tables: Sequence[Table]) -> str:
    """The whole page."""
    parts = [HEAD]
    for table in tables:
        parts += [
            f"## {table.network.title}\n",
            f"{table.network.said} {_limits(table)}\n",
            _shown(table),
            "",
            _missed(table),
        ]
    return "\n".join(parts)


def _limits(table: Table) -> str:
    ratio = table.network.watch.scale == "ratio"
    found = []
    for by, limits in table.limits.items():
        off, past = (f"{limits[name]:.2f}{'' if ratio else ' ' + table.network.unit}" for name in (NOW, PAST))
        found.append(f"of the {by} {off} and of the own past {past}")
    what = "logarithms of ratios" if ratio else "differences"
    return f"Limits at {FALSE:.0%}, {what}: {'; '.join(found)}."


def _shown(table: Table) -> str:
    names = {FIXED: "limits", NOW: f"at {FALSE:.0%}", PAST: f"own past at {FALSE:.0%}"}
    by = [who for who in BY if who in table.limits]
    head = ["who drifts", "by", *(f"{who}, {names[signal]}" for who in by for signal in SIGNALS)]
    lines = [head, ["---"] * len(head)]
    for (who, size), row in table.rows.items():
        cells = [_cell(row.get((one, signal))) for one in by for signal in SIGNALS]
        lines.append([SAID[who], _size(size, table.network), *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(seen: Seen | None) -> str:
    if seen is None or not seen.runs:
        return "-"
    return f"{seen.share:.0%}" + ("" if seen.days is None else f", {seen.days:.0f} days")


def _size(size: float, network: Network) -> str:
    if network.unit == "%":
        return f"{size:.0%}"
    return f"{size:g} {network.unit}"


def _missed(table: Table) -> str:
    """In words what is not seen, and what is seen in less than half of the runs, by any signal."""
    nobody = table.rows[NOBODY, 0.0]
    missed, sometimes = list[str](), list[str]()
    for (who, size), row in table.rows.items():
        if who == NOBODY:
            continue
        gains = [seen.share - nobody[by].share for by, seen in row.items()]
        shares = [seen.share for by, seen in row.items() if seen.share - nobody[by].share >= NEAR]
        said = f"{SAID[who]} by {_size(size, table.network)}"
        if max(gains) < NEAR:
            missed.append(said)
        elif max(shares) < USUAL:
            sometimes.append(said)
    lines = [
        f"**Not seen** (less than {NEAR:.0%} of the runs more than without a drift): {'; '.join(missed) or 'nothing'}."
    ]
    if sometimes:
        lines.append(f"Seen in less than half of the runs: {'; '.join(sometimes)}.")
    if WITNESS not in table.limits:
        lines.append("There is no witness here: what all of them do is seen by nobody.")
    return "\n".join(lines) + "\n"
