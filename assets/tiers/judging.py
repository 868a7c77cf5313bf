"""Disclosure control as the judge of a city's cells: its rules, what is hidden by them, and the attacker's result."""

from __future__ import annotations

import polars as pl

from assets.derive.private_cells import cells_of_metrics, private_cells, sums_of_cells
from assets.disclosure.cells import FREE, HIDDEN, SEEN
from assets.disclosure.pattern import leaks, pattern
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import ALL, DisclosureRules, RulesOfTables, digest, read_key, read_rules, strictest
from assets.pack.city import City
from assets.publication.snapshot import load_snapshot
from assets.tiers.hidden_before import hidden_before, keep_hidden
from assets.tiers.judged import CELL_KEY, WITH_STATUS, JudgedCells, Tables
from quality.contract.model import Contract
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
        snapshot = load_snapshot(self.home, city)

        def live(contract: Contract) -> pl.LazyFrame:
            days = snapshot.batches.get((contract.layer, contract.name))
            return snapshot.read(contract, days) if days else pl.LazyFrame(schema=contract.schema)

        rules = read_rules(self.home.root, city.name, city.contracts)
        own = private_cells(city, live)
        of_tables = {table: _of_table(rules, table) for table in own["table"].unique().to_list()}
        judged, exposed = _judged(own, city, of_tables, seen, hidden_before(self.home, city.name))
        if self.remembers:
            keep_hidden(self.home, city.name, judged)
        return JudgedCells(city.name, judged, exposed, digest(rules, read_key(self.home.root)))


def _judged(
    own: pl.DataFrame, city: City, rules: RulesOfTables, seen: pl.DataFrame, before: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """WITH_STATUS of all cells, and how many hidden ones an attacker finds. Tables in which nothing is sensitive are
    free as they are: of all sums of three years there are 2.5 million terms."""
    closed = sensitive(own, rules).filter(pl.col("conf_status") != FREE)["table"].unique()
    asked = own.filter(pl.col("table").is_in(closed.implode()))
    if asked.is_empty():
        return _with_status(own, own.clear().select("cell")), 0
    cells, sums = sums_of_cells(asked, city)
    shown = _seen(cells, seen)
    stay = cells.join(before, on=CELL_KEY.names(), how="semi").select("cell")
    decided = pattern(cells, sums, rules, shown, stay)
    hides = pl.col("conf_status").is_in(HIDDEN)
    left = _kept(shown, decided.filter(pl.col("withdraw") | hides)["cell"])
    now = decided.filter(~hides).select("cell", version=pl.lit(""), value=pl.lit(None), contributors=pl.lit(None))
    visible = pl.concat([left, now.select(pl.col(name).cast(dtype) for name, dtype in SEEN.items())])
    found = leaks(cells, sums, rules, visible, marks=decided)
    return _with_status(own, decided), found["cell"].n_unique()


def _with_status(own: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    known = decided.select("cell", *(name for name in ("conf_status", "withdraw") if name in decided.columns))
    joined = own.join(known, on="cell", how="left")
    if "conf_status" not in joined.columns:
        joined = joined.with_columns(conf_status=pl.lit(FREE), withdraw=pl.lit(value=False))
    return joined.with_columns(pl.col("conf_status").fill_null(FREE), pl.col("withdraw").fill_null(value=False)).select(
        pl.col(name).cast(dtype) for name, dtype in WITH_STATUS.items()
    )


def _of_table(rules: dict[str, DisclosureRules], table: str) -> DisclosureRules:
    """The rules of a table of cells, which has the name of the private feeds behind it."""
    return strictest(*(rules.get(feed, rules[ALL]) for feed in table.split(" + ")))


def _seen(cells: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """What kept files show, by the numbers that the cells have now. A cell that is gone is of no feed any more."""
    now = cells.select("cell", *CELL_KEY, value_now="value", contributors_now="contributors")
    found = now.join(seen, on=CELL_KEY.names())
    same = pl.col("value").is_null() | (
        pl.col("value").eq_missing(pl.col("value_now")) & pl.col("contributors").eq_missing(pl.col("contributors_now"))
    )
    as_now = found.with_columns(pl.when(~same).then(pl.col(name)).alias(name) for name in ("value", "contributors"))
    return as_now.select(pl.col(name).cast(dtype) for name, dtype in SEEN.items())


def _kept(shown: pl.DataFrame, gone: pl.Series) -> pl.DataFrame:
    """What is still to be seen when the versions that show one of these cells are removed."""
    of_gone = shown.filter(pl.col("cell").is_in(gone.implode())).select("version").unique()
    return shown.join(of_gone, on="version", how="anti")
