"""Deliveries of an S-DoT-like network with a known number of dirty rows. Nothing here knows how they are read.

    truth = generate(Path("drop"), sensors=50_000, day=date(2026, 7, 1))
    python -m benchmarks generate --sensors 50000 --day 2026-07-01 --drop drop

One gateway serves up to 5,000 sensors and delivers one gzip CSV an hour: `gateway/<day>/<HH>-g<NN>.csv.gz`. With a
reading every two minutes that is 150,000 rows a file and 36 million a day for 50,000 sensors. The same seed gives the
same rows. `Truth` is written beside the deliveries: truth.py reads it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.truth import Truth, truth_file

SENSORS_PER_GATEWAY = 5_000
FIRST_SENSOR = 1_940_001  # Seoul's numbers begin here
HEADER = (
    "SERIAL_NO", "SENSING_TIME", "REG_DTTM", "AVG_PM25", "AVG_PM10", "AVG_FPM", "AVG_PM", "AVG_TEMP", "AVG_HUMI",
    "AVG_WIND_DIRE", "AVG_WIND_SPEED", "AVG_INTE_ILLU", "AVG_ULTRA_RAYS", "AVG_NOISE", "AVG_VIBR_X", "AVG_VIBR_Y",
    "AVG_VIBR_Z", "MAX_VIBR_X", "MAX_VIBR_Y", "MAX_VIBR_Z",
)  # fmt: skip
MEASURES = HEADER[3:]
DIRTY_SHARE = 0.005
# In turn, so that all come equally often. The last two can not be read at all: a file of so few rows that one is above
# the tolerated 1 % has none.
KINDS = ("resent", "temperature", "noise", "illuminance", "serial", "pm_missing", "humidity", "short", "time")
LEAST_ROWS_FOR_UNREADABLE = 400


def serial(number: int) -> str:
    return f"V02Q{FIRST_SENSOR + number:07d}"


def generate(
    drop: Path,
    sensors: int,
    day: date,
    *,
    seed: int = 1,
    readings_per_hour: int = 30,
    only_hours: Collection[int] | None = None,
    workers: int | None = None,
) -> Truth:
    """Write the deliveries of one day and its truth."""
    folder = drop / "gateway" / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    hours = range(24) if only_hours is None else sorted(only_hours)
    gateways = [range(low, min(low + SENSORS_PER_GATEWAY, sensors)) for low in range(0, sensors, SENSORS_PER_GATEWAY)]
    jobs, dirty = [], 0.0
    for hour, (number, served) in product(hours, enumerate(gateways)):
        first, dirty = round(dirty), dirty + len(served) * readings_per_hour * DIRTY_SHARE
        jobs.append((hour, number, served, range(first, round(dirty))))
    pool = _Pool(seed)

    def write(job: tuple[int, int, range, range]) -> _File:
        hour, number, served, turns = job
        chance = np.random.default_rng((seed, day.toordinal(), hour, number))
        frame, made = _file(chance, pool, day, hour, served, turns, readings_per_hour)
        path = folder / f"{hour:02d}-g{number:02d}.csv.gz"
        part = path.with_suffix(".part")
        frame.lazy().sink_csv(part, compression="gzip", compression_level=1, quote_style="never", check_extension=False)
        os.replace(part, path)
        return replace(made, bytes=path.stat().st_size)

    found = Truth(sensors, day.isoformat())
    sums, counts = np.zeros((2, sensors)), np.zeros((2, sensors))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as threads:
        for (_, _, served, _), made in zip(jobs, threads.map(write, jobs), strict=True):
            found.files += 1
            found.rows += made.rows
            found.bytes += made.bytes
            for kind, count in made.kinds.items():
                setattr(found, kind, getattr(found, kind) + count)
            sums[:, served.start : served.stop] += made.sums
            counts[:, served.start : served.stop] += made.counts
    found.sensor_pm25, found.sensor_temp = (
        float(np.mean(s[n > 0] / n[n > 0])) for s, n in zip(sums, counts, strict=True)
    )
    truth_file(drop, day).parent.mkdir(exist_ok=True)
    truth_file(drop, day).write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    return found


# --- one file ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _File:
    kinds: dict[str, int]
    rows: int
    sums: np.ndarray  # of corrected PM2.5 and temperature by sensor, over the rows that should be kept
    counts: np.ndarray
    bytes: int = 0


@dataclass(frozen=True)
class _Measure:
    """One column: level + swing over the day (highest at `peak`) + what is the sensor's own + noise."""

    name: str
    decimals: int
    low: float
    high: float
    level: float
    swing: float
    peak: float
    own: float
    noise: float
    wrong: str | None = None  # the text of a dirty value
    above: str | None = None  # it is 0 to 11 above this column, so that PM10 and PM2.5 never cross

    def texts(self) -> list[str]:
        """Every value there can be, as text; the dirty one is the last."""
        low, high = (round(end * 10**self.decimals) for end in (self.low, self.high))
        good = [f"{n / 10**self.decimals:.{self.decimals}f}" for n in range(low, high + 1)]
        return good if self.wrong is None else [*good, self.wrong]


_MEASURES = (
    _Measure("AVG_PM25", 0, 1, 400, 24, 7, 8, 4, 2),
    _Measure("AVG_PM10", 0, 1, 411, 5, 0, 0, 2, 1, above="AVG_PM25"),
    _Measure("AVG_FPM", 0, 1, 300, 18, 5, 8, 3, 1.5, wrong=""),
    _Measure("AVG_PM", 0, 1, 311, 6, 0, 0, 2, 1, above="AVG_FPM"),
    _Measure("AVG_TEMP", 1, -30, 44, 25, 4.5, 15, 1.2, 0.3, wrong="95.0"),
    _Measure("AVG_HUMI", 0, 5, 99, 62, -14, 15, 4, 1.2, wrong="150"),
    _Measure("AVG_WIND_DIRE", 0, 1, 359, 200, 60, 14, 40, 25),
    _Measure("AVG_WIND_SPEED", 1, 0.1, 30, 1.9, 0.9, 15, 0.4, 0.5),
    _Measure("AVG_INTE_ILLU", 0, 0, 60_000, 0, 32_000, 12.5, 0, 900, wrong="N/A"),
    _Measure("AVG_ULTRA_RAYS", 1, 0, 12, 0, 5.5, 12.5, 0, 0.2),
    _Measure("AVG_NOISE", 0, 36, 84, 56, 6, 14, 4, 2, wrong="-999"),
)
_SPOILT = {
    "temperature": "AVG_TEMP",
    "noise": "AVG_NOISE",
    "illuminance": "AVG_INTE_ILLU",
    "pm_missing": "AVG_FPM",
    "humidity": "AVG_HUMI",
}
_VIBRATIONS = 4_096  # six columns that move together: one text of six fields, drawn from so many


class _Pool:
    """Chance and texts that all files share: to draw 17 numbers for each of 36 M rows takes as long as all else."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        self.normal = chance.standard_normal(1 << 21, dtype=np.float32)
        self.texts = {m.name: pl.Series(m.texts(), dtype=pl.String) for m in _MEASURES}
        mean = chance.integers(1, 9, (_VIBRATIONS, 3))
        most = mean + chance.integers(0, 12, (_VIBRATIONS, 3))
        six = [",".join(f"{n / 100:.2f}" for n in row) for row in np.hstack([mean, most]).tolist()]
        self.vibrations = pl.Series([*six, *(text.rpartition(",")[0] for text in six)])  # whole, and a field short

    def draw(self, chance: np.random.Generator, rows: int) -> np.ndarray:
        first = int(chance.integers(0, len(self.normal) - rows))
        return self.normal[first : first + rows]


def _file(
    chance: np.random.Generator, pool: _Pool, day: date, hour: int, served: range, turns: Sequence[int], readings: int
) -> tuple[pl.DataFrame, _File]:
    """The rows of one gateway and hour in the order in which they came."""
    step = 3600 // readings
    phase = np.arange(served.start, served.stop) * 37 % step  # every sensor has its own second
    order = np.argsort(phase, kind="stable")
    who = np.tile(order, readings)  # which of `served`
    second = (np.arange(readings)[:, None] * step + phase[order][None, :]).ravel()
    at = _dirty(chance, len(who), turns)
    # A packet that is sent again comes up to a thousand rows later. From here on rows are counted with the copies.
    later = np.minimum(at["resent"] + 1 + chance.integers(0, 1000, len(at["resent"])), len(who))
    sent = np.argsort(later, kind="stable")
    later, again = later[sent], at["resent"][sent]
    source = np.insert(np.arange(len(who)), later, again)
    copies = later + np.arange(len(later))
    at = {kind: rows + np.searchsorted(later, rows, side="right") for kind, rows in at.items()}
    who, second, total = who[source], second[source], len(source)
    late = 1 + np.abs(pool.draw(chance, total) * 3).astype(np.int64)
    late[copies] += 60

    values = _values(chance, pool, hour, served, who)
    columns = {
        "SERIAL_NO": (pl.Series([*map(serial, served), *(serial(n).replace("Q", "X") for n in served)]), who),
        "SENSING_TIME": (pl.Series([*_times(day, hour, "%Y-%m-%d_%H:%M:%S", 3600), "0000-00-00_00:00:00"]), second),
        "REG_DTTM": (pl.Series(_times(day, hour, "%Y-%m-%d %H:%M:%S", 3700)), second + late),
        **{name: (pool.texts[name], value) for name, value in values.items()},
        ",".join(HEADER[14:]): (pool.vibrations, chance.integers(0, _VIBRATIONS, total)),
    }
    sums, counts = _means(values, who, len(served), at)
    for kind, name in _SPOILT.items():
        columns[name][1][at[kind]] = len(columns[name][0]) - 1
    columns["SERIAL_NO"][1][at["serial"]] += len(served)
    columns["SENSING_TIME"][1][at["time"]] = 3600
    columns[",".join(HEADER[14:])][1][at["short"]] += _VIBRATIONS
    frame = pl.DataFrame([texts.gather(index.astype(np.uint32)).alias(n) for n, (texts, index) in columns.items()])
    return frame, _File({kind: len(rows) for kind, rows in at.items()}, total, sums, counts)


def _dirty(chance: np.random.Generator, rows: int, turns: Sequence[int]) -> dict[str, np.ndarray]:
    """Which rows get which fault, no row two of them."""
    possible = KINDS if rows >= LEAST_ROWS_FOR_UNREADABLE else KINDS[:-2]
    places = chance.choice(rows, min(len(turns), rows), replace=False)
    kinds = np.array([n % len(possible) for n in turns][: len(places)], dtype=int)
    return {kind: np.sort(places[kinds == n]) if n < len(possible) else places[:0] for n, kind in enumerate(KINDS)}


def _values(
    chance: np.random.Generator, pool: _Pool, hour: int, served: range, who: np.ndarray
) -> dict[str, np.ndarray]:
    """Row by row, which of a measure's texts it is: its value in steps above the lowest."""
    found: dict[str, np.ndarray] = {}
    for number, measure in enumerate(_MEASURES):
        course = np.cos((hour + 0.5 - measure.peak) / 24 * 2 * np.pi)
        if measure.level == 0:
            course = max(course, 0.0)  # there is no light at night
        own = pool.normal[(np.arange(served.start, served.stop) * 7_919 + number * 104_729) % len(pool.normal)]
        value = pool.draw(chance, len(who)) * np.float32(measure.noise)
        value += (own * np.float32(measure.own) + np.float32(measure.level + measure.swing * course))[who]
        low, high = (measure.low, measure.high) if measure.above is None else (0, 11)
        np.clip(value, low, high, out=value)
        value *= 10**measure.decimals
        steps = np.rint(value).astype(np.int32) - round(low * 10**measure.decimals)
        found[measure.name] = steps if measure.above is None else steps + found[measure.above]
    return found


def _means(
    values: dict[str, np.ndarray], who: np.ndarray, sensors: int, at: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts by sensor of corrected PM2.5 and temperature over what should be kept."""
    kept = np.ones(len(who), dtype=bool)
    for kind in (
        "temperature",
        "serial",
        "short",
        "time",
        "resent",
    ):  # of a packet that was sent twice the first one has to give way
        kept[at[kind]] = False
    with_pm = kept.copy()
    with_pm[at["pm_missing"]] = False
    scale = {m.name: (m.low, 10**m.decimals) for m in _MEASURES}
    sums, counts = np.zeros((2, sensors)), np.zeros((2, sensors), dtype=int)
    for row, (name, there) in enumerate((("AVG_FPM", with_pm), ("AVG_TEMP", kept))):
        lowest, steps = scale[name]
        sums[row] = np.bincount(who[there], values[name][there] / steps + lowest, sensors)
        counts[row] = np.bincount(who[there], minlength=sensors)
    return sums, counts


def _times(day: date, hour: int, form: str, seconds: int) -> list[str]:
    start = datetime.combine(day, time(hour))
    return [(start + timedelta(seconds=n)).strftime(form) for n in range(seconds)]
