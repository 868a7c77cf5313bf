"""What was held back, for the operator: the quarantined rows with their text as it was delivered.

The ledger knows of a row of a private feed its delivery and line alone. The text is read again from the landed bytes,
which are in the home's private folders anyway: no second copy of a private value is kept anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from assets.failures import FeedFailure
from assets.ingest.deliveries import Delivery
from assets.ingest.read import rows_of_delivery
from assets.pack.city import City
from assets.readers.rows import LINE, RawRows
from pipelines.held_fate import NOW, Fate, with_fate
from quality.contract.model import Contract
from warehouse import landing
from warehouse.home import Home
from warehouse.ledger import ledger

DERIVED = "it was made from other tables and is not kept; `madang ledger` names its batch"


@dataclass(frozen=True)
class Wanted:
    """Which quarantined rows are asked for; an empty text or None asks for all. `batch` is the beginning of an id."""

    city: str = ""
    feed: str = ""
    day: date | None = None
    rule: str = ""
    batch: str = ""
    everything: bool = False  # also what is not held back any more

    def of(self, home: Home) -> pl.LazyFrame:
        """Rows of ledger.quarantine, the newest day first, in the order of their lines."""
        rows = ledger.read(home, "quarantine").filter(
            pl.lit(not self.city) | (pl.col("city") == self.city),
            pl.lit(not self.feed) | (pl.col("table_name") == self.feed),
            pl.lit(True) if self.day is None else pl.col("day") == self.day,
            pl.lit(not self.rule) | pl.col("rules").list.contains(self.rule),
            pl.col("batch_id").str.starts_with(self.batch),
        )
        order = ["day", "city", "table_name", "batch_id", "sha256", "line", "scope", "column_name"]
        return rows.sort(order, descending=[True, *[False] * 7])

    def with_fate(self, home: Home) -> pl.LazyFrame:
        """These rows with what became of them (`held_fate.with_fate`); where not everything is asked for, those that
        nobody has now."""
        rows = with_fate(home, self.of(home))
        return rows if self.everything else rows.filter(pl.col("fate").is_in(NOW))


@dataclass(frozen=True)
class HeldRow:
    """One quarantined row, or one value that was set to null. `madang quarantine show --json` prints these fields."""

    city: str
    feed: str
    day: date
    batch_id: str
    scope: str  # row, or cell: one value was set to null and the row stayed
    rules: Sequence[str]
    column: str | None  # of a cell
    value: str | None  # of a cell, as delivered; of a row without a day, why it has none
    row: str | None  # as delivered: a text, or its fields as JSON
    delivery: str | None
    sha256: str | None
    line: int | None
    fate: str = Fate.HELD
    contract_hash: str | None = None  # the rules under which it was held back
    judged_in: str | None = None  # the batch of its day that was judged since
    judged_under: str | None = None  # and the rules of that
    note: str = ""  # why the text is not shown


def counts(home: Home, wanted: Wanted) -> pl.DataFrame:
    """How many rows and cells each rule holds back, what became of them, and the rule in words: city, feed, day, rule,
    scope, count, fate, reason. A row may break several."""
    rows = wanted.with_fate(home).explode("rules").rename({"rules": "rule", "table_name": "feed"}).collect()
    places = ["city", "feed", "day", "rule", "scope", "fate"]
    found = rows.group_by(places).agg(pl.len().alias("count"), pl.col("batch_id").last())
    results = ledger.read(home, "rule_result", found["batch_id"].unique().to_list())
    said = results.select("batch_id", "rule", reason="title").unique(["batch_id", "rule"], keep="last").collect()
    found = found.join(said, on=["batch_id", "rule"], how="left").select(*places[:5], "count", "fate", "reason")
    return found.sort("day", *places[:2], *places[3:], descending=[True, *[False] * 5])


def masked(rows: Sequence[HeldRow], cities: Collection[City]) -> list[HeldRow]:
    """The rows for people who may not see private data: of private feeds, and of feeds that no pack has, where they are
    from and what they break."""
    public = {(city.name, name) for city in cities for name, feed in city.contracts.items() if not feed.private}
    return [
        row if (row.city, row.feed) in public else replace(row, value=None, row=None, note="private: not shown")
        for row in rows
    ]


def private_feeds(found: pl.DataFrame, cities: Collection[City]) -> list[str]:
    """The private feeds among these rows of ledger.quarantine, each with its city."""
    private = {(city.name, name) for city in cities for name, feed in city.contracts.items() if feed.private}
    pairs = found.select("city", "table_name").unique().sort("city", "table_name").rows()
    return [f"{name} ({city})" for city, name in pairs if (city, name) in private]


def held_rows(home: Home, cities: Collection[City], found: pl.DataFrame) -> list[HeldRow]:
    """These rows of `Wanted.with_fate` with their text as delivered, in the same order.

    A row whose delivery cannot be read again has a note that says why; of a public feed the ledger's text is shown.
    """
    packs = {city.name: city for city in cities}
    read: dict[tuple[str, str, str | None], _LandedRows] = {}
    shown = []
    for row in found.iter_rows(named=True):
        source = row["city"], row["table_name"], row["sha256"]
        if source not in read:
            read[source] = _landed_rows(home, packs.get(row["city"]), *source)
        shown += read[source].of(row)
    return shown


@dataclass(frozen=True)
class _LandedRows:
    """The rows of one delivery by line, each with the member it is in; or a note why there are none."""

    contract: Contract | None = None
    delivery: str | None = None
    lines: Mapping[int, Sequence[tuple[str, str]]] | None = None
    note: str = ""

    def of(self, row: Mapping[str, object]) -> Iterator[HeldRow]:
        """A row of the ledger as it is shown: several where the line is in several members of an archive."""
        names = {"feed": "table_name", "column": "column_name"}
        kept = {name: row[names.get(name, name)] for name in HeldRow.__dataclass_fields__ if name in _OF_LEDGER}
        held = HeldRow(**kept, delivery=self.delivery, note=self.note)  # type: ignore[arg-type]
        texts = (self.lines or {}).get(held.line or 0, [])
        if not texts:
            yield held if self.note else replace(held, note="the delivery has no such line: its contract was changed")
        for member, text in texts:
            value = held.value if held.value is not None else self._value(held.column, text)
            delivery = self.delivery if len(texts) == 1 or not self.delivery else f"{self.delivery}: {member}"
            yield replace(held, row=text, value=value, delivery=delivery)

    def _value(self, column: str | None, text: str) -> str | None:
        if column is None or self.contract is None or not text.startswith("{"):
            return None
        fields = json.loads(text)
        spec = self.contract.column(column).spec
        found = next((fields[source] for source in spec.sources if source in fields), None)
        return found if found is None or isinstance(found, str) else json.dumps(found, ensure_ascii=False)


_OF_LEDGER = (
    *("city", "feed", "day", "batch_id", "scope", "rules", "column", "value", "row", "sha256", "line"),
    *("fate", "contract_hash", "judged_in", "judged_under"),
)


def _landed_rows(home: Home, city: City | None, city_name: str, feed: str, sha256: str | None) -> _LandedRows:
    if sha256 is None:
        return _LandedRows(note=DERIVED)
    if city is None or feed not in city.contracts:
        return _LandedRows(note=f"no pack has the feed {feed} of {city_name} now, so nobody knows how to read it")
    contract, path = city.contracts[feed], landing.find(home, city_name, feed, sha256)
    found = ledger.read(home, "attempt").filter(
        pl.col("city") == city_name, pl.col("feed") == feed, pl.col("sha256") == sha256
    )
    attempts = found.sort("recorded_at").select("delivery", "source", "asked_day", "asked_at").collect()
    if attempts.is_empty():
        return _LandedRows(note=f"the ledger has no attempt for the landed object {sha256[:12]}")
    name, source, asked_day, asked_at = attempts.row(-1)
    delivery = Delivery(feed, name, sha256, asked_day, asked_at)
    if path is None:
        return _LandedRows(contract, name, note="its landed object is gone: restore it from a backup")
    try:
        content = landing.read_bytes(path)
        members = rows_of_delivery(contract, delivery, content, pulled=source != "files", as_text=True)
    except landing.DamagedError as error:
        return _LandedRows(contract, name, note=f"its landed object is damaged: {error}")
    except FeedFailure as failure:
        return _LandedRows(contract, name, note=f"it cannot be read under the contract of today: {failure}")
    return _LandedRows(contract, name, _by_line(members))


def _by_line(members: Sequence[RawRows]) -> dict[int, list[tuple[str, str]]]:
    lines: dict[int, list[tuple[str, str]]] = {}
    for raw in members:
        of_member: dict[int, list[dict[str, str | None]]] = {}
        for frame in (raw.frame, *([] if raw.plain is None else [raw.plain])):
            for fields in frame.iter_rows(named=True):
                of_member.setdefault(int(fields.pop(LINE)), []).append(fields)
        for line, pieces in of_member.items():
            lines.setdefault(line, []).append((raw.member, json.dumps(_one(pieces), ensure_ascii=False)))
        for line, text in raw.rejects.select("line", "text").iter_rows():
            lines.setdefault(line, []).append((raw.member, text))
    return lines


def _one(pieces: Sequence[Mapping[str, str | None]]) -> dict[str, object]:
    """A delivered row that was turned into several, such as a week of hours: what differs among them as a list."""
    first = pieces[0]
    return {
        name: first[name] if all(piece[name] == first[name] for piece in pieces) else [piece[name] for piece in pieces]
        for name in first
    }
