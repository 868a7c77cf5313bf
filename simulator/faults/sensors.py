"""Faults in the rows of Seoul's street sensors: broken units, sentinels, dead channels, late registrations."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import polars as pl

from simulator.fault import Fault
from simulator.messages import Question

FEED = "sdot_env"
TODAY = {"again_days": 0}  # without the day before, which is asked again for what was corrected
PARTS = ("MAX", "AVG", "MIN")
LATE = timedelta(days=2)  # after the day, at noon: registered before the night that asks for it again


def _sensors(frame: pl.DataFrame, question: Question, share: float) -> pl.Expr:
    """True for the rows of this share of the sensors, the same ones on every day."""
    sensors = frame["SN"].unique().sort()
    chance = question.world.random("faults/sensors")
    chosen = chance.choice(sensors.len(), round(share * sensors.len()), replace=False)
    return pl.col("SN").is_in(sensors.gather(chosen).implode())


def _rows(share: float, offset: int = 0) -> pl.Expr:
    """True for about this share of the rows, spread evenly; other offsets are other rows."""
    return (pl.int_range(pl.len()) + offset) % round(1 / share) == 0


def _unit_break(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    broken = _sensors(frame, question, 0.986)  # 843 of 855 sensors
    return frame.with_columns(
        pl.when(broken & (pl.col(name) != ""))
        .then((pl.col(name).cast(pl.Float64, strict=False) * 10).round(1).cast(pl.String))
        .otherwise(name)
        .alias(name)
        for name in (f"{part}_TP" for part in PARTS)
    )


def _sentinels(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """-999 in all channels of some rows, and what the correction of the particles made of it in others."""
    odd = ("-331", "-330", "-4", "-119")
    gone = ("AVG_TP", "AVG_HUM", "AVG_NIS", "AVG_PM", "AVG_FPM")
    frame = frame.with_columns(pl.when(_rows(0.02)).then(pl.lit("-999")).otherwise(name).alias(name) for name in gone)
    for number, text in enumerate(odd):
        frame = frame.with_columns(
            pl.when(_rows(0.02, 7 + number)).then(pl.lit(text)).otherwise("AVG_FPM").alias("AVG_FPM")
        )
    return frame


def _dead_wind(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    names = [f"{part}_{channel}" for part in PARTS for channel in ("WD", "WSPD")]
    return frame.with_columns(pl.when(~_rows(0.01)).then(pl.lit("0")).otherwise(name).alias(name) for name in names)


def _globe_gone(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    gone = _sensors(frame, question, 0.96)  # of 852 sensors 34 were left
    names = [f"{part}_GT" for part in PARTS]
    return frame.with_columns(pl.when(gone).then(pl.lit("0")).otherwise(name).alias(name) for name in names)


def _noise_gone(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    gone = _sensors(frame, question, 0.7)
    names = [f"{part}_NIS" for part in PARTS]
    return frame.with_columns(pl.when(gone).then(pl.lit("")).otherwise(name).alias(name) for name in names)


def _no_minus(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """A sensor whose temperature has no sign says nothing where it is cold; the mean is that of the warm places."""
    temperature = pl.col("AVG_TP").cast(pl.Float64, strict=False)
    cold = temperature < temperature.quantile(0.3)
    return frame.with_columns(AVG_TP=pl.when(cold).then(pl.lit("")).otherwise("AVG_TP"))


def _half_silent(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    return frame.remove(_sensors(frame, question, 0.5))


def _twice(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return pl.concat([frame, frame])


def _uncorrected(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(DATA_NO=pl.lit("1"))


def _strange_ids(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    strange = _sensors(frame, question, 0.1)
    return frame.with_columns(SN=pl.when(strange).then(pl.lit("TEST-") + pl.col("SN")).otherwise("SN"))


def _broken_times(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """A fifth of the rows have a time that no clock shows."""
    return frame.with_columns(
        MSRMT_HR=pl.when(_rows(0.2)).then(pl.col("MSRMT_HR").str.head(11) + "27:61:00").otherwise("MSRMT_HR")
    )


def _late_registration(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Every tenth count is registered again two days later, 100 people higher."""
    day = datetime.strptime(str(frame["SENSING_TIME"].min())[:10], "%Y-%m-%d")  # noqa: DTZ007 - local time
    registered = datetime.combine(day + LATE, time(12))
    if question.now < registered:
        return frame
    corrected = frame.gather_every(10).with_columns(
        VISITOR_COUNT=(pl.col("VISITOR_COUNT").cast(pl.Int64) + 100).cast(pl.String),
        REG_DTTM=pl.lit(f"{registered:%Y-%m-%d %H:%M:%S}"),
    )
    # the service lists them first: what counts is the registration, not the place in the reply
    return pl.concat([corrected, frame])


FAULTS: tuple[Fault, ...] = (
    Fault("sdot-unit-break", "98.6 % of the street sensors send their temperature in tenths of a degree",
          FEED, "SDOT-temperature-range", "absent", 1, _unit_break),
    Fault("sdot-sentinels", "-999 and odd negative values (-331, -330, -119, -4) stand among the readings",
          FEED, "SDOT-pm25-range", "marked", 2, _sentinels, service=TODAY),
    Fault("sdot-dead-wind", "99 % of the wind readings are 0: the channel is dead",
          FEED, None, "unharmed", 3, _dead_wind, service=TODAY),
    Fault("sdot-globe-gone", "The globe temperature is gone at 96 % of the sensors from one day to the next",
          FEED, "SDOT-nulls-as-usual", "marked", 4, _globe_gone, service=TODAY),
    Fault("sdot-noise-gone", "70 % of the sensors deliver no noise",
          FEED, "SDOT-noise-there", "marked", 4, _noise_gone, service=TODAY),
    Fault("sdot-no-minus", "Temperatures are missing where it is coldest: the sensors cannot write a minus sign",
          FEED, "SDOT-nulls-as-usual", "marked", None, _no_minus, service=TODAY),
    Fault("sdot-half-silent", "Half of the sensors report nothing",
          FEED, "SDOT-rows-as-usual", "absent", None, _half_silent, service=TODAY),
    Fault("sdot-duplicates", "Every row is delivered twice",
          FEED, "SERVICE-PAGE-TWICE", "absent", None, _twice, service=TODAY),
    Fault("sdot-uncorrected", "The day is delivered as real-time readings, not yet corrected",
          FEED, "SDOT-corrected", "absent", None, _uncorrected, service=TODAY),
    Fault("sdot-strange-ids", "A tenth of the sensors send a serial number of another form",
          FEED, "SDOT-place-form", "absent", None, _strange_ids, service=TODAY),
    Fault("sdot-broken-times", "A fifth of the rows have a time that does not exist (27:61)",
          FEED, "SDOT-001", "absent", None, _broken_times, service=TODAY),
    Fault("visitors-late-registration", "Counts are registered again two days later and replace the earlier ones",
          "visitors", None, "corrected", 16, _late_registration, nights=2),
)  # fmt: skip
