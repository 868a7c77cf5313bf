"""The way of a mart or metric table: what it is made from, when it has to be made again, and through the gate.

What is computed is in marts/ and metrics/; here is only the plumbing that is the same for all of them.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from assets import formulas, marts, metrics
from assets.context import RunContext
from assets.ingest.ingest import Report
from assets.mart import Frames, Mart
from assets.metrics import measures, values
from assets.pack.city import PLATFORM, City
from quality.contract.model import DAY, Contract
from quality.contract.odcs import load
from quality.gate import Gate
from quality.inputs import Inputs
from quality.staging import Block, IncomingRows
from warehouse import lake
from warehouse.home import Home


@dataclass(frozen=True)
class Table:
    """A derived table. `needs` must have the day; `uses` are references, taken as far as they are there."""

    name: str
    layer: str
    needs: tuple[tuple[str, str], ...]  # (layer, table)
    uses: tuple[str, ...]  # reference feeds
    compute: Callable[[Frames, City, str, Mapping[date, list[str]]], pl.DataFrame]
    title: str
    period_of: str | None = None  # a table of months and years: the daily metric table it is made from

    @property
    def contract(self) -> Contract:
        return _contract(self.layer, self.name)


@cache
def _contract(layer: str, name: str) -> Contract:
    if layer == "mart":
        return load(PLATFORM / "marts" / f"{name}.odcs.yaml")
    return METRIC.model_copy(update={"name": name})


METRIC = load(PLATFORM / "metrics" / "metric_value.odcs.yaml")  # the one contract of all metric tables


def _mart(name: str, mart: Mart) -> Table:
    return Table(
        name,
        "mart",
        tuple(("core", feed) for feed in mart.needs),
        mart.uses,
        lambda f, c, _s, _b: mart.compute(f, c),
        _contract("mart", name).title,
    )


MARTS = tuple(
    _mart(module.name, importlib.import_module(f"{marts.__name__}.{module.name}").TABLE)
    for module in pkgutil.iter_modules(marts.__path__)
)


def _field(
    name: str, needs: tuple[tuple[str, str], ...], measure: Callable[[dict[str, pl.DataFrame], City], pl.DataFrame]
) -> Table:
    def compute(frames: Frames, city: City, source: str, batches: Mapping[date, list[str]]) -> pl.DataFrame:
        return values.to_values(measure({n: f.collect() for n, f in frames.items()}, city), city, source, batches)

    return Table(name, "metric", needs, (), compute, (measure.__doc__ or name).strip())


FIELDS = (
    _field("air", (("mart", "air_area_day"),), measures.air),
    _field("environment", (("mart", "environment_area_day"),), measures.environment),
    _field("weather", (("core", "weather_daily"),), measures.weather),
    _field("transit", (("mart", "transit_line_day"),), measures.transit),
    _field("bike", (("core", "bike_daily"),), measures.bike),
    _field("bike_stations", (("core", "bike_stations"),), measures.bike_stations),
    _field("water", (("core", "water_supply"),), measures.water),
    _field("population", (("mart", "population_area_hour"),), measures.population),
    _field("exposure", (("mart", "air_area_day"), ("mart", "population_area_hour")), measures.exposure),
    _field("attention", (("core", "search_trend"),), measures.attention),
)


def periods(city: City) -> tuple[Table, ...]:
    """One table of months and years for each field that has such metrics in this city."""
    fields = sorted({d.field for d in city.definitions.values() if d.rollup})
    return tuple(
        Table(
            f"{name}_period",
            "metric",
            (("metric", name),),
            (),
            _rollups(name),
            f"Months and years of {name}.",
            name,
        )
        for name in fields
    )


def _rollups(name: str) -> Callable[[Frames, City, str, Mapping[date, list[str]]], pl.DataFrame]:
    def compute(frames: Frames, city: City, source: str, batches: Mapping[date, list[str]]) -> pl.DataFrame:
        wanted = [d for d in city.definitions.values() if d.rollup and d.field == name]
        daily = frames[name].collect()
        found = pl.concat([values.rollup(daily, d) for d in wanted])
        return values.to_values(found.filter(pl.col(DAY).is_in(list(batches))), city, source, batches)

    return compute


def tables(city: City) -> tuple[Table, ...]:
    """The derived tables this city can have: those whose feeds it declares, in the order of their making."""
    made = {("core", name) for name in city.contracts}
    chosen = []
    for table in (*MARTS, *(f for f in FIELDS if _chosen(city, f.name)), *periods(city)):
        if set(table.needs) <= made:
            chosen.append(table)
            made.add((table.layer, table.name))
    return tuple(chosen)


def _chosen(city: City, name: str) -> bool:
    return any(d.field == name and not d.rollup for d in city.definitions.values())


def feeds_of(city: City, table: Table) -> set[str]:
    """The feeds a table is made from in the end."""
    found: set[str] = set(table.uses)
    made = {(t.layer, t.name): t for t in tables(city)}
    for need in table.needs:
        found |= {need[1]} if need[0] == "core" else feeds_of(city, made[need])
    return found


def pending(run: RunContext, city: City, table: Table, days: Sequence[date]) -> list[date]:
    """Of `days`, those whose inputs are there and have not been turned into this table yet."""
    door, stamped = _stamped(run, city, table, days)
    settled = door.settled(stamped)
    starts = {day for day in stamped if day not in settled}
    if table.period_of is None:
        return sorted(starts)
    return [day for day in days if starts & set(_starts(city, table, day))]


def derive(run: RunContext, city: City, table: Table, days: Sequence[date]) -> Report:
    """Make `table` for the days whose inputs are there, as far as they changed, and pass it through the gate.

    A day without its inputs is not an error here: the feed's own verdict says why, and publication turns
    it into an absent value with that reason.
    """
    door, stamped = _stamped(run, city, table, days)
    report = Report(missing=[day for day in days if day not in stamped] if table.period_of is None else [])
    settled = door.settled(stamped)
    report.outcomes = list(settled.values())
    todo = [day for day in stamped if day not in settled]
    if todo:
        frames = _frames(run.home, city, table, todo)
        batches = {day: list(stamped[day].batches) for day in todo}
        rows = table.compute(frames, city, run.source, batches)
        typed = rows.select(pl.col(c.name).cast(c.dtype) for c in table.contract.columns)
        rows = typed.sort(table.contract.key).with_columns(
            _sha256=pl.lit(None, pl.String), _line=pl.lit(None, pl.Int64)
        )
        report.outcomes += door.admit(IncomingRows([Block(rows)]), {day: stamped[day] for day in todo})
    report.outcomes.sort(key=lambda o: o.day)
    return report


def _stamped(run: RunContext, city: City, table: Table, days: Sequence[date]) -> tuple[Gate, dict[date, Inputs]]:
    """The inputs of each day: batches, and the versions of code and pack that turn them into rows."""
    if table.period_of is not None:
        days = _period_starts(city, table, days)
    door = run.gate(table.contract)
    code, pack = code_version(), pack_version(city)
    batches = _inputs(run.home, city, table, days)
    return door, {d: Inputs(batches=ids, code_version=code, pack_version=pack) for d, ids in batches.items()}


def _inputs(home: Home, city: City, table: Table, days: Sequence[date]) -> dict[date, list[str]]:
    live = [lake.live_batches(home.table(city.name, layer, name)) for layer, name in table.needs]
    if table.period_of is not None:
        return {
            start: batches
            for start in days
            if (batches := [b for day, b in sorted(live[0].items()) if start in _starts(city, table, day)])
        }
    shared = [b for name in table.uses for b in lake.live_batches(home.table(city.name, "core", name)).values()]
    return {day: [*(n[day] for n in live), *shared] for day in days if all(day in n for n in live)}


def _frames(home: Home, city: City, table: Table, days: Sequence[date]) -> Frames:
    frames = {}
    for layer, name in table.needs:
        contract = city.contracts[name] if layer == "core" else _contract(layer, name)
        wanted: list[date] | None = list(days)
        if table.period_of is not None:
            live = lake.live_batches(home.table(city.name, layer, name))
            wanted = [day for day in live if set(_starts(city, table, day)) & set(days)]
        frames[name] = lake.read(home.table(city.name, layer, name), contract.schema, wanted)
    for name in table.uses:
        schema = city.contracts[name].schema
        frames[name] = lake.read(home.table(city.name, "core", name), schema)
    return frames


def _starts(city: City, table: Table, day: date) -> list[date]:
    kinds = {d.period for d in city.definitions.values() if d.rollup and d.field == table.period_of}
    return [values.period_start(day, kind) for kind in sorted(kinds)]


def _period_starts(city: City, table: Table, days: Sequence[date]) -> list[date]:
    return sorted({start for day in days for start in _starts(city, table, day)})


@cache
def code_version() -> str:
    """Changes when the code of marts or metrics changes: the same input is then computed anew."""
    digest = hashlib.sha256()
    for package in (formulas, marts, metrics):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def pack_version(city: City) -> str:
    """Changes when the city's facts change: areas, stations, parameters, targets."""
    digest = hashlib.sha256()
    for path in sorted([*city.folder.glob("*.csv"), city.folder / "metrics.yaml", city.folder / "city.yaml"]):
        digest.update(path.read_bytes())
    digest.update((PLATFORM / "metrics" / "definitions.yaml").read_bytes())
    return digest.hexdigest()[:12]
