"""Which tables of the published file have a contract, and the documents by which other tools test them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from open_data_contract_standard.model import OpenDataContractStandard

from assets.derive.contracts import METRIC_CONTRACT
from assets.derive.tables import derived_tables
from assets.mart import declared_marts, mart_contract
from assets.models import models
from assets.pack.city import City
from assets.publication.benchmark.columns import SCHEMA
from assets.publication.benchmark.contracts import contracts_of_benchmark
from assets.publication.columns import core_table, mart_table
from assets.publication.metric_columns import METRIC_VALUE
from quality.contract.columns import DAY
from quality.contract.model import Contract
from quality.contract.texts import PLATFORM
from quality.odcs.column_document import ModelWords
from quality.odcs.published_place import PublishedPlace
from quality.odcs.write import to_odcs
from warehouse.published.spec import CITY, TableSpec


@dataclass(frozen=True)
class ShownContract:
    """A contract under the name of its published table; `table` is None for a private feed, which is not published."""

    name: str
    contract: Contract
    table: TableSpec | None
    city: City | None = None

    @property
    def names(self) -> frozenset[str]:
        """All names under which people ask for it: `core.seoul_air_hourly` is `air_hourly` too."""
        schema, _, table = self.name.partition(".")
        plain = () if schema == SCHEMA else (table,)  # `value` and `latest` are those of metrics
        return frozenset({self.name, self.contract.name, *plain})

    def document(self, published_file: Path) -> OpenDataContractStandard:
        """The document of the contract, with the file as its server."""
        place = None if self.table is None else _place(self, self.table, published_file)
        if self.city is None:
            return to_odcs(self.contract, place)
        words = ModelWords(models(), (*self.city.config.languages, PLATFORM))
        return to_odcs(self.contract, place, words, self.city.config.timezone)


def _place(shown: ShownContract, table: TableSpec, published_file: Path) -> PublishedPlace:
    there = {name: name for name in shown.contract.schema.names()}
    if table.day != DAY:
        there[DAY] = table.day
    return PublishedPlace(
        str(published_file),
        table.schema,
        table.name,
        _whose(shown, table),
        renamed={name: other for name, other in there.items() if name != other},
        absent=tuple(name for name, other in there.items() if other not in table.names),
        of_layer=table is METRIC_VALUE,
    )


def _whose(shown: ShownContract, table: TableSpec) -> str | None:
    """The city whose rows a table has; None where a column tells cities apart; no city where the rows are of none."""
    return shown.city.name if shown.city is not None else None if CITY in table.names else ""


def contracts_of_city(city: City) -> Iterator[ShownContract]:
    """The contracts of the feeds of a city."""
    for contract in city.contracts.values():
        table = core_table(contract, city.name)
        yield ShownContract(str(table), contract, None if contract.private else table, city)


def contracts_of_platform(cities: Sequence[City] | None = None) -> Iterator[ShownContract]:
    """The contracts of the marts that these cities make (None: of all), of the values of metrics and of the benchmark,
    which have rows of all cities."""
    made = None if cities is None else {table.name for city in cities for table in derived_tables(city)}
    for name in declared_marts():
        if made is not None and name not in made:
            continue
        contract = mart_contract(name)
        table = mart_table(contract)
        yield ShownContract(str(table), contract, table)
    yield ShownContract(str(METRIC_VALUE), METRIC_CONTRACT, METRIC_VALUE)
    for table, contract in contracts_of_benchmark():
        yield ShownContract(str(table), contract, table)
