"""The rows of a delivery as they were delivered: which member of an archive a line is in, and what its cells held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from assets.context import RunContext
from assets.failures import FeedFailure
from assets.ingest import parse
from assets.ingest.read import rows_of_delivery
from assets.readers.rows import LINE, RawRows, Rejects
from assets.trial.read import ReadFiles
from quality.contract.columns import Column
from quality.contract.model import Contract
from warehouse import landing


class Wanting(Protocol):
    """A finding about a line of a delivery: what is known of the row that it is about."""

    @property
    def sha256(self) -> str: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...
    @property
    def row(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class DeliveredRow:
    """One row as it was delivered: the member of a container that it is in, None for a plain file, and its texts.

    `typed`: its values under the contract, where the line has several rows and they have to be told apart.
    """

    member: str | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)

    def source(self, column: Column | None) -> str | None:
        """The name under which a column was delivered."""
        if column is None:
            return None
        there = [name for name in column.spec.sources if name in self.texts]
        return (there or [*column.spec.sources, None])[0]

    def text(self, column: Column | None) -> str | None:
        """What its cell of a column held."""
        name = self.source(column)
        return None if name is None else self.texts.get(name)

    def fits(self, wanting: Wanting) -> bool:
        """Whether it can be the row that a finding is about."""
        if wanting.row:
            return bool(self.typed) and all(wanting.row.get(name) == value for name, value in self.typed.items())
        held = [self.typed.get(wanting.column or ""), *self.texts.values()]
        return wanting.value is None or wanting.value in (None if one is None else str(one) for one in held)


@dataclass(frozen=True)
class DeliveredTexts:
    """The rows of the lines that findings are about, by SHA-256 and line. A line can have several rows: months that
    stand side by side, or the same line of several members."""

    rows: Mapping[tuple[str, int], Sequence[DeliveredRow]]

    @classmethod
    def of(cls, run: RunContext, contract: Contract, read: ReadFiles, findings: Iterable[Wanting]) -> DeliveredTexts:
        """Each delivery that has a finding is read once more, as text."""
        lines = dict[str, set[int]]()
        for one in findings:
            if one.line is not None:
                lines.setdefault(one.sha256, set()).add(one.line)
        found = dict[tuple[str, int], list[DeliveredRow]]()
        for sha256, wanted in lines.items():
            for line, row in _rows(run, contract, read, sha256, wanted):
                found.setdefault((sha256, line), []).append(row)
        return cls(found)

    def find(self, wanting: Wanting) -> DeliveredRow:
        """The row that a finding is about; with nothing in it where that is not known."""
        rows = self.rows.get((wanting.sha256, wanting.line or 0), ())
        if len(rows) > 1:
            rows = [row for row in rows if row.fits(wanting)] or rows
        return rows[0] if rows else DeliveredRow()


def _rows(
    run: RunContext, contract: Contract, read: ReadFiles, sha256: str, wanted: set[int]
) -> Iterable[tuple[int, DeliveredRow]]:
    delivery = read.parsed[sha256].delivery
    path = landing.find(run.home, run.city.name, contract.name, sha256)
    assert path is not None
    content = landing.read_bytes(path)
    members = rows_of_delivery(contract, delivery, content, pulled=delivery.asked_at is not None, as_text=True)
    kept = [(raw, raw.frame.filter(pl.col(LINE).is_in(list(wanted)))) for raw in members]
    lines = [pl.Series(LINE, [], pl.Int64), *(frame[LINE].cast(pl.Int64) for _, frame in kept)]
    several = pl.concat(lines).is_duplicated().any()
    for raw, frame in kept:
        member = None if raw.member == delivery.name else raw.member
        typed = _typed(contract, raw, frame) if several else {}
        for index, texts in enumerate(frame.drop(LINE).iter_rows(named=True)):
            yield int(frame[LINE][index]), DeliveredRow(member, texts, typed.get(index, {}))
        for line, text in raw.rejects.filter(pl.col("line").is_in(list(wanted))).select("line", "text").iter_rows():
            yield line, DeliveredRow(member, {"": text})


def _typed(contract: Contract, raw: RawRows, frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """The values of these rows under the contract, by their position."""
    numbered = frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(LINE))
    alone = raw.replaced(frame=numbered, plain=None, rejects=Rejects().frame(), unreadable=(), formatted=())
    try:
        rows = parse.parse(contract, raw.member, "", [alone]).rows
    except FeedFailure:
        return {}
    names = contract.schema.names()
    return {int(row[LINE]): {name: row[name] for name in names} for row in rows.iter_rows(named=True)}
