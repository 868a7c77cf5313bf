"""docs/faults.md: a row for each fault, from the catalogue and from the result of its night."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from simulator.catalogue import FAULTS
from simulator.fault import Fault
from tests.support.paths import REPOSITORY
from tests.worlds.fault_result import FaultResult

TABLE = REPOSITORY / "docs" / "faults.md"
FIGURES = {
    "absent": "absent, with the reason",
    "kept": "as before: the last good version stays in use",
    "marked": "from what is left",
    "followed": "of areas: as it says",
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
# What can go wrong, and the outcome

`make faults` writes this table: it injects each fault into the simulated city, pulls the feed over HTTP, and compares
every figure of hours and days with those of a night without the fault. `tests/pipeline/test_faults.py` does the same
and fails where the table says something else.

To see one by hand, with good days before it:

```console
madang backfill --city seoul --from 2026-07-19 --to 2026-07-22 --source simulated --home var-fault
madang nightly --city seoul --day 2026-07-23 --source simulated --inject sdot-unit-break --home var-fault
madang status --city seoul --home var-fault
```

One night can have several faults (`--inject` again), and `madang simulator faults` lists them. Some show only beside
good days before (SDOT-rows-as-usual compares with them), and a night waits for a service that does not answer as long
as the contract says: a minute. The faults are in `simulator/faults/`.

- **feed**: `harbour:` stands before the feeds of a small made-up city of the tests, in `tests/support/packs/harbour`.
  Its faults cannot be injected into another city.
- **seen as** is the rule or failure code in the ledger that names the fault; `empty` is a service that says it has no
  data; - means that no rule has to fire.
- **held back** is what the gate kept out: rows, values (cells), the whole day, or a reply that is no delivery. Nothing
  is thrown away: rows and values are in `ledger.quarantine`, the bytes of every whole reply in the landing area.
- **verdict** is the gate's on the day that was due, or `failed` where nothing came that could be judged.
- **figures that need it**: those of every other feed are exactly what they are without the fault, in every row.
- **exit** is the exit code of a night in which nothing else goes wrong.
- **incident** is the number in the project's collection of real incidents that the fault replays.

"""
WATCHED_HEAD = ["fault", "feed", "what goes wrong", "incident", "seen as", "of", "after nights"]
WATCHED = """
## What shows over nights

No single reading gives these away, and the gate opens: until they are seen, figures have them in. What watches places
over nights says them (`mart.place_health`, `mart.network_agreement`). `tests/unit/simulator/test_watched_faults.py` has
these nights.

- **seen as** is the rule of `mart.place_health` by which every broken place is flagged, so that it is out of the means;
  `network` is a warning or a block of the network in `mart.network_agreement`, and `correction` a change of what the
  provider's correction does, in `mart.correction_change`: what is not corrected is as the raw column beside it.
- **after nights**: of a network in which all is good but for this, with 100 good days before. The simulated city has
  little noise; what is seen of a drift in real networks, and when, is in [drift.md](drift.md).
- A gateway that sends the day before is flagged on the first night alone. One that stays a day late is not seen: its
  days differ, and its sensors agree with each other.
- Two sensors that are exchanged at their poles, with the register as it was, are not seen where the air of both is
  alike. Two that are exchanged in the register are: SREF-places-as-usual.

"""
AFTER = """
## What no rule sees

A fault with **wrong** figures, that neither a night nor what watches places over nights sees, would be a limit that is
known; at the moment the catalogue has none. Of a fault of the table above figures of the first nights are wrong,
until it is seen.

A dry day is empty in the reply of the weather service, so that a wet day whose rain was lost looks the same. What gives
it away is that air is humid and even all day where it rains: WEA-rain-where-humid asks for rain at one of four such
stations at least. On 1,558 real days it would have closed one dry day. Of the days with rain at 4, 8 and 15 of the 16
stations it sees 33, 48 and 64 % if all rain is lost. The rain of one station it does not see, so that the packs of
Busan, Daegu and Incheon, which have one, have no such rule.

## Incidents that are replayed elsewhere

| incident | where |
|---|---|
| 5, a field more in the files of card readers | `subway-extra-field` is its shape in a reply; for files \
`tests/unit/assets/readers/test_csv.py` |
| 7, three layouts of one file, and zeros that are marked as invalid \
| `tests/unit/assets/ingest/test_incidents_in_files.py`: the simulated city serves no such files |
"""


def declared(fault: Fault) -> list[str]:
    """The cells that say what the catalogue says: name, feed, title, incident, how it is seen."""
    pack = "" if fault.pack == "seoul" else f"{fault.pack}: "
    return [f"`{fault.name}`", f"{pack}{fault.feed}", fault.title, str(fault.incident or ""), fault.seen or "-"]


def row(fault: Fault, result: FaultResult) -> str:
    """One line of the table."""
    figures = FIGURES[fault.outcome] if len(result.tables) > 1 else "there are none"
    return _line([*declared(fault), _held(result), result.verdict, figures, str(result.exit_code)])


def watched_row(fault: Fault) -> str:
    """One line of the table of what shows over nights."""
    watched = fault.watched
    assert watched is not None
    return _line([*declared(fault)[:-1], f"`{watched.by}`", watched.quantity, str(watched.nights)])


def document(rows: Sequence[str]) -> str:
    """The whole document."""
    watched = [watched_row(fault) for fault in FAULTS if fault.watched is not None]
    return INTRODUCTION + _table(HEAD, rows) + WATCHED + _table(WATCHED_HEAD, watched) + AFTER


def cells_of(line: str) -> list[str]:
    """The cells of a line of the table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    return "\n".join([_line(head), "|" + "---|" * len(head), *rows]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _held(result: FaultResult) -> str:
    if result.verdict == "failed":
        return "the reply" if result.failed["sha256"].null_count() == 0 else "-"
    own = result.held.filter(pl.col("table_name") == result.contract.name, pl.col("day") == result.day)
    parts = [
        f"{count:,} {what}{'s' if count > 1 else ''}"
        for what, scope in (("row", "row"), ("value", "cell"))
        if (count := own.filter(pl.col("scope") == scope).height)
    ]
    if result.verdict in ("BLOCK", "ERROR"):
        parts = ["the day", *([f"({', '.join(parts)})"] if parts else [])]
        return " ".join(parts)
    return ", ".join(parts) or "-"
