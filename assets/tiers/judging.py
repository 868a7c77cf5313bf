"""Disclosure control as the judge of a city's cells, under the rules of its home."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import polars as pl

from assets.derive.cells_of_parts import cells_of_parts
from assets.derive.private_cells import cells_of_metrics, cells_with_figures
from assets.derive.rows_for_cells import ROWS, private_rows
from assets.derive.said_of_cells import said_of_cells
from assets.disclosure.cells import FREE
from assets.disclosure.rules import ALL, DisclosureRules, digest, read_key, read_rules, strictest
from assets.pack.city import City
from assets.publication.snapshot import Snapshot, load_snapshot
from assets.tiers.deciding import CityCells
from assets.tiers.hidden_before import keep_hidden
from assets.tiers.judged import WITH_STATUS, JudgedCells, Tables
from assets.tiers.kept_rows import KeptRows, live_rows
from warehouse.home import Home


class DisclosureControl:
    """Judges what is live in the lake of a home. `remembers`: what it hides is for a release, and stays hidden."""

    def __init__(self, home: Home, *, remembers: bool = False) -> None:
        self.home, self.remembers = home, remembers

    def tables(self, city: City) -> Tables:
        """On which cells the metrics of a city rest."""
        return cells_of_metrics(city)

    def judge(self, city: City, seen: pl.DataFrame) -> JudgedCells:
        """The cells of a city under the rules of the home. Raises ContractError for a file of rules with a mistake."""
        # of 97 tables of Seoul nine are private: what is live in the others decides nothing here
        snapshot = load_snapshot(self.home, city, [rows.contract for rows in private_rows(city)])
        key = read_key(self.home.root)
        written = read_rules(self.home.root, city.name, city.contracts)
        rules = written.of_feeds
        own, figures = self._cells(snapshot, key)
        of_tables = {table: _of_table(rules, table) for table in own["table"].unique().to_list()}
        parameters = digest(rules, key)
        found = CityCells(self.home, city, own, figures, of_tables, seen, parameters, key).decide(
            remembers=self.remembers
        )
        judged = _with_status(own, found.decided)
        if self.remembers:
            keep_hidden(self.home, city.name, judged)
        rests = chain.from_iterable(self.tables(city).values())
        of_parts = cells_of_parts(judged, rests, city)
        return JudgedCells(city.name, judged, found.exposed, parameters, written.mistakes, found.found, of_parts)

    def _cells(self, snapshot: Snapshot, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
        if not self.remembers:  # a look at what would be released: nothing is written, and somebody may release now
            rows = (live_rows(snapshot, one) for one in private_rows(snapshot.city))
            every = pl.concat([pl.LazyFrame(schema=ROWS), *rows])
            return cells_with_figures(snapshot.city, [said_of_cells(every)])
        kept = KeptRows(self.home, snapshot, key)
        cells = cells_with_figures(snapshot.city, kept.find(private_rows(snapshot.city)))
        kept.prune()
        return cells


def _with_status(own: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    said = decided.filter(
        (pl.col("conf_status") != FREE) | pl.col("withdraw")
    )  # few: else each of 700,000 is looked up
    joined = own.join(said, on="cell", how="left")
    return joined.with_columns(pl.col("conf_status").fill_null(FREE), pl.col("withdraw").fill_null(value=False)).select(
        pl.col(name).cast(dtype) for name, dtype in WITH_STATUS.items()
    )


def _of_table(rules: Mapping[str, DisclosureRules], table: str) -> DisclosureRules:
    """The rules of a table of cells, which has the name of the private feeds behind it."""
    return strictest(*(rules.get(feed, rules[ALL]) for feed in table.split(" + ")))
