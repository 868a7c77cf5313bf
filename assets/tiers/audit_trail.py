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
from functools import lru_cache
from pathlib import Path
from typing import Any

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
    try:
        said = tier.published_file.stat()
        return _version_in(tier.published_file, (said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns))
    except (FileNotFoundError, connect.UnreadableError):
        return None


@lru_cache(maxsize=64)  # a release of three tiers asks 15 times, and opening a file takes 80 ms of CPU
def _version_in(file: Path, as_it_is: tuple[int, ...]) -> int | None:
    """What a file says, which is never written in place. as_it_is: what changes when another one is in its place."""
    with connect.open_file(file) as con:
        row = con.execute("SELECT version FROM ledger.release").fetchone()
    return None if row is None else int(row[0])


def _intended(home: Home, tier: str) -> Path:
    return home.root / FOLDER / "intended" / f"{tier.replace('/', '.')}.json"
