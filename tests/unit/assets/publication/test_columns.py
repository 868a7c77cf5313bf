"""Each published table is declared once, in names that need no quotes, and all that speaks of it agrees."""

import importlib
import pkgutil
from pathlib import Path

import duckdb
import pytest

import assets.publication
import warehouse.published
from assets.derive.contracts import METRIC_CONTRACT
from assets.publication import gate, publish
from assets.publication.columns import LEDGER
from assets.publication.metric_columns import METRIC_LATEST, METRIC_VALUE
from benchmarks import history_home
from tests.worlds.packs import seoul
from warehouse.home import Home
from warehouse.ledger.schema import TABLES, VALUE_HISTORY
from warehouse.published.dictionary_table import DICTIONARY
from warehouse.published.manifest import MANIFEST
from warehouse.published.publications import PUBLICATION
from warehouse.published.spec import TableSpec
from warehouse.published.value_history import REPLACED_AT, history


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[TableSpec]]:
    """A published file with every table of a city, and the declarations it was made from."""
    home, city = Home(tmp_path_factory.mktemp("home")), seoul()
    history_home.nights(home, city, [history_home.LAST], dead=0)
    declared: list[TableSpec] = []
    real = publish.publish

    def watched(given: Home, tables, **more):
        declared.extend(table.spec for table in tables)
        return real(given, tables, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "publish", watched)
        publish.publish_all(home, [city], run_id="r")
    return home.published_file, [*declared, history(METRIC_VALUE), PUBLICATION, MANIFEST, DICTIONARY]


def test_every_column_of_every_published_table_is_selected_without_quotes(published):
    path, _ = published
    with duckdb.connect(str(path), read_only=True) as con:
        columns = con.execute(
            "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns()"
            " WHERE database_name = current_database() AND NOT internal GROUP BY ALL"
        ).fetchall()
        assert len(columns) > 30
        for schema, table, names in columns:
            con.execute(f"SELECT {', '.join(names)} FROM {schema}.{table} WHERE {names[0]} IS NOT NULL LIMIT 0")
            con.execute(f"SELECT {', '.join(f't.{name}' for name in names)} FROM {schema}.{table} t LIMIT 0")


def test_types_and_comments_of_the_file_are_those_declared(published):
    path, declared = published
    with duckdb.connect(str(path), read_only=True) as con:
        held = con.execute(
            "SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns()"
            " WHERE database_name = current_database() AND NOT internal"
        ).fetchall()
    wanted = [(str(spec), c.name, c.dtype, c.comment) for spec in declared for c in spec.columns]
    assert len({str(spec) for spec in declared}) == len(declared)
    as_written = [
        (table, name, dtype.replace("TIMESTAMP_US", "TIMESTAMP"), comment) for table, name, dtype, comment in held
    ]
    assert sorted(as_written) == sorted(wanted)


def test_no_two_declarations_of_a_table_exist():
    declared: dict[str, TableSpec] = {}
    for package in (assets.publication, warehouse.published):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                for spec in value if isinstance(value, tuple) else (value,):
                    if isinstance(spec, TableSpec):
                        assert declared.setdefault(str(spec), spec) is spec, spec
    assert {"metric.value", "metric.latest", "mart.area", "ledger.batch", "ledger.manifest"} <= declared.keys()


def test_the_contract_of_the_metric_tables_agrees_with_what_is_published_of_them():
    def published_name(name: str) -> str:
        return METRIC_VALUE.day if name == "day" else name

    contract = {published_name(column.name): column for column in METRIC_CONTRACT.columns}
    only_published = {"target_source", "quality", "notation", "comparability", "run_id", "published_at"}
    not_published = {"usual_min", "usual_max"}

    assert contract.keys() - not_published == set(METRIC_VALUE.names) - only_published
    types = {"string": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "date": "DATE", "array": "VARCHAR[]"}
    for column in METRIC_VALUE.columns:
        if column.name not in only_published:
            assert column.dtype == types[contract[column.name].type], column.name
            if column.name != "period":  # the contract has periods of which no metric is published yet
                assert _says(column.comment, contract[column.name].description.shown), column.name
    # a table of the lake holds days or periods; only the published one holds both
    assert set(METRIC_VALUE.key) - {published_name(name) for name in METRIC_CONTRACT.key} == {"period"}


def _says(comment: str, description: str) -> bool:
    """Whether the published comment begins as the contract does, up to the first addition."""
    first = description.replace(";", ",").split(",")[0].split(" (")[0].removesuffix(" of the city pack")
    return comment.startswith(first)


def test_the_ledger_keeps_of_each_value_what_the_declaration_records():
    recorded = history(METRIC_VALUE)
    assert recorded.names == (*METRIC_VALUE.key, *METRIC_VALUE.recorded, "version", "published_at", REPLACED_AT)
    assert set(recorded.names) - {REPLACED_AT} == set(VALUE_HISTORY.meanings)
    assert {
        n: recorded.types[n] for n in (*METRIC_VALUE.key, *METRIC_VALUE.recorded)
    }.items() <= METRIC_VALUE.types.items()


def test_every_table_of_the_ledger_is_published():
    assert {spec.name for spec in LEDGER} == TABLES.keys() - {"publication", "value_history"}
    for spec in (*LEDGER, PUBLICATION):
        assert spec.comments == TABLES[spec.name].meanings


def test_the_gate_asks_for_the_keys_declared():
    arguments = {rule.code: rule.arguments for rule in gate.rules(["a"])}
    assert arguments["PUB-001"] == {"column_list": list(METRIC_VALUE.key)}
    assert arguments["PUB-004"] == {"column_list": list(METRIC_LATEST.key)}
    assert set(METRIC_VALUE.key) - set(METRIC_LATEST.key) == {METRIC_VALUE.day}
