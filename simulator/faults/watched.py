"""Faults of street sensors that no single reading gives away: places that are stuck, jump, or go on with yesterday, and
a network that drifts or is not corrected. What watches places over nights has to say them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from simulator.fault import ChangeRows, Fault, Watched
from simulator.messages import Question
from simulator.seoul.sensors import daily_sensor_rows
from simulator.world.registers import sensor_register

FEED = "sdot_env"
TODAY = {"again_days": 0}  # without the day before, which is asked again for what was corrected
FEW = 6  # sensors that are broken
STUCK_AT = "37"
SPIKE = 400  # ug/m3: smoke of a grill reaches it
SPIKES_AT = (4, 16)  # hours
PARTICLES, COUNTED = ("AVG_FPM", "AVG_PM"), ("AVG_PM25", "AVG_PM10")  # corrected, and as the counter sees them
TIME = "%Y-%m-%d_%H:%M:%S"


def broken_sensors(question: Question) -> list[str]:
    """The serial numbers of those that are broken: the first ones of the register."""
    return sensor_register(question.world)["sensor_id"].sort().head(FEW).to_list()


def _broken(question: Question) -> pl.Expr:
    return pl.col("SN").is_in(broken_sensors(question))


def _stuck(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    stuck = pl.when(_broken(question)).then(pl.lit(STUCK_AT))
    return frame.with_columns(stuck.otherwise(name).alias(name) for name in PARTICLES)


def _spikes(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    hour = pl.col("MSRMT_HR").str.to_datetime(TIME).dt.hour()
    jumps = pl.when(_broken(question) & hour.is_in(SPIKES_AT))
    high = (pl.col(name).cast(pl.Int64, strict=False) + SPIKE for name in PARTICLES)
    return frame.with_columns(
        jumps.then(value.cast(pl.String).fill_null("")).otherwise(name).alias(name)
        for name, value in zip(PARTICLES, high, strict=True)
    )


def _drift(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col(name).cast(pl.Float64, strict=False) * 1.1).round(0).cast(pl.Int64).cast(pl.String).fill_null("")
        for name in PARTICLES
    )


def _uncorrected(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """What the counter sees, under the name of what is corrected: droplets count as dust (simulator/world/sensors)."""
    return frame.with_columns(pl.col(raw).alias(name) for name, raw in zip(PARTICLES, COUNTED, strict=True))


def _yesterday(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    """The gateway of one district sends the rows of the day before once more, with the times of today."""
    today = datetime.strptime(str(frame["MSRMT_HR"].min()), TIME).date()  # noqa: DTZ007 - local time
    behind = sensors_of_one_district(question)
    before = daily_sensor_rows(question, (f"{today - timedelta(days=1)}",))
    again = before.filter(pl.col("SN").is_in(behind)).with_columns(
        pl.col(name).str.to_datetime(form).dt.offset_by("1d").dt.strftime(form)
        for name, form in (("MSRMT_HR", TIME), ("REG_DT", "%Y-%m-%d %H:%M:%S"))
    )
    return pl.concat([frame.remove(pl.col("SN").is_in(behind)), again.select(frame.columns)])


def sensors_of_one_district(question: Question) -> list[str]:
    """The serial numbers behind one gateway: those of the first district."""
    register = sensor_register(question.world)
    return register.filter(pl.col("area") == register["area"].min())["sensor_id"].to_list()


def _shown(name: str, title: str, change: ChangeRows, by: str, nights: int) -> Fault:
    watched = Watched(by, "pm25", nights)
    return Fault(name, title, FEED, None, "watched", change_rows=change, watched=watched, service=TODAY)


FAULTS: tuple[Fault, ...] = (
    _shown("sdot-stuck", "Six sensors send one and the same reading, hour after hour", _stuck, "flat_line", 2),
    _shown("sdot-spikes", "Six sensors jump by 400 ug/m3 twice a day, for an hour each", _spikes, "spike", 2),
    _shown("sdot-gateway-again", "One district's gateway sends the day before as today's", _yesterday, "flat_line", 1),
    _shown("sdot-correction-off", "Particles are not corrected, and called corrected", _uncorrected, "correction", 1),
    _shown("sdot-drift", "All particle readings are a tenth too high: the calibration drifts", _drift, "network", 19),
)
