"""What a publication does before and after it: removals that were begun, and what contracts keep no longer.

Whoever wants something withdrawn writes that down in ledger.removal, and publishes: a process that is killed leaves the
rest to the next publication, whoever makes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from assets.pack.city import City
from assets.removal.carry_out import Taken, make_again, take_from_home
from assets.removal.forget import forget, remove_versions
from assets.removal.plan import RemovalPlan, came_again, not_kept, withdrawal
from assets.terms.standing import ALLOW, BEGUN, DELETED, DONE, WITHDRAW, Standing
from quality.contract.model import Contract
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.released import RELEASE
from warehouse.ledger.removed import REMOVAL
from warehouse.published import folder
from warehouse.published.connect import UnreadableError
from warehouse.published.publications import settle


@dataclass
class BegunWithdrawal:
    """A withdrawal that is being carried out: its row of the ledger, its plan, and what was removed so far."""

    row: dict[str, Any]
    city: City
    plan: RemovalPlan
    taken: Taken = field(default_factory=Taken)


@dataclass(frozen=True)
class Enforced:
    """The withdrawals of this publication: rows and ledger have forgotten them, and what is published has to."""

    home: Home
    run_id: str
    begun: Sequence[BegunWithdrawal]

    def settle(self, live: int | None) -> None:
        """Once the new file is in place: the versions that hold what is withdrawn go, and the ledger says so."""
        if not self.begun:
            return
        plans = [one.plan for one in self.begun]
        versions, size = remove_versions(self.home, plans, live, self._tell_of_tiers)
        failpoint("removal.versions")
        for one in self.begun:
            files, taken = one.taken.files + versions, one.taken.size_bytes + size
            _tell(
                self.home,
                one.row,
                DELETED,
                self.run_id,
                files_removed=files,
                size_bytes=taken,
                versions_removed=versions,
            )

    def _tell_of_tiers(self, releases: Mapping[str, list[str]]) -> None:
        """Who asks which files a partner once had finds in ledger.release that these are gone, and why."""
        feeds = ", ".join(sorted({f"{one.plan.feed} of {one.plan.city}" for one in self.begun}))
        by = self.begun[0].row["asked_by"]
        common = {"action": "withdraw", "detail": f"rows of {feeds} were withdrawn", "who": by}
        common |= {"run_id": self.run_id, "recorded_at": ledger.time_to_record(self.home)}
        rows = [RELEASE.row(tier=tier, withdrawn=gone, **common) for tier, gone in releases.items()]
        ledger.append(self.home, "release", rows)


def ask_withdrawal(home: Home, plan: RemovalPlan, *, by: str, run_id: str) -> str:
    """Write down that the days of a plan are withdrawn: from now on nothing uses them. Its id."""
    row = _row(home, plan, WITHDRAW, BEGUN, run_id) | {"asked_by": by}
    ledger.append(home, "removal", [row])
    failpoint("removal.begun")
    return row["removal_id"]


def allow_again(
    home: Home, city: str, feed: str, days: tuple[date | None, date | None], *, by: str, run_id: str
) -> None:
    """Write down that days may come again."""
    plan = RemovalPlan(city, feed, ALLOW, *days)
    ledger.append(home, "removal", [_row(home, plan, ALLOW, DONE, run_id) | {"asked_by": by}])


def enforce(home: Home, cities: Sequence[City], run_id: str) -> Enforced:
    """Before a publication: take out what contracts keep no longer, and what was withdrawn and is there still."""
    begun = list[BegunWithdrawal]()
    for city in cities:
        today = datetime.now(city.timezone).date()
        for contract in city.contracts.values():
            standing = Standing.of(home, city.name, contract, today)
            if not standing.is_free:
                begun += _withdrawn(home, city, contract, run_id, today)
                _keep_to_terms(home, city, standing, run_id)
    if begun:
        with folder.locked(home):
            with suppress(UnreadableError):  # a damaged file says nothing
                settle(home)  # what the file knows and the ledger does not would come back later
            for one in begun:
                forget(home, one.city, one.plan)
        failpoint("removal.forgotten")
    return Enforced(home, run_id, begun)


def unfinished_withdrawals(home: Home, city: str | None = None, state: str = DELETED) -> pl.DataFrame:
    """The first rows of withdrawals that have not come to a state."""
    rows = ledger.read(home, "removal").filter(pl.col("action") == WITHDRAW).collect()
    own = rows if city is None else rows.filter(pl.col("city") == city)
    there = own.filter(pl.col("state").is_in([state, DONE]))
    return own.filter(pl.col("state") == BEGUN).join(there, on="removal_id", how="anti").sort("recorded_at")


def removal_rows(home: Home, removal_id: str) -> pl.DataFrame:
    """The rows of one removal, one for each state that it has come to."""
    return ledger.read(home, "removal").filter(pl.col("removal_id") == removal_id).collect()


def tell_done(home: Home, row: dict[str, Any], run_id: str) -> None:
    """Write down that nothing is left of a withdrawal to be done."""
    _tell(home, row, DONE, run_id)


def _withdrawn(home: Home, city: City, contract: Contract, run_id: str, today: date) -> list[BegunWithdrawal]:
    found = list[BegunWithdrawal]()
    rows = unfinished_withdrawals(home, city.name).filter(pl.col("feed") == contract.name)
    for row in rows.to_dicts():
        plan = withdrawal(home, city, contract, row["day_from"], row["day_to"])
        one = BegunWithdrawal(
            row | {"deliveries": sorted(plan.deliveries), "batches": sorted(plan.batches)}, city, plan
        )
        one.row |= _not_counted_twice(home, one, [earlier.row for earlier in found])
        one.taken = take_from_home(home, city, plan)
        found.append(one)
    for one in found:
        make_again(home, city, one.plan, run_id, today)
    return found


def _not_counted_twice(home: Home, one: BegunWithdrawal, before: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What is still counted for it where others of the same days were asked for at the same time, or are just done."""
    row, contract = one.row, one.city.contracts[one.plan.feed]
    told = ledger.rows_about(home, "removal", row["city"], row["feed"])
    of_others = (pl.col("removal_id") != row["removal_id"]) & (pl.col("action") == WITHDRAW)
    since = (pl.col("state") == DELETED) & (pl.col("recorded_at") > row["recorded_at"])
    done = [other for other in told.filter(of_others & since).to_dicts() if _shared_days(row, other)]
    shared = [days for other in before if (days := _shared_days(row, other))]
    if not done and not shared:
        return {}
    counted = [withdrawal(home, one.city, contract, *days) for days in shared]
    return {
        f"{name}_removed": max(0, getattr(one.plan, name) - sum(getattr(plan, name) for plan in counted))
        for name in ("rows", "values")
    }


def _shared_days(one: dict[str, Any], other: dict[str, Any]) -> tuple[date | None, date | None] | None:
    """The days of both; None if there are none."""
    starts = [row["day_from"] for row in (one, other) if row["day_from"]]
    ends = [row["day_to"] for row in (one, other) if row["day_to"]]
    first, last = max(starts, default=None), min(ends, default=None)
    return None if first and last and first > last else (first, last)


def _keep_to_terms(home: Home, city: City, standing: Standing, run_id: str) -> None:
    for plan in (not_kept(home, city, standing), came_again(home, city, standing)):
        if plan.is_empty:
            continue
        row = _row(home, plan, plan.action, BEGUN, run_id)
        ledger.append(home, "removal", [row])
        failpoint("removal.begun")
        taken = take_from_home(home, city, plan)
        _tell(home, row, DELETED, run_id, files_removed=taken.files, size_bytes=taken.size_bytes)


def _row(home: Home, plan: RemovalPlan, action: str, state: str, run_id: str) -> dict[str, Any]:
    return REMOVAL.row(
        removal_id=secrets.token_hex(8),
        city=plan.city,
        feed=plan.feed,
        action=action,
        state=state,
        day_from=plan.first,
        day_to=plan.last,
        deliveries=sorted(plan.deliveries),
        batches=sorted(plan.batches),
        rows_removed=plan.rows,
        values_removed=plan.values,
        run_id=run_id,
        recorded_at=ledger.time_to_record(home),
    )


def _tell(home: Home, row: dict[str, Any], state: str, run_id: str, **found: Any) -> None:
    later = row | found | {"state": state, "run_id": run_id, "recorded_at": ledger.time_to_record(home)}
    ledger.append(home, "removal", [later])
    failpoint(f"removal.{state}")
