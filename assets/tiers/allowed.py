"""The allow-list: which tables and columns of the internal file may be in a tier, and which of their rows.

What is not named here is not in a tier, whatever is published inside: no readings (`core`, `model`), no ledger, no ids
of batches and runs beside values, and neither marts of private feeds nor the history of values. The open file alone has
schema quality, of what is public (opened.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assets.derive.marts import MartTable
from assets.derive.tables import derived_tables
from assets.mart import QUANTITY, mart_contract
from assets.pack.city import City
from assets.publication.benchmark.columns import (
    BENCHMARK_CLASS,
    BENCHMARK_CODE,
    BENCHMARK_LATEST,
    BENCHMARK_PAIR,
    BENCHMARK_REASON,
    BENCHMARK_VALUE,
    standard_table,
)
from assets.publication.benchmark.views import STANDARDS
from assets.publication.columns import mart_table
from assets.publication.flagged_readings import QC_FLAG, QC_RULE
from assets.publication.metric_columns import (
    METRIC_DEFINITION,
    METRIC_HOURLY,
    METRIC_REASON,
    subject_table,
)
from assets.publication.reference_columns import (
    MART_AREA,
    MART_CALENDAR,
    MART_CITY,
    MART_COLUMN,
    MART_FEED,
    MART_RESIDENTS,
    MART_TEXT,
)
from assets.tiers.masked_tables import INSIDE, WITHHELD, AllowedTable, area_day_view, latest_table, values_table
from assets.tiers.opened import quality_tables
from assets.tiers.recipients import Recipient
from warehouse.published.connect import literal, quoted
from warehouse.published.place import OPEN
from warehouse.published.spec import TableSpec

_TEXTS = (
    *("city", "area", "metric", "reads", "not", "reason", "counted", "comparison", "holiday", "feed", "purpose"),
    *("meaning", "column"),
)


@dataclass(frozen=True)
class AllowList:
    """What one tier may have of an internal file that is attached as `source`.

    cities: all that are published. private: by city, its metrics that rest on private feeds. area_day: the metrics
    that have a column there. The temporary tables `private_metrics` and `masks` are there (masks.py).
    """

    source: str
    recipient: Recipient
    cities: Sequence[City]
    private: Mapping[str, Iterable[str]]
    area_day: Sequence[str]

    def tables(self) -> Iterator[AllowedTable]:
        """All tables of the tier, those of values first."""
        public = f"{self._own} AND (city, metric) NOT IN (FROM private_metrics) AND NOT {WITHHELD}"
        # a rank says something of each value of its class: of metrics of private feeds there is none outside
        compared = f"{self._own} AND metric NOT IN (SELECT metric FROM private_metrics) AND NOT {WITHHELD}"
        kinds = ", ".join(map(literal, _TEXTS))
        yield values_table(self.source, self._own)
        yield latest_table(self.source, self._own)
        yield replace(self._plain(METRIC_HOURLY, public), by_day=True)
        yield self._plain(METRIC_DEFINITION, self._own)
        if self.area_day:
            yield area_day_view(self.area_day)
        outlines = f"CASE WHEN {self._withheld_outlines} THEN NULL ELSE geometry END"
        yield self._plain(MART_AREA, self._own, geometry=outlines)
        for spec in (MART_CITY, MART_RESIDENTS, MART_CALENDAR, BENCHMARK_CODE):
            yield self._plain(spec, self._own)
        yield self._plain(MART_FEED, self._own, limitations="CASE WHEN is_private THEN NULL ELSE limitations END")
        yield self._plain(MART_COLUMN, self._own)
        for spec in (QC_FLAG, QC_RULE):
            yield self._plain(spec, "TRUE")
        yield self._plain(MART_TEXT, f"{self._own} AND kind IN ({kinds})")
        yield from self._marts()
        for spec in (BENCHMARK_VALUE, BENCHMARK_LATEST):
            yield self._plain(spec, compared)
        others = "(other, metric) NOT IN (FROM withheld_metrics)"
        yield self._plain(BENCHMARK_PAIR, f"{compared} AND other {self._among_own} AND {others}")
        if self.recipient.tier == OPEN:
            yield from quality_tables(self._own)
        yield from (AllowedTable(str(view), view.names, None) for view in self._views())

    @property
    def _among_own(self) -> str:
        return f"IN ({', '.join(literal(name) for name in self.recipient.allowed) or 'NULL'})"

    @property
    def _withheld_outlines(self) -> str:
        found = [city for city in self.recipient.allowed if self.recipient.withheld_in(city).outlines]
        return f"city IN ({', '.join(map(literal, found)) or 'NULL'})"

    @property
    def _own(self) -> str:
        return f"city {self._among_own}"

    def _plain(self, spec: TableSpec, where: str, **instead: str) -> AllowedTable:
        names = tuple(name for name in spec.names if name not in INSIDE)
        chosen = ", ".join(f"{instead[name]} AS {quoted(name)}" if name in instead else quoted(name) for name in names)
        return AllowedTable(str(spec), names, f"SELECT {chosen} FROM {self.source}.{spec.sql} WHERE {where}")

    def _marts(self) -> Iterator[AllowedTable]:
        """The marts of the cities in which they are made of public feeds alone, whose licences let them leave; of marts
        by quantity the rows of the quantities of which they are."""
        public, of_days = dict[str, list[str]](), set[str]()
        for city in self.cities:
            for table in derived_tables(city):
                stays = table.contract.private or table.name in self.recipient.withheld_in(city.name).marts
                if isinstance(table, MartTable) and not stays and city.name in self.recipient.allowed:
                    of = table.fed.quantities
                    own = "" if of is None else f" AND {QUANTITY} IN ({', '.join(map(literal, sorted(of)))})"
                    public.setdefault(table.of_mart, []).append(f"(city = {literal(city.name)}{own})")
                    if table.mart.every == "day":
                        of_days.add(table.of_mart)
        for name, conditions in public.items():
            found = self._plain(mart_table(mart_contract(name)), " OR ".join(conditions))
            yield replace(found, by_day=name in of_days)  # the row of a year that is not over has a day months back

    def _views(self) -> Iterator[TableSpec]:
        own = [city for city in self.cities if city.name in self.recipient.allowed]
        subjects = {definition.subject for city in own for definition in city.metrics.values()}
        yield from (METRIC_REASON, BENCHMARK_CLASS, BENCHMARK_REASON)
        yield from (subject_table(name) for name in sorted(subjects))
        yield from (standard_table(name, title) for name, (_, title) in STANDARDS.items())
