"""The audit trail of tiers: a row of ledger.release for all that left the home, was refused, withdrawn or ended.

A release is written down once its file is in place. Between the two a process may die: what it was about to do lies
in the home, and the next one writes the row if the file is there.
"""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from assets.tiers.judged import JudgedCells
from assets.tiers.recipients import Recipient
from assets.tiers.shown import FOLDER
from warehouse.failpoint import failpoint
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import RELEASE
from warehouse.modes import make_private_folder
from warehouse.published import connect
from warehouse.published.place import TierFolder

_STATUSES = {"F": "free", "A": "few", "C": "dominated", "D": "secondary", "N": "not_known"}


def who() -> str:
    """The login of this process."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user without a name
        return f"uid {os.geteuid()}"


def release_row(
    recipient: Recipient, judged: Mapping[str, JudgedCells], run_id: str, now: datetime, **more: Any
) -> dict[str, Any]:
    """A row of ledger.release with what was judged of the cities of a tier."""
    own = [judged[city] for city in recipient.allowed if city in judged]
    counted = [one.by_status for one in own]
    counts = {name: sum(one.get(status, 0) for one in counted) for status, name in _STATUSES.items()}
    return RELEASE.row(
        tier=recipient.tier,
        title=recipient.title,
        until=recipient.until,
        cities=sorted(recipient.allowed),
        parameters=" ".join(dict.fromkeys(one.parameters for one in own if one.parameters)) or None,
        cells=sum(one.cells.height for one in own),
        exposed=sum(one.exposed for one in own),
        who=who(),
        run_id=run_id,
        recorded_at=now,
        **counts,
        **({"withdrawn": []} | more),
    )


def past_releases(home: Home, tier: str) -> pl.DataFrame:
    """The rows of a tier, in the order in which they were written."""
    return ledger.read(home, "release").filter(pl.col("tier") == tier).collect().sort("recorded_at")


def write_down(home: Home, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to ledger.release."""
    ledger.append(home, "release", [dict(row) for row in rows])


def intend(home: Home, row: Mapping[str, Any]) -> None:
    """Keep what is about to be released, until it is written down."""
    path = _intended(home, str(row["tier"]))
    make_private_folder(path.parent, home.root)
    write_atomically(path, json.dumps(dict(row), default=str, ensure_ascii=False).encode())


def settle_release(home: Home, tier: TierFolder) -> None:
    """Write down what a killed process had released, if its file is in place."""
    path = _intended(home, tier.tier)
    if not path.exists():
        return
    row = json.loads(path.read_bytes())
    known = past_releases(home, tier.tier).filter(pl.col("action").is_in(["release", "rollback"]))
    if live_version(tier) == row["version"] and row["version"] not in known["version"].to_list():
        row["recorded_at"] = datetime.fromisoformat(row["recorded_at"])
        row["until"] = None if row["until"] is None else date.fromisoformat(row["until"])
        write_down(home, [row])
        failpoint("release.recorded")
    path.unlink()


def live_version(tier: TierFolder) -> int | None:
    """The release that a tier's file says it is; None where there is no file that can be read."""
    file = tier.published_file
    try:
        as_it_is = _as_it_is(file)
        if (known := _KNOWN.get(file)) is None or known.as_it_is != as_it_is:
            known = _KNOWN[file] = _Said(as_it_is, _version_in(file))
    except (FileNotFoundError, connect.UnreadableError):
        return None
    return known.version


def installed(tier: TierFolder, version: int) -> None:
    """This process has just put a file in place of a tier, and wrote into it that it is this release."""
    _KNOWN[tier.published_file] = _Said(_as_it_is(tier.published_file), version)


class _Said(NamedTuple):
    """What a file, which is never written in place, says that it is."""

    as_it_is: tuple[int, ...]
    version: int | None


# By file. A release of three tiers asks 12 times, and opening a file takes 45 ms of CPU.
_KNOWN = dict[Path, _Said]()


def _version_in(file: Path) -> int | None:
    with connect.open_file(file) as con:
        row = con.execute("SELECT version FROM ledger.release").fetchone()
    return None if row is None else int(row[0])


def _as_it_is(file: Path) -> tuple[int, ...]:
    """What changes when another file is in the place of this one."""
    said = file.stat()
    return said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns


def _intended(home: Home, tier: str) -> Path:
    return home.root / FOLDER / "intended" / f"{tier.replace('/', '.')}.json"
