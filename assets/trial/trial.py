"""`trial`: files under a contract, read and judged as a night would, in a private folder that is gone afterwards."""

from __future__ import annotations

import errno
import os
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import polars as pl

from assets.context import RunContext
from assets.crashes import CRASHES, crash_text
from assets.ingest.ingest import incoming_rows
from assets.pack.city import City
from assets.trial.held import HeldRows
from assets.trial.private_folder import private_folder
from assets.trial.read import ReadFiles, found_files, read_files
from assets.trial.result import Trial, TriedDay
from assets.trial.rules import tried_rules
from assets.trial.town import bare_city
from quality.contract.model import Contract
from quality.day_history import History
from quality.gave_way import GaveWay
from quality.inputs import Inputs
from quality.judge import COMPARED, judge_days
from quality.staging import Staged, stage
from quality.verdict import RuleResult, Verdict, decide
from warehouse.home import Home

_MOST_DAYS = 2_000  # that are judged, the newest: each is a file and some lines of results


@dataclass(frozen=True)
class Extent:
    """How much of a trial is kept: its first rows, and rows that are held back for each rule. `values`: also values of
    a private feed. `language` of the sentences: a tag; None: the first of the city."""

    rows: int = 10
    held: int = 1_000
    values: bool = False
    language: str | None = None


def trial(
    contract: Contract,
    files: Sequence[Path],
    *,
    city: City | None = None,
    extent: Extent | None = None,
    today: date | None = None,
) -> Trial:
    """What a night would say of these files, or of the files of a drop folder, under a contract.

    `city`: whose zone, languages and first day count; None: UTC, English, any day. Days are not compared with days
    before: there is no home that knows them. Files that cannot be read are named in the result.

    Raises PermanentFailure where a folder has no file of the feed, OSError for a full disk.
    """
    town, extent = city or bare_city(None), extent or Extent()
    connector = contract.connector
    source = "files" if connector is not None and connector.files is not None else "live"  # a reply that was saved
    with private_folder() as folder:
        home = Home(folder)
        run = RunContext(home, town, source, "trial", today or datetime.now(town.timezone).date())
        found = chain.from_iterable(found_files(contract, path, town.config.languages) for path in files)
        read = read_files(run, contract, found)
        judged = _judged(run, contract, read)
        held = HeldRows(run, contract, read, [one.staged for one in judged if one.staged is not None], extent.values)
        language = extent.language or town.config.languages[0]
        shown, counts = held.shown(language, extent.held)
        days = [day for one in judged for day in one.days]
        return Trial(
            contract,
            town.name,
            extent.values or not contract.private,
            language,
            read.deliveries,
            _first_rows(contract, read, extent.rows),
            tuple(sorted(days, key=lambda day: day.day)),
            tried_rules(contract, [result for one in judged for result in one.results]),
            tuple(shown),
            counts,
            _no_value(contract, read),
            max(0, len(read.inputs) - _MOST_DAYS),
        )


@dataclass(frozen=True)
class _Judged:
    days: list[TriedDay]
    results: list[RuleResult]
    staged: Staged | None = None


def _judged(run: RunContext, contract: Contract, read: ReadFiles) -> list[_Judged]:
    """The verdict on each day. A day that cannot be made must not cost the others."""
    alone = contract.model_copy(update={"rules": tuple(r for r in contract.rules if r.column not in COMPARED)})

    def of(inputs: Mapping[date, Inputs]) -> list[_Judged]:
        try:
            return [_of_days(run, alone, read, inputs)] if inputs else []
        except CRASHES as error:
            _require_space(run.home, error)
            if len(inputs) > 1:
                return [one for day, made_from in inputs.items() for one in of({day: made_from})]
            reason = f"crashed: {crash_text(contract, error)}"
            return [_Judged([TriedDay(day, Verdict.ERROR, reason, 0, 0, 0, GaveWay()) for day in inputs], [])]

    newest = sorted(read.inputs)[-_MOST_DAYS:]
    return of({day: read.inputs[day] for day in newest})


def _require_space(home: Home, error: BaseException) -> None:
    """A full disk says nothing of a feed. Raises OSError."""
    full = os.strerror(errno.ENOSPC)
    if full in str(error) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        raise OSError(errno.ENOSPC, f"{full}; set TMPDIR to a folder with more", str(home.root.parent)) from error


def _of_days(run: RunContext, contract: Contract, read: ReadFiles, inputs: Mapping[date, Inputs]) -> _Judged:
    incoming, todo = incoming_rows(contract, read.parsed, inputs)
    table = run.home.table(run.city.name, contract.layer, f"{contract.name}-{secrets.token_hex(4)}")
    staged = stage(table, contract, incoming, dict.fromkeys(todo, "trial"))
    results = judge_days(contract, staged, History(), table.path / "spill")
    by_day: dict[date, list[RuleResult]] = {day: [] for day in todo}
    for result in results:
        by_day[result.day].append(result)
    codes, found = [rule.code for rule in contract.rules], staged.findings
    held = Counter(found.quarantined["day"].to_list())
    days = [
        TriedDay(
            day,
            *decide(by_day[day], codes),
            rows_read=found.rows_read[day] + found.gave_way[day].total,
            rows_kept=found.rows_kept[day],
            rows_held=held[day],
            gave_way=found.gave_way[day],
        )
        for day in todo
    ]
    return _Judged(days, results, staged)


def _first_rows(contract: Contract, read: ReadFiles, number: int) -> pl.DataFrame:
    """The first rows of the first delivery, typed and before any rule."""
    for one in read.parsed.values():
        return one.rows(one.days).sort("_line").head(number).select(contract.schema.names()).collect()
    return pl.DataFrame(schema=contract.schema)


def _no_value(contract: Contract, read: ReadFiles) -> tuple[str, ...]:
    """Columns that a delivery could have brought and none has a value in."""
    there = set[str]()
    for one in read.parsed.values():
        counts = one.rows(one.days).select(pl.col(contract.schema.names()).count()).collect()
        there |= {name for name, count in counts.row(0, named=True).items() if count}
    asked = [column.name for column in contract.delivered]
    return tuple(name for name in asked if name not in there) if read.parsed else ()
