"""The gate, for every layer alike: write the rows beside the table, audit them, publish what passes.

Nothing else commits to the lake (a test looks for it). What was audited is what becomes live: the same
bytes, already lying in the table's folder.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

import polars as pl

from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.inputs import Inputs
from quality.judge import judge_days
from quality.judged_days import judged_days
from quality.ledger_rows import LedgerRows
from quality.outcome import Outcome
from quality.staging import IncomingRows, Staged, stage
from quality.usual_days import WITHOUT_HOLIDAYS, Calendar
from quality.verdict import RuleResult, Verdict, decide
from warehouse import lake
from warehouse.delta.log import DamagedLogError, StoredTable
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.lease import committing, lease
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Gate:
    """The only way into one table of a city, for one run. `source` says where the rows come from."""

    home: Home
    city: str
    contract: Contract
    source: str
    run_id: str
    calendar: Calendar = WITHOUT_HOLIDAYS  # which days are of one kind, for what is compared with days before

    def lease(self, days: Collection[date]) -> AbstractContextManager[None]:
        """Nobody else judges these days of the table in this block: of two runs the second finds them settled."""
        return lease(self.home, self.city, self.contract.layer, self.contract.name, days)

    @property
    def table(self) -> StoredTable:
        """Where the table lies."""
        return self.home.table(self.city, self.contract.layer, self.contract.name)

    def batch_id(self, day: date, inputs: Inputs) -> str:
        """Same city, table, day, contract and inputs: same batch, whoever runs it and when. Deliveries in another order
        are other inputs."""
        c = self.contract
        return _id(self.city, c.layer, c.name, day.isoformat(), c.hash, self.source, *inputs.key())

    def settled(self, wanted: Mapping[date, Inputs]) -> dict[date, Outcome]:
        """Of the days wanted (day -> inputs), those whose batch was judged before and needs nothing more."""
        if not wanted:
            return {}
        days = {batch_id: day for day, batch_id in self._batch_ids(wanted).items()}
        judged = (
            self._recorded("batch")
            .filter(pl.col("batch_id").is_in(list(days)))
            .join(self._recorded("verdict").select("batch_id", "verdict", "reason"), on="batch_id")
            .unique("batch_id", keep="any")
        )
        live = self._live_batches(days.values())
        return {
            days[row["batch_id"]]: Outcome(
                table=self.contract.name,
                day=row["day"],
                batch_id=row["batch_id"],
                verdict=Verdict(row["verdict"]),
                reason=row["reason"],
                rows_read=row["rows_read"],
                rows_kept=row["rows_kept"],
                rows_quarantined=row["rows_quarantined"],
                gave_way=GaveWay(row["rows_replaced"], row["rows_repeated"], row["rows_contradicted"]),
                new=False,
            )
            for row in judged.iter_rows(named=True)
            if row["state"] == "held" or live.get(row["day"]) == row["batch_id"]
        }

    def _live_batches(self, days: Collection[date]) -> Mapping[date, str]:
        """The batch that is live for each of these days and whose files are there: one that was lost is made again."""
        try:
            lost = lake.lost_days(self.table, days)
            return {day: batch for day, batch in lake.live_batches(self.table).items() if day not in lost}
        except DamagedLogError:  # what is live is not known
            return {}

    def admit(self, incoming: IncomingRows, inputs: Mapping[date, Inputs]) -> list[Outcome]:
        """Judge the rows day by day and commit the days that pass. One outcome per day of `inputs`.

        All open days become live in one commit. A day that is closed keeps what it had before. The caller has the lease
        of these days.
        """
        batch_ids = self._batch_ids(inputs)
        staged = stage(self.table, self.contract, incoming, batch_ids)
        failpoint("gate.staged")
        results = self._audit(staged)
        failpoint("gate.audited")
        outcomes = self._decide(batch_ids, staged, results)
        rows = self._ledger_rows()
        self._record_verdicts(rows, outcomes, staged)
        failpoint("gate.judged")
        with committing(self.home):
            self._commit(outcomes, staged)
            failpoint("gate.committed")
            batches = rows.batches(outcomes, inputs)
            ledger.append_once(self.home, "batch", batches, [outcome.batch_id for outcome in outcomes])
            failpoint("gate.recorded")
        return outcomes

    def _batch_ids(self, wanted: Mapping[date, Inputs]) -> dict[date, str]:
        """The id of each day's batch. Inputs that come back after another batch of their day make a batch of their own,
        which is judged and recorded again: when a correction is taken back, the verdict on it is not the last word."""
        columns = "day", "batch_id", "recorded_at"
        # a batch whose row is lost, or that a run did not come to write, has its verdict
        known = pl.concat(self._recorded(table).select(columns) for table in ("verdict", "batch"))
        of_days = known.filter(pl.col("day").is_in(list(wanted))).sort("recorded_at", maintain_order=True)
        made = of_days.unique("batch_id", keep="first", maintain_order=True)
        made_of_day = dict[date, list[str]]()
        for day, batch_id in made.select("day", "batch_id").iter_rows():
            made_of_day.setdefault(day, []).append(batch_id)
        return {day: self._in_turn(day, wanted[day], made_of_day.get(day, [])) for day in sorted(wanted)}

    def _recorded(self, table: str) -> pl.DataFrame:
        """What the ledger has of this table."""
        return ledger.rows_about(self.home, table, self.city, self.contract.layer, self.contract.name)

    def _in_turn(self, day: date, inputs: Inputs, made: Sequence[str]) -> str:
        """The id of the batch that follows those `made` of the day, oldest first, or of the last if it is the same."""
        first = batch_id = self.batch_id(day, inputs)
        turn = 1
        while batch_id in made[:-1] and batch_id != made[-1]:
            turn += 1
            batch_id = _id(first, f"turn {turn}")
        return batch_id

    def has_judged(self, inputs: Mapping[date, Inputs]) -> bool:
        """Does the ledger have a verdict on one of these batches?"""
        return bool(self._earlier_verdicts(list(self._batch_ids(inputs).values())))

    def is_unfinished(self) -> bool:
        """Did this run judge a batch of the table that it did not record, or give the verdict ERROR?"""
        own = self._recorded("verdict").filter(pl.col("run_id") == self.run_id)
        left = own.join(self._recorded("batch"), on="batch_id", how="anti")
        return not left.is_empty() or "ERROR" in own["verdict"]

    def refuse(self, inputs: Mapping[date, Inputs], reason: str) -> list[Outcome]:
        """Record that the rows of these days could not be made or judged: ERROR, and what was live stays live.

        The next run tries again: as always with ERROR, the batch keeps its id for whoever judges it.
        """
        outcomes = [
            Outcome(
                table=self.contract.name,
                day=day,
                batch_id=_id(batch_id, self.run_id),
                verdict=Verdict.ERROR,
                reason=reason,
                rows_read=0,
                rows_kept=0,
                rows_quarantined=0,
                gave_way=GaveWay(),
            )
            for day, batch_id in self._batch_ids(inputs).items()
        ]
        rows, ids = self._ledger_rows(), [outcome.batch_id for outcome in outcomes]
        ledger.append_once(self.home, "verdict", rows.verdicts(outcomes), ids)
        ledger.append_once(self.home, "batch", rows.batches(outcomes, inputs), ids)
        return outcomes

    def _ledger_rows(self) -> LedgerRows:
        return LedgerRows(self.city, self.contract, self.source, self.run_id, ledger.time_to_record(self.home))

    def _audit(self, staged: Staged) -> list[RuleResult]:
        history = judged_days(self.home, self.city, self.contract, self.calendar)
        spill = self.table.path / f"spill-{secrets.token_hex(8)}"  # as private as the table
        return judge_days(self.contract, staged, history, spill)

    def _decide(self, batch_ids: Mapping[date, str], staged: Staged, results: Iterable[RuleResult]) -> list[Outcome]:
        """One outcome per day. A verdict from a run that died before its commit stands, whatever has changed since."""
        findings, by_day = staged.findings, dict[date, list[RuleResult]]()
        for result in results:
            by_day.setdefault(result.day, []).append(result)
        quarantined = dict(findings.quarantined.group_by("day").len().iter_rows())
        earlier = self._earlier_verdicts(list(batch_ids.values()))
        outcomes = []
        for day, batch_id in batch_ids.items():
            of_day = by_day.get(day, [])
            verdict, reason = earlier.get(batch_id) or decide(of_day, [rule.code for rule in self.contract.rules])
            outcomes.append(
                Outcome(
                    table=self.contract.name,
                    day=day,
                    # ERROR says nothing about the data: the attempt gets its own id, the batch can be judged again
                    batch_id=_id(batch_id, self.run_id) if verdict is Verdict.ERROR else batch_id,
                    verdict=verdict,
                    reason=reason,
                    rows_read=findings.rows_read[day] + findings.gave_way[day].total,
                    rows_kept=findings.rows_kept[day],
                    rows_quarantined=quarantined.get(day, 0),
                    gave_way=findings.gave_way[day],
                    results=of_day,
                )
            )
        return outcomes

    def _earlier_verdicts(self, batch_ids: Sequence[str]) -> dict[str, tuple[Verdict, str]]:
        verdicts = self._recorded("verdict").filter(pl.col("batch_id").is_in(batch_ids))
        known = verdicts.select("batch_id", "verdict", "reason").iter_rows()
        return {batch_id: (Verdict(verdict), reason) for batch_id, verdict, reason in known}

    def _record_verdicts(self, rows: LedgerRows, outcomes: Sequence[Outcome], staged: Staged) -> None:
        batch_ids = {outcome.day: outcome.batch_id for outcome in outcomes}
        for table, content in (
            ("quarantine", rows.quarantine(staged.findings, batch_ids)),
            ("rule_result", rows.rule_results(outcomes)),
            ("verdict", rows.verdicts(outcomes)),
        ):
            ledger.append_once(self.home, table, content, list(batch_ids.values()))
            failpoint(f"gate.ledger_{table}")

    def _commit(self, outcomes: Sequence[Outcome], staged: Staged) -> None:
        opened = [outcome for outcome in outcomes if outcome.verdict.open]
        if not opened:
            return
        metadata = {
            "batch_ids": ",".join(outcome.batch_id for outcome in opened),
            "verdicts": ",".join(outcome.verdict for outcome in opened),
            "contract_hash": self.contract.hash,
            "run_id": self.run_id,
        }
        files = [file for outcome in opened for file in staged.files[outcome.day]]
        lake.commit(self.table, self.contract.schema, files, metadata)


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]
