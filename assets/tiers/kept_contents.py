"""What kept versions of a tier have in them that it may not have any more: a metric or city that the pack took out, or
what is made of a feed that was public then.

A kept version is a file like the live one, and a rollback brings it back: what was taken out is to be in neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from assets.derive.marts import MartTable
from assets.derive.tables import derived_tables
from assets.mart import QUANTITY
from assets.pack.city import City
from assets.publication.benchmark.columns import BENCHMARK_VALUE
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_HOURLY, METRIC_VALUE
from assets.publication.quality.columns import RULE
from assets.publication.reference_columns import MART_AREA, MART_FEED
from assets.tiers.recipients import Recipients
from assets.tiers.shown import FOLDER
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder
from warehouse.published import connect, folder
from warehouse.published.connect import quoted
from warehouse.published.place import TierFolder

# table, city, metric; of a mart the metric is empty or, where it has rows of several, a quantity; of rules layer/table
Content = tuple[str, str, str]
_MARTS = "mart."
OF_PRIVATE = "metric.value of private feeds"  # in the place of a table: metrics of feeds that the file says are private
OUTLINES = "outlines"  # in the place of a metric: areas have theirs
_METRICS_OF_PRIVATE = f"""
SELECT DISTINCT d.city, d.metric FROM {METRIC_DEFINITION.sql} d
    JOIN {MART_FEED.sql} f ON f.city = d.city AND list_contains(d.feeds, f.feed) WHERE f.is_private"""
_BY_METRIC = (METRIC_VALUE, METRIC_HOURLY, BENCHMARK_VALUE)  # in the two behind it no metric of a private feed is


def versions_beyond(
    home: Home, tier: TierFolder, found: Recipients, cities: Iterable[City], private: Mapping[str, Iterable[str]]
) -> list[int]:
    """The kept versions that have more than the tier may have now. private: by city, metrics of private feeds.

    A metric of private feeds that its city has no more is more: nobody judges the cells that it rests on.
    """
    recipient = found.as_meant[tier.tier]
    has = {city.name: city.metrics for city in cities}
    metrics = {(city, metric) for city, names in private.items() for metric in names}
    tables = [(city.name, one) for city in cities for one in derived_tables(city) if isinstance(one, MartTable)]
    private_marts = {(f"{_MARTS}{one.name}", city) for city, one in tables if one.contract.private}
    quantities = {
        (f"{_MARTS}{one.name}", city): one.fed.quantities for city, one in tables if one.fed.quantities is not None
    }
    judged = {
        (city.name, f"{contract.layer}/{contract.name}")
        for city in cities
        for contract in (*city.contracts.values(), *(table.contract for table in derived_tables(city)))
        if contract.private
    }

    def may(content: Content) -> bool:
        table, city, metric = content
        if city not in recipient.allowed:
            return city in found.unread
        stays = recipient.withheld_in(city)
        if table == str(MART_AREA):
            return metric != OUTLINES or not stays.outlines
        if table.startswith(_MARTS):
            public = quantities.get((table, city))
            kept = public is None or metric in public
            return kept and (table, city) not in private_marts and table.removeprefix(_MARTS) not in stays.marts
        if metric in stays.metrics:
            return False
        if table == OF_PRIVATE:
            return city not in has or metric in has[city]
        if table == str(RULE):
            return (city, metric) not in judged
        if table == str(METRIC_VALUE):
            return (city, metric) not in metrics or metric in recipient.allowed[city]
        return (city, metric) not in metrics

    return [version for version, held in _contents(home, tier).items() if not all(map(may, held))]


def keep_content(home: Home, tier: TierFolder, version: int, file: Path, content: Sequence[Content]) -> None:
    """What the file has that becomes this version, so that it need not be opened once more."""
    path = _path(home, tier)
    _write(home, path, {**_known(path), _name(version, file): content})


def _contents(home: Home, tier: TierFolder) -> dict[int, Sequence[Content]]:
    """Of each kept version what it has; each is opened once."""
    path = _path(home, tier)
    known = _known(path)
    found, kept = dict[int, Sequence[Content]](), dict[str, Sequence[Content]]()
    for version, file in folder.version_files(tier).items():
        name = _name(version, file)
        found[version] = kept[name] = known[name] if name in known else _in_file(file)
    if kept != known:
        _write(home, path, kept)
    return found


def _path(home: Home, tier: TierFolder) -> Path:
    return home.root / FOLDER / "held" / f"{tier.tier.replace('/', '.')}.json"


def _name(version: int, file: Path) -> str:
    """A version and its file, which has the same size and time when it is put in place."""
    said = file.stat()
    return f"{version} {said.st_size} {said.st_mtime_ns}"


def _write(home: Home, path: Path, contents: Mapping[str, Sequence[Content]]) -> None:
    make_private_folder(path.parent, home.root)
    write_atomically(path, json.dumps(contents).encode())


def _known(path: Path) -> dict[str, Sequence[Content]]:
    try:
        read = json.loads(path.read_bytes())
        return {name: [(table, city, metric) for table, city, metric in held] for name, held in read.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # what is lost is read again from the versions


def _in_file(file: Path) -> list[Content]:
    with connect.open_file(file) as con:
        return content_of_tier(con)


def content_of_tier(con: duckdb.DuckDBPyConnection) -> list[Content]:
    """What an open file of a tier has."""
    found = list[Content]()
    views = "SELECT (schema_name, view_name) FROM duckdb_views()"
    rows = con.execute(
        "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal"
        f" AND (schema_name, table_name) NOT IN ({views}) GROUP BY ALL"
    ).fetchall()
    columns = {f"{schema}.{name}": set(names) for schema, name, names in rows}
    there = {f"{schema}.{name}": f"{quoted(schema)}.{quoted(name)}" for schema, name, names in rows if "city" in names}
    for name in sorted(there):
        if name in map(str, _BY_METRIC):
            what = f"city, metric FROM {there[name]} WHERE value IS NOT NULL"
        elif name == str(RULE):  # it has those whose figures are shown
            what = f"city, layer || '/' || table_name FROM {there[name]}"
        elif name == str(MART_AREA):
            outlined = f"CASE WHEN geometry IS NULL THEN '' ELSE '{OUTLINES}' END"
            what = f"city, {outlined} FROM {there[name]}"
        elif name.startswith(_MARTS):
            quantity = QUANTITY if QUANTITY in columns[name] else "''"
            what = f"city, {quantity} FROM {there[name]}"
        else:
            continue
        held = con.execute(f"SELECT DISTINCT {what}").fetchall()
        found += [(name, city, metric) for city, metric in held]
        if name == str(METRIC_VALUE) and {str(METRIC_DEFINITION), str(MART_FEED)} <= there.keys():
            private = con.execute(_METRICS_OF_PRIVATE).fetchall()
            found += [(OF_PRIVATE, city, metric) for city, metric in set(held) & set(private)]
    return found
