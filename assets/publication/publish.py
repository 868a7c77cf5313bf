"""What goes into the published file, and the gate it has to pass as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from assets.derive import derive
from assets.pack.city import City
from assets.publication import absence
from assets.publication import values as value_parts
from assets.publication.gate import Judgement, judge, record
from assets.publication.snapshot import Live, Refused, look
from quality.contract.model import Contract
from warehouse import lake
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import TABLES
from warehouse.published.publish import Appended, Publication, Table, publish
from warehouse.published.spec import VALUE as VALUE_TYPES

VALUE = {
    "city": "City pack",
    "area": "Area code, see mart.area",
    "area_level": "city or district",
    "metric": "Metric, see metric.definition",
    "period": "day, month or year",
    "period_start": "First day of the period, in the city's time zone",
    "value": "Value; null when absent, never zero in its place",
    "unit": "Unit of the value",
    "n": "Stations, sensors, hours or days behind the value",
    "completeness": "Share of what there should be, 0..1",
    "status": "ok, proxy (stands for something it does not measure exactly, see caveat) or absent",
    "reason": "Why the value is absent",
    "target": "What the city aims at, in the unit of the value",
    "source": "live, files or simulated",
    "batch_ids": "Batches the value was computed from, see ledger.batch",
    "run_id": "Run that first published the value as it is",
    "published_at": "When the value was first published as it is, UTC",
}
LATEST = VALUE | {
    "status": "ok, proxy, absent (there never was a value) or stale (a newer day was due)",
    "reason": "Why the value is absent, or why there is no newer one",
}
DEFINITION = {
    "metric": "Metric",
    "title_en": "Title in English",
    "title_ko": "Title in Korean",
    "formula": "How it is computed",
    "unit": "Unit",
    "direction": "Which way is better: lower, higher or none",
    "standard": "Standard or guideline it follows",
    "edition": "Edition of the standard",
    "code": "Code of the indicator in the standard",
    "verified": "The code was read in the standard itself or an official copy",
    "source_url": "Where the definition can be read",
    "period": "Period the metric is given for",
    "min_completeness": "Below this completeness a value is absent",
    "caveat": "Why the value is a proxy, if it is one",
    "feeds": "Feeds it needs",
}
AREA = {
    "city": "City pack",
    "area": "Area code",
    "area_level": "city or district",
    "parent": "Area it lies in",
    "name_ko": "Name in Korean",
    "name_en": "Name in English",
    "area_km2": "Area in square kilometres",
    "lat": "Latitude of the approximate centre, WGS 84",
    "lon": "Longitude of the approximate centre, WGS 84",
}


def publish_all(
    home: Home,
    cities: Sequence[City],
    *,
    run_id: str,
) -> Publication:
    """Bring everything that the gates have let in into one file, and put it in place of the last one.

    Raises Refused when a live batch has no open verdict or the file does not pass; nothing changes then.
    """
    lives = look(home, cities)
    known = [absence.known(live) for live in lives]
    values = value_parts.values(lives, known, list(VALUE))
    if not values.stamps:
        raise Refused("there is no value yet: run `madang nightly` first")
    tables = [
        Table("metric", "value", "Every metric value, absent ones with their reason", VALUE, values, VALUE_TYPES),
        Table(
            "metric",
            "latest",
            "The newest value of each metric and area; status `stale` when a newer day was due",
            LATEST,
            lambda con: absence.latest(con, known),
            VALUE_TYPES,
        ),
        Table("metric", "definition", "What each metric is, and by which standard", DEFINITION, _definitions(cities)),
        Table("mart", "area", "The areas of the cities", AREA, _areas(cities)),
        _area_day(cities, values.stamps),
        *_marts(lives),
        *_cores(home, cities),
        *_ledger(home),
    ]
    names = {d.metric for city in cities for d in city.definitions.values()}
    judged: list[Judgement] = []
    done = publish(home, tables, run_id=run_id, audit=lambda path: judged.append(judge(home, path, names, run_id)))
    name = f"publication {done.version}"
    if not judged and ledger.read(home, "verdict", [name]).collect().is_empty():  # killed before it was written down
        judged.append(judge(home, home.published_file, names, run_id))
    if judged:
        record(home, judged[-1], name, run_id)
    failpoint("publish.recorded")
    return done


def _definitions(cities: Sequence[City]) -> pl.DataFrame:
    rows = {d.metric: d.model_dump() | {"caveat": d.proxy} for city in cities for d in city.definitions.values()}
    schema = {
        name: {"verified": pl.Boolean, "min_completeness": pl.Float64, "feeds": pl.List(pl.String)}.get(name, pl.String)
        for name in DEFINITION
    }
    return pl.DataFrame([{name: row[name] for name in DEFINITION} for row in rows.values()], schema=schema)


def _areas(cities: Sequence[City]) -> pl.DataFrame:
    return pl.concat(
        [
            city.areas.select(
                pl.lit(city.name).alias("city"),
                pl.col("code").alias("area"),
                pl.col("level").alias("area_level"),
                "parent",
                "name_ko",
                "name_en",
                "area_km2",
                "lat",
                "lon",
            )
            for city in cities
        ]
    )


def _area_day(cities: Sequence[City], stamps: Mapping[tuple[str, date], str]) -> Table:
    """All daily metrics side by side: public and private feeds joined by area and day, never by person."""
    daily = {d.metric: d for city in cities for d in city.definitions.values() if d.period == "day"}
    keys = {"city": "City pack", "area": "Area code", "area_level": "city or district", "day": "Day"}
    comments = {name: f"{d.title_en} [{d.unit}]; null when absent, see metric.value" for name, d in daily.items()}
    types = dict.fromkeys(keys, "VARCHAR") | {"day": "DATE"} | dict.fromkeys(daily, "DOUBLE")
    text = "One row for each area and day with every daily metric as a column"
    return Table("mart", "area_day", text, keys | comments, value_parts.area_day(stamps, daily), types)


def _comments(contract: Contract) -> dict[str, str]:
    comments = {}
    for column in contract.columns:
        unit = f" [{column.spec.unit}]" if column.spec.unit else ""
        sources = f" Source name: {', '.join(column.spec.sources)}." if column.spec.sources else ""
        comments[column.name] = column.description + unit + sources
    return comments


def _marts(lives: Sequence[Live]) -> list[Table]:
    made = {t.name: t.contract for live in lives for t in derive.tables(live.city) if t.layer == "mart"}
    return [
        Table(
            "mart",
            name,
            f"{contract.title}: {contract.grain}. {contract.description}",
            {"city": "City pack"} | _comments(contract),
            value_parts.marts(lives, name),
            {"city": "VARCHAR"} | _duckdb_types(contract),
        )
        for name, contract in made.items()
    ]


def _cores(home: Home, cities: Sequence[City]) -> list[Table]:
    """Core tables as views over the lake's files. Private feeds are left out: only their aggregates go further.

    A feed that several cities have carries the city's name from the second city on.
    """
    first = {name: city.name for city in reversed(cities) for name in city.contracts}
    return [
        Table(
            "core",
            contract.name if first[contract.name] == city.name else f"{city.name}_{contract.name}",
            f"{contract.title}: {contract.grain}. {contract.description} {contract.limitations}".strip(),
            _comments(contract),
            lake.live_files(home.table(city.name, "core", contract.name)),
            _duckdb_types(contract),
        )
        for city in cities
        for contract in city.contracts.values()
        if contract.classification == "public" and not contract.restricted
    ]


def _duckdb_types(contract: Contract) -> dict[str, str]:
    types = {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "array": "VARCHAR[]",
    }
    return {column.name: types[column.type] for column in contract.columns}


_LEDGER_TABLES: Mapping[str, str] = {
    "attempt": "What was fetched or tried, one row per delivery and try, failures too",
    "batch": "Every batch: what came in, was kept, held back or replaced. rows_read = kept + quarantined + superseded",
    "rule_result": "What every rule found on every batch, passes too",
    "verdict": "The gate's decision on every batch, with the reason",
    "quarantine": "Rows held back and values set to null, each with the rules they break",
}


def _ledger(home: Home) -> list[Table]:
    return [
        Table(
            "ledger",
            name,
            title,
            TABLES[name].meanings,
            Appended.ledger(home, name),
        )
        for name, title in _LEDGER_TABLES.items()
    ]
