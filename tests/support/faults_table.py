"""docs/faults.md as it is written by the tests of the faults: a row for each, from what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from simulator.fault import Fault
from tests.worlds.faulty import Went

FIGURES = {
    "absent": "absent, with the reason",
    "kept": "as before: the last good version stays in use",
    "marked": "from what is left",
    "corrected": "corrected",
    "unharmed": "unharmed",
    "unseen": "**wrong**",
}
HEAD = [
    "fault",
    "feed",
    "what goes wrong",
    "incident",
    "seen as",
    "held back",
    "verdict",
    "figures that need it",
    "exit",
]
INTRODUCTION = """\
# What can go wrong, and what comes of it

This table is written by `tests/pipeline/test_faults.py`, which plants each fault in the simulated city, pulls the feed
over HTTP, and compares every figure with those of a night without the fault; the test fails when the table is not what
it saw. `MADANG_UPDATE_FAULTS=1 pytest tests/pipeline/test_faults.py` writes it anew.

To see one by hand, for the day that ended last night:

```console
madang backfill --city seoul --from 2026-07-19 --to 2026-07-22 --source simulated --home var-fault
madang nightly --city seoul --day 2026-07-23 --source simulated --inject sdot-unit-break --home var-fault
madang status --city seoul --home var-fault
```

Several faults can be planted in one night (`--inject` again), and `madang simulator faults` lists them. Some show only
beside good days before (SDOT-901 compares with them), and a service that does not answer is waited for as long as the
contract says: a minute. What is planted lies in `simulator/faults/`.

- **seen as** is the rule or failure code in the ledger that names the fault; `empty` is a service that says it has no
  data; - means that nothing has to fire.
- **held back** is what the gate kept out: rows, values (cells), the whole day, or a reply that is no delivery. Nothing
  is thrown away: rows and values are in `ledger.quarantine`, the bytes of every whole reply in the landing area.
- **verdict** is the gate's on the day that was due, or `failed` where nothing came that could be judged.
- **figures that need it**: those of every other feed are exactly what they are without the fault, in every row.
- **exit** is the exit code of a night in which nothing else goes wrong.
- **incident** is the number in the project's collection of real incidents that the fault replays.

"""
AFTER = """
## What nothing sees

The faults with **wrong** figures are limits of the gate, planted to show them. A slow drift of a calibration stays
within every range; it would take a second network to see it. A dry day is empty in the reply of the weather service,
so that a wet day whose rain was lost looks the same.

## Incidents that are replayed elsewhere

| incident | where |
|---|---|
| 5, a field more in the files of card readers | `subway-extra-field` is its shape in a reply; for files \
`tests/unit/assets/readers/test_csv.py` |
| 7, three layouts of one file, and zeros that are marked as invalid | \
`tests/unit/assets/ingest/test_incidents_in_files.py`: the simulated city serves no such files |
"""


def row(fault: Fault, went: Went) -> str:
    """One line of the table."""
    pack = "" if fault.pack == "seoul" else f"{fault.pack}: "
    cells = [
        f"`{fault.name}`",
        f"{pack}{fault.feed}",
        fault.title,
        str(fault.incident or ""),
        fault.seen or "-",
        _held(went),
        went.verdict,
        FIGURES[fault.outcome] if len(went.tables) > 1 else "there are none",
        str(went.exit_code),
    ]
    return _line(cells)


def written(rows: Mapping[str, str], faults: Sequence[Fault]) -> str:
    """The whole document."""
    lines = [_line(HEAD), "|" + "---|" * len(HEAD), *(rows[fault.name] for fault in faults)]
    return INTRODUCTION + "\n".join(lines) + "\n" + AFTER


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _held(went: Went) -> str:
    if went.verdict == "failed":
        return "the reply" if went.failed["sha256"].null_count() == 0 else "-"
    own = went.held.filter(pl.col("table_name") == went.contract.name, pl.col("day") == went.day)
    parts = [
        f"{count:,} {what}{'s' if count > 1 else ''}"
        for what, scope in (("row", "row"), ("value", "cell"))
        if (count := own.filter(pl.col("scope") == scope).height)
    ]
    if went.verdict in ("BLOCK", "ERROR"):
        parts = ["the day", *([f"({', '.join(parts)})"] if parts else [])]
        return " ".join(parts)
    return ", ".join(parts) or "-"
