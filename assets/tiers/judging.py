"""Disclosure control as the judge of a city's cells: its rules, what is hidden by them, and the attacker's result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from assets.derive.blocks_of_cells import with_block
from assets.derive.private_cells import cells_of_metrics, periods_had, private_cells, sums_of_cells
from assets.disclosure.cells import CELLS, FREE, HIDDEN, SEEN
from assets.disclosure.pattern import leaks, pattern
from assets.disclosure.primary import sensitive
from assets.disclosure.proved import Proved
from assets.disclosure.rules import ALL, DisclosureRules, RulesOfTables, digest, read_key, read_rules, strictest
from assets.disclosure.secondary import SMALL
from assets.pack.city import City
from assets.publication.snapshot import load_snapshot
from assets.tiers.hidden_before import hidden_before, keep_hidden
from assets.tiers.judged import CELL_KEY, WITH_STATUS, JudgedCells, Tables
from assets.tiers.proved_before import keep_proved, proved_before
from assets.tiers.verdicts_before import block_names, decided_by, keep_verdicts, verdicts_before
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

        written = read_rules(self.home.root, city.name, city.contracts)
        rules = written.of_feeds
        own = private_cells(city, live)
        of_tables = {table: _of_table(rules, table) for table in own["table"].unique().to_list()}
        key = read_key(self.home.root)
        parameters = digest(rules, key)
        found = _Look(self.home, city, own, of_tables, seen, parameters, key).all(remembers=self.remembers)
        judged = _with_status(own, found.decided)
        if self.remembers:
            keep_hidden(self.home, city.name, judged)
        return JudgedCells(city.name, judged, found.exposed, parameters, written.mistakes)


_DECIDED = ("cell", "conf_status", "withdraw")


class _Decided(NamedTuple):
    decided: pl.DataFrame  # of all cells that were asked for
    exposed: int = 0  # how many hidden ones an attacker finds


class _Look:
    """One look at the cells of a city. Tables in which nothing is sensitive are free as they are: of all sums of three
    years there are 2.5 million terms. In the others blocks that are as they were are decided as they were."""

    def __init__(
        self,
        home: Home,
        city: City,
        own: pl.DataFrame,
        rules: RulesOfTables,
        seen: pl.DataFrame,
        parameters: str,
        key: bytes,
    ) -> None:
        self.home, self.city, self.rules, self._key = home, city, rules, key
        closed = sensitive(own, rules).filter(pl.col("conf_status") != FREE)["table"].unique()
        self.had = periods_had(own, city)
        self.asked = with_block(own.filter(pl.col("table").is_in(closed.implode())), self.had)
        self.shown = _seen(self.asked, seen)
        before = hidden_before(home, city.name)
        self.stay = self.asked.join(before, on=CELL_KEY.names(), how="semi").select("cell")
        areas = city.areas.select("code", "parent").sort("code").write_csv()
        self._context = decided_by(parameters, areas, self.had.sort(pl.all()).write_csv())
        self.proved = Proved(proved_before(home, city.name), key)

    def all(self, *, remembers: bool) -> _Decided:
        """What is decided of all cells."""
        if self.asked.is_empty():
            return _Decided(self._free(self.asked))
        names = block_names(self.asked, self.shown, self.stay, self._context, self._key)
        found = self._of_changed(names) or self._of(self.asked)
        if remembers:
            safe = not found.exposed and not found.decided["withdraw"].any()
            keep_verdicts(self.home, self.city.name, names if safe else names.clear(), self._named(found.decided))
            keep_proved(self.home, self.city.name, self.proved.used)
        return found

    def _of_changed(self, names: pl.DataFrame) -> _Decided | None:
        """The changed blocks decided alone, and the others as they were; None: all have to be decided together."""
        known = verdicts_before(self.home, self.city.name)
        same = names.join(known, on="name", how="semi")
        changed = self.asked.join(same, on=["table", "block"], how="anti", nulls_equal=True)
        if self.asked.height <= SMALL or changed.height == self.asked.height:
            return None  # in what is small each hidden cell is tried
        found = self._of(changed) if changed.height else _Decided(self._free(changed))
        if found.exposed or found.decided["withdraw"].any():
            return None
        others = self.asked.join(same, on=["table", "block"], how="semi", nulls_equal=True)
        hidden = known.drop_nulls("area").select(*CELL_KEY.names(), hidden="conf_status")
        as_before = others.join(hidden, on=CELL_KEY.names(), how="left").with_columns(
            conf_status=pl.col("hidden").fill_null(FREE), withdraw=pl.lit(value=False)
        )
        return _Decided(pl.concat([found.decided, as_before.select(found.decided.columns)]))

    def _of(self, asked: pl.DataFrame) -> _Decided:
        """The pattern of these blocks, and what the attacker makes of all that is shown."""
        cells, sums = sums_of_cells(asked.select(CELLS.names()), self.city, self.had)
        shown = self.shown.join(asked, on="cell", how="semi")
        trims = self.asked.height <= SMALL
        decided = pattern(cells, sums, self.rules, shown, self.stay, proved=self.proved, trims=trims)
        hides = pl.col("conf_status").is_in(HIDDEN)
        left = _kept(shown, decided.filter(pl.col("withdraw") | hides)["cell"])
        now = decided.filter(~hides).select("cell", version=pl.lit(""), value=pl.lit(None), contributors=pl.lit(None))
        visible = pl.concat([left, now.select(pl.col(name).cast(dtype) for name, dtype in SEEN.items())])
        found = leaks(cells, sums, self.rules, visible, marks=decided, proved=self.proved)
        return _Decided(decided.select(_DECIDED), found["cell"].n_unique())

    def _named(self, decided: pl.DataFrame) -> pl.DataFrame:
        return self.asked.join(decided, on="cell").select("block", *CELL_KEY.names(), "conf_status")

    def _free(self, cells: pl.DataFrame) -> pl.DataFrame:
        free = cells.with_columns(conf_status=pl.lit(FREE), withdraw=pl.lit(value=False))
        return free.select(_DECIDED)


def _with_status(own: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    joined = own.join(decided, on="cell", how="left")
    return joined.with_columns(pl.col("conf_status").fill_null(FREE), pl.col("withdraw").fill_null(value=False)).select(
        pl.col(name).cast(dtype) for name, dtype in WITH_STATUS.items()
    )


def _of_table(rules: Mapping[str, DisclosureRules], table: str) -> DisclosureRules:
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
