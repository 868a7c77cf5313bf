"""A home as years of nights leave it: lake tables, ledger, nothing published. For benchmarks and their tests.

    .venv/bin/python benchmarks/history_home.py FOLDER [days]

Figures are arithmetic and mean nothing; their number, shape and spread are those of real nights. No gate judged
them: `nights` writes verdicts as the gate would have. Measuring is not done here.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from assets.derive.build import of_run, starts_of
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import DerivedTable, derived_tables
from assets.metrics.definition import MetricDefinition
from assets.pack.city import City, load_city
from quality.contract.interval import first_of_period, periods_with
from quality.contract.model import Contract
from warehouse import lake
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import TABLES

LAST = date(2026, 11, 20)
SOURCE = "simulated"
ROWS = {"sdot_env": 200, "population_area_hour": 624}  # a day; else 20
HELD = 40  # rows and cells held back a night
PERIODS = ("day", "week", "month", "quarter", "year", "trailing_year")
DEAD = 0.01  # of the days a feed has none

Batch = tuple[Contract, date, str, int]
Told = Callable[[DerivedTable, date, pl.DataFrame], pl.DataFrame]


def make(home: Path, days: int, city: City) -> None:
    """Fill `home` with the `days` days that end with LAST."""
    nights(open_home(Home(home), create=True), city, [LAST - timedelta(days=n) for n in reversed(range(days))])


def nights(
    home: Home,
    city: City,
    days: Sequence[date],
    correction: int = 0,
    dead: float = DEAD,
    *,
    core: bool = True,
    told: Told | None = None,
) -> None:
    """Add these days to the lake and the ledger. The same days with another `correction` have other values.

    `core`: with the readings of feeds, which no tier has. `told` puts values of its own into the rows of a day.
    """
    batches: list[Batch] = []
    for contract in city.contracts.values() if core else ():
        wanted = [d for d in _days(contract, days) if not _is_dead(contract.name, d, dead)]
        batches += _table(home, city, contract, wanted, correction, None)
    live = {d for _, d, *_ in batches} if core else set(days)
    for table in derived_tables(city):
        if table.layer == "mart":
            feed = table.needs[0].name
            wanted = [d for d in days if d in live and not _is_dead(feed, d, dead)]
            wanted = of_run(starts_of(table, wanted), wanted)
            values = None
        else:
            wanted = [d for d in days if not any(_is_dead(feed, d, dead) for feed in table.feeds)]
            wanted = of_run(_starts(table, wanted), wanted)
            values = _values(city, table, wanted, correction)
        if told is not None:
            made = values or {day: _rows(table.contract, day, correction) for day in wanted}
            values = {day: told(table, day, frame) for day, frame in made.items()}
        batches += _table(home, city, table.contract, wanted, correction, values)
    _ledger(home, city, batches, correction)


def _days(contract: Contract, days: Sequence[date]) -> list[date]:
    if contract.reference_since is not None:
        return [contract.reference_since]
    if contract.every == "day":
        return list(days)
    return sorted({first_of_period(day, contract.every) for day in days})


def _starts(table: DerivedTable, days: Sequence[date]) -> list[date]:
    """The days of a table whose figures these days go into. Days that look back on them for what a watch says of their
    values, a month or a year later, keep figures and batches: it says nothing else of figures that are made up."""
    if not isinstance(table, SubjectTable):
        return starts_of(table, days)
    readings = [one for of_entry in table.readings.values() for one in of_entry if one.makes_values]
    return sorted({start for one in readings for day in days for start in one.starts(day)})


def _is_dead(feed: str, day: date, dead: float) -> bool:
    return int.from_bytes(hashlib.sha256(f"{feed}{day}".encode()).digest()[:4]) < dead * 2**32


def _table(
    home: Home,
    city: City,
    contract: Contract,
    days: Sequence[date],
    correction: int,
    values: dict[date, pl.DataFrame] | None,
) -> list[Batch]:
    table = home.table(city.name, contract.layer, contract.name)

    def stage(day: date) -> tuple[lake.StagedFile, Batch]:
        batch = hashlib.sha256(f"{contract.layer}{contract.name}{day}{correction}".encode()).hexdigest()[:20]
        frame = _rows(contract, day, correction) if values is None else values[day]
        return lake.stage_file(table, day, batch, frame), (contract, day, batch, frame.height)

    if not days:
        return []
    with ThreadPoolExecutor(2) as pool:
        staged = list(pool.map(stage, days))
    lake.commit(table, contract.schema, [file for file, _ in staged], {})
    return [batch for _, batch in staged]


def _rows(contract: Contract, day: date, correction: int) -> pl.DataFrame:
    """Rows of a core or mart table, the same for every day but for a number in each figure."""
    count = ROWS.get(contract.name, 20)
    seed = day.toordinal() % 97 + correction
    columns = []
    for place, column in enumerate(c for c in contract.columns if c.name != "day"):
        number = (pl.int_range(count, eager=True) * (place + 3) + seed) % 1009
        if column.type == "string":
            columns.append(number.cast(pl.String))
        elif column.type in ("date", "timestamp"):
            columns.append(pl.Series([day] * count, dtype=pl.Date))
        elif column.type == "boolean":
            columns.append(number % 2 == 0)
        elif column.type == "array":
            columns.append(number.cast(pl.String).implode().explode().reshape((count, 1)).arr.to_list())
        else:
            columns.append(number / 10 if column.type == "number" else number)
        columns[-1] = columns[-1].cast(column.dtype).alias(column.name)
    return pl.DataFrame(columns)


def _values(city: City, table: DerivedTable, days: Sequence[date], correction: int) -> dict[date, pl.DataFrame]:
    """Rows of a metric table by day: one value in twenty is absent for lack of data, one in fifty is not there."""
    held = table.rollups.values() if isinstance(table, PeriodTable) else ()
    names = {rollup.metric for rollups in held for rollup in rollups} or set(getattr(table, "metrics", ()))
    chosen = [d for d in city.metrics.values() if d.metric in names]
    facts = pl.DataFrame([_facts(city, d) for d in chosen], infer_schema_length=None).explode("area_level")
    areas = city.areas.select(pl.col("code").alias("area"), pl.col("level").alias("area_level"))
    grid = facts.join(areas, on="area_level").with_row_index("at")
    found = {}
    for day in days:
        seed = day.toordinal() + correction
        own = grid.filter((pl.col("at") * 31 + seed) % 50 != 0)
        if "hour" in table.contract.schema:
            own = own.join(_hours(city, day), how="cross")
        else:
            own = own.filter(pl.col("period").is_in([p for p in PERIODS if day in periods_with(day, p)]))
        gone = (pl.col("at") * 7 + seed) % 20 == 0
        own = own.with_columns(
            city=pl.lit(city.name),
            day=pl.lit(day),
            value=pl.when(~gone).then(((pl.col("at") * 13 + seed) % 997).cast(pl.Float64) / 10),
            n=((pl.col("at") + seed) % 40).cast(pl.Int64),
            completeness=pl.when(gone).then(0.25).otherwise(1.0),
            status=pl.when(gone).then(pl.lit("absent")).otherwise(pl.lit("ok")),
            reason=pl.when(gone).then(pl.format("{} of 40 parts are valid (needs 75 %)", (pl.col("at") + seed) % 30)),
            source=pl.lit(SOURCE),
            batch_ids=pl.lit([f"{table.name}-{day}-{correction}"]),
        )
        own = own.with_columns(pl.lit(None).alias(name) for name in table.contract.schema if name not in own.columns)
        found[day] = own.select(pl.col(c.name).cast(c.dtype) for c in table.contract.columns if c.name != "day")
    return found


def _hours(city: City, day: date) -> pl.DataFrame:
    """The hours of a day by the city's clocks, and in UTC: a publication adds those of days without any."""
    midnight = datetime.combine(day, datetime.min.time())
    hours = pl.Series([midnight + timedelta(hours=n) for n in range(24)], dtype=pl.Datetime("us"))
    in_utc = hours.dt.replace_time_zone(city.config.timezone).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pl.DataFrame({"hour": hours, "hour_utc": in_utc})


def _facts(city: City, definition: MetricDefinition) -> dict[str, object]:
    return {
        "metric": definition.metric,
        "period": definition.period,
        "unit": definition.unit,
        "target": city.choices[definition.metric].target,
        "area_level": list(definition.levels),
    }


def _ledger(home: Home, city: City, batches: Iterable[Batch], correction: int) -> None:
    """What the gate would have written about these batches, and the tries that brought the deliveries."""
    own = list(batches)
    base = (
        pl.DataFrame(
            {
                "batch_id": [batch for _, _, batch, _ in own],
                "city": city.name,
                "layer": [c.layer for c, *_ in own],
                "table_name": [c.name for c, *_ in own],
                "day": [day for _, day, *_ in own],
                "rows_kept": [rows for *_, rows in own],
                "contract_hash": [c.hash for c, *_ in own],
            },
            schema_overrides={"day": pl.Date},
        )
        .with_columns(
            run_id=pl.format("run {}", "day"),
            source=pl.lit(SOURCE),
            recorded_at=pl.col("day").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=28, seconds=correction),
        )
        .sort("recorded_at", "layer", "table_name")
    )
    made = base.with_columns(
        state=pl.lit("committed"),
        rows_read="rows_kept",
        rows_quarantined=pl.lit(0),
        rows_replaced=pl.lit(0),
        rows_repeated=pl.lit(0),
        rows_contradicted=pl.lit(0),
        input_deliveries=pl.concat_list(pl.format("{}input", "batch_id")),
    )
    ledger.append(home, "batch", _whole(made, "batch"))
    judged = base.with_columns(
        verdict=pl.lit("PASS"),
        rules_failed=pl.lit([], pl.List(pl.String)),
        samples=pl.lit("[]"),
        reason=pl.lit("all rules passed"),
    )
    ledger.append(home, "verdict", _whole(judged, "verdict"))
    rules = pl.DataFrame(
        [
            (c.layer, c.name, r.code, r.title, r.severity, r.tolerance)
            for c in {(c.layer, c.name): c for c, *_ in own}.values()
            for r in c.rules
        ],
        schema=["layer", "table_name", "rule", "title", "severity", "tolerance"],
        orient="row",
    )
    results = base.join(rules, on=["layer", "table_name"]).with_columns(
        status=pl.lit("pass"),
        evaluated="rows_kept",
        unexpected=pl.lit(0),
        samples=pl.lit("[]"),
        observed=(pl.col("rows_kept") * 7).cast(pl.String),
    )
    ledger.append(home, "rule_result", _whole(results.sort("recorded_at"), "rule_result"))
    cores = base.filter(layer="core")
    held = cores.gather(
        [n for n, (layer, table) in enumerate(cores.select("layer", "table_name").iter_rows()) if table == "sdot_env"]
    )
    lines = pl.DataFrame({"line": range(HELD)}, schema={"line": pl.Int64})
    ledger.append(
        home,
        "quarantine",
        _whole(
            held.join(lines, how="cross").with_columns(
                scope=pl.lit("cell"),
                rules=pl.lit(["SDOT-corrected"]),
                column=pl.lit("pm25"),
                value=(pl.col("line") * 11).cast(pl.String),
                row=pl.lit(None, pl.String),
                sha256=pl.format("{}input", "batch_id"),
            ),
            "quarantine",
        ),
    )
    tries = cores.with_columns(
        feed="table_name",
        sha256=pl.format("{}input", "batch_id"),
        size_bytes=pl.lit(100_000),
        requests=pl.lit(1),
        delivery=pl.format("{} {} asked {}", "table_name", "day", pl.col("recorded_at").dt.strftime("%Y%m%dT%H%M%SZ")),
        asked_day="day",
        asked_at="recorded_at",
        day_min="day",
        day_max="day",
        rows_read="rows_kept",
        rows_undated=pl.lit(0),
        rows_blank=pl.lit(0),
    )
    for status in ("landed", "parsed"):
        ledger.append(home, "attempt", _whole(tries.with_columns(status=pl.lit(status)), "attempt"))


def _whole(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    wanted = TABLES[table].schema
    lacking = [pl.lit(None).alias(name) for name in wanted if name not in frame.columns]
    return frame.with_columns(lacking).select(pl.col(name).cast(dtype) for name, dtype in wanted.items())


if __name__ == "__main__":
    begun = time.monotonic()
    target, number = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1095
    make(target, number, load_city(Path(__file__).resolve().parents[1] / "cities" / "seoul"))
    print(f"{number} days in {time.monotonic() - begun:.1f} s, {datetime.now(UTC):%H:%M}")
