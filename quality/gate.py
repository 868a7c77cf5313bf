"""The one door into the lake: split -> stage -> audit -> ledger -> commit, for every layer alike.

Nothing else commits to the lake (a test looks for it). What was audited is what becomes live: the same
bytes, already lying in the table's folder. Fetching and parsing are not done here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from quality import row_rules
from quality.audit import audit
from quality.contract.model import Contract
from quality.day_profile import profile
from quality.inputs import Inputs
from quality.staging import Incoming, stage
from quality.verdict import RuleResult, Verdict, decide
from warehouse import lake
from warehouse.delta.log import StoredTable
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Outcome:
    """What became of one batch."""

    table: str
    day: date
    batch_id: str
    verdict: Verdict
    reason: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    rows_superseded: int
    results: Sequence[RuleResult] = ()
    new: bool = True  # False: the ledger had it from an earlier run, nothing was done


@dataclass(frozen=True)
class Gate:
    """Where a table of a city stands, and who asks: what `let_in` needs to know besides the rows."""

    home: Home
    city: str
    contract: Contract
    source: str
    run_id: str

    @property
    def table(self) -> StoredTable:
        return self.home.table(self.city, self.contract.layer, self.contract.name)

    def batch_id(self, day: date, inputs: Inputs) -> str:
        """Same city, table, day, contract and inputs: same batch, whoever runs it and when."""
        c = self.contract
        parts = [self.city, c.layer, c.name, day.isoformat(), c.hash, self.source, *inputs.key()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]

    def settled(self, wanted: Mapping[date, Inputs]) -> dict[date, Outcome]:
        """Of the days wanted (day -> inputs), those whose batch was judged before and needs nothing more."""
        ids = {self.batch_id(day, inputs): day for day, inputs in wanted.items()}
        judged = (
            ledger.read(self.home, "batch", list(ids))
            .join(ledger.read(self.home, "verdict").select("batch_id", "verdict", "reason"), on="batch_id")
            .unique("batch_id", keep="any")
            .collect()
        )
        live = lake.live_batches(self.table)
        return {
            ids[row["batch_id"]]: Outcome(
                self.contract.name,
                row["day"],
                row["batch_id"],
                Verdict(row["verdict"]),
                row["reason"],
                row["rows_read"],
                row["rows_kept"],
                row["rows_quarantined"],
                row["rows_superseded"],
                new=False,
            )
            for row in judged.iter_rows(named=True)
            if row["state"] == "held" or live.get(row["day"]) == row["batch_id"]
        }

    def admit(self, incoming: Incoming, inputs: Mapping[date, Inputs]) -> list[Outcome]:
        """Judge the rows day by day and commit the days that pass. One outcome per day of `inputs`.

        All open days become live in one commit. A day that is closed keeps what it had before.
        """
        contract, days = self.contract, sorted(inputs)
        ids = {day: self.batch_id(day, inputs[day]) for day in days}
        files, tally, superseded = stage(self.table, contract, incoming, ids)
        failpoint("gate.staged")
        rows_kept = lake.read_files([self.table.path / f.path for day in days for f in files[day]], contract.schema)
        table, errors = profile(contract, tally, rows_kept, incoming.unreadable_rows, self._history())
        results = self._audit({d: [self.table.path / f.path for f in files[d]] for d in days}, tally, table, errors)
        failpoint("gate.audited")
        outcomes, before = [], self._judged_before(list(ids.values()))
        held = dict(tally.held.group_by("day").len().iter_rows())
        for day in days:
            own = [r for r in results if r.day == day]
            verdict, reason = before.get(ids[day]) or decide(own, [r.code for r in contract.rules])
            outcomes.append(
                Outcome(
                    contract.name,
                    day,
                    self._judged_as(ids[day], verdict),
                    verdict,
                    reason,
                    rows_read=tally.rows_read[day] + superseded[day],
                    rows_kept=tally.rows_kept[day],
                    rows_quarantined=held.get(day, 0),
                    rows_superseded=superseded[day],
                    results=own,
                )
            )
        now = datetime.now(UTC)
        self._write_verdicts(outcomes, tally, now)
        failpoint("gate.judged")
        opened = [file for o in outcomes if o.verdict.open for file in files[o.day]]
        if opened:
            lake.commit(self.table, contract.schema, opened, self._metadata(outcomes))
        failpoint("gate.committed")
        self._write_batches(outcomes, inputs, now)
        failpoint("gate.recorded")
        return outcomes

    def _audit(
        self,
        files: Mapping[date, Sequence[Path]],
        tally: row_rules.Tally,
        table: pl.DataFrame,
        errors: Mapping[tuple[str, date], str],
    ) -> list[RuleResult]:
        """The audit's results; if it breaks as a whole, every rule could not be evaluated: the gate closes."""
        try:
            return audit(self.contract, files, tally, table, errors)
        except Exception as error:  # whatever it is, a crash here must end as a verdict in the ledger
            text = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            return [
                RuleResult(r.code, r.title, r.severity, passed=False, day=day, tolerance=r.tolerance, error=text)
                for day in files
                for r in self.contract.rules
            ]

    def _judged_before(self, ids: Sequence[str]) -> dict[str, tuple[Verdict, str]]:
        """Verdicts of a run that died before its commit: they stand, whatever has changed around them since."""
        found = ledger.read(self.home, "verdict", ids).select("batch_id", "verdict", "reason").collect()
        return {batch_id: (Verdict(verdict), reason) for batch_id, verdict, reason in found.iter_rows()}

    def _judged_as(self, batch_id: str, verdict: Verdict) -> str:
        """ERROR says nothing about the data: that try gets an id of its own, and the batch can be judged again."""
        if verdict is not Verdict.ERROR:
            return batch_id
        return hashlib.sha256(f"{batch_id}\n{self.run_id}".encode()).hexdigest()[:20]

    def _history(self) -> pl.DataFrame:
        """Rows of each day that was let in: days are compared with good days only."""
        return (
            ledger.read(self.home, "batch")
            .filter(
                pl.col("city") == self.city,
                pl.col("layer") == self.contract.layer,
                pl.col("table_name") == self.contract.name,
                pl.col("state") == "committed",
            )
            .sort("recorded_at")
            .group_by("day")
            .agg((pl.col("rows_kept") + pl.col("rows_quarantined")).last().alias("rows"))
            .collect()
        )

    def _common(self, outcome: Outcome, now: datetime) -> dict[str, Any]:
        return {
            "batch_id": outcome.batch_id,
            "city": self.city,
            "layer": self.contract.layer,
            "table_name": self.contract.name,
            "day": outcome.day,
            "run_id": self.run_id,
            "recorded_at": now,
        }

    def _write_verdicts(self, outcomes: Sequence[Outcome], tally: row_rules.Tally, now: datetime) -> None:
        ids = {o.day: o.batch_id for o in outcomes}
        results = [
            self._common(o, now)
            | {
                "rule": r.code,
                "title": r.title,
                "severity": r.severity,
                "status": r.status,
                "evaluated": r.evaluated,
                "unexpected": r.unexpected,
                "tolerance": r.tolerance,
                "observed": r.error or r.observed,
                "samples": json.dumps(list(r.samples), ensure_ascii=False, default=str),
            }
            for o in outcomes
            for r in o.results
        ]
        verdicts = [
            self._common(o, now)
            | {
                "verdict": o.verdict,
                "reason": o.reason,
                "contract_hash": self.contract.hash,
                "rules_failed": [r.code for r in o.results if r.status != "pass"],
                "samples": json.dumps(_shown(o), ensure_ascii=False, default=str),
            }
            for o in outcomes
        ]
        batches = list(ids.values())
        held = _quarantine(self.city, self.contract, tally, ids)
        for table, rows in (
            ("quarantine", held),
            ("rule_result", results),
            ("verdict", verdicts),
        ):
            ledger.append_once(self.home, table, rows, batches)
            failpoint(f"gate.ledger_{table}")

    def _write_batches(self, outcomes: Sequence[Outcome], inputs: Mapping[date, Inputs], now: datetime) -> None:
        rows = [
            self._common(o, now)
            | {
                "source": self.source,
                "state": "committed" if o.verdict.open else "held",
                "rows_read": o.rows_read,
                "rows_kept": o.rows_kept,
                "rows_quarantined": o.rows_quarantined,
                "rows_superseded": o.rows_superseded,
                "input_deliveries": sorted(inputs[o.day].deliveries),
                "input_batches": sorted(inputs[o.day].batches),
                "code_version": inputs[o.day].code_version,
                "pack_version": inputs[o.day].pack_version,
                "contract_hash": self.contract.hash,
            }
            for o in outcomes
        ]
        ledger.append_once(self.home, "batch", rows, [o.batch_id for o in outcomes])

    def _metadata(self, outcomes: Sequence[Outcome]) -> dict[str, str]:
        opened = [o for o in outcomes if o.verdict.open]
        return {
            "batch_ids": ",".join(o.batch_id for o in opened),
            "verdicts": ",".join(o.verdict for o in opened),
            "contract_hash": self.contract.hash,
            "run_id": self.run_id,
        }


def _shown(outcome: Outcome) -> list[dict[str, Any]]:
    """Rows that closed the gate, a few for each rule."""
    failed = [r for r in outcome.results if r.status != "pass" and r.severity == "critical"]
    return [{"rule": r.code} | sample for r in failed for sample in r.samples][:20]


def _quarantine(city: str, contract: Contract, tally: row_rules.Tally, ids: Mapping[date, str]) -> pl.DataFrame:
    batch = pl.col("day").replace_strict(ids, default=None, return_dtype=pl.String).alias("batch_id")
    where = [pl.lit(city).alias("city"), pl.lit(contract.name).alias("table_name"), "day"]
    rows = tally.held.select(
        batch,
        *where,
        pl.lit("row").alias("scope"),
        pl.col("_rules").alias("rules"),
        pl.lit(None, pl.String).alias("column_name"),
        pl.lit(None, pl.String).alias("value"),
        row_rules.row_json(contract).alias("row"),
        pl.col("_sha256").alias("sha256"),
        pl.col("_line").cast(pl.Int64).alias("line"),
    )
    masked = pl.when(pl.col("column").is_in(list(contract.restricted))).then(pl.lit(row_rules.MASK)).otherwise("value")
    values = pl.concat([tally.cells, tally.unreadable]).select(
        batch,
        *where,
        pl.lit("cell").alias("scope"),
        pl.concat_list("rule").alias("rules"),
        pl.col("column").alias("column_name"),
        masked.alias("value"),
        pl.lit(None, pl.String).alias("row"),
        pl.col("_sha256").alias("sha256"),
        pl.col("_line").cast(pl.Int64).alias("line"),
    )
    return pl.concat([rows, values])
