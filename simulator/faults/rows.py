"""Faults in the rows of Seoul's other feeds: swapped and renamed columns, wrong units, lost and impossible values."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from simulator.fault import Fault
from simulator.messages import Question


def _none(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.clear()


def _as_it_is(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """The provider is odd, not wrong; the simulated city is as odd by itself."""
    return frame


def _first(share: float) -> pl.Expr:
    """True for the first rows, this share of them."""
    return pl.int_range(pl.len()) < (pl.len() * share).ceil()


# --- air ----------------------------------------------------------------------------------------------------

_GASES_AND_PARTICLES = ("NTDX", "OZON", "CBMX", "SPDX", "PM", "FPM")


def _swapped(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.rename({"PM": "FPM", "FPM": "PM"})


def _renamed(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.rename({"FPM": "FINE_PTCL"})


def _ppb(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(NTDX=pl.col("NTDX") * 1000)


def _few_stations(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.head(frame.height // 2)


def _with_mean(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """A row with the mean of the others stands among them, as spreadsheets have it at their end."""
    numbers = [pl.col(name).mean().round(3) for name in _GASES_AND_PARTICLES]
    mean = frame.tail(1).with_columns(
        MSRSTN_NM=pl.lit("평균"),
        **{name: pl.lit(value) for name, value in frame.select(numbers).row(0, named=True).items()},
    )
    return pl.concat([frame, mean.cast(frame.schema)])


def _maintained(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Zeros in all columns, as the portal writes them while a station is maintained."""
    return frame.with_columns(
        pl.when(_first(0.15)).then(pl.lit(0.0)).otherwise(name).alias(name) for name in _GASES_AND_PARTICLES
    )


def _maintained_now(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    numbers = [
        pl.when(_first(0.4)).then(pl.lit(0.0)).otherwise(name).alias(name)
        for name in ("PM10", "PM25", "O3", "NO2", "CO", "SO2")
    ]
    return frame.with_columns(
        *numbers,
        IDEX_NM=pl.when(_first(0.4)).then(pl.lit("점검중")).otherwise("IDEX_NM"),
        IDEX_MVL=pl.when(_first(0.4)).then(pl.lit(-99.0)).otherwise("IDEX_MVL"),
    )


def _a_day_ahead(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    ahead = _day(frame, "MSRMT_YMD") + timedelta(days=1)
    return frame.with_columns(MSRMT_YMD=pl.lit(f"{ahead:%Y%m%d}"))


def _corrected_later(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    """On the evening of the day it is as ever; from the next day on everything is 5 higher."""
    later = question.now.date() > _day(frame, "MSRMT_YMD")
    return frame.with_columns(pl.col("PM", "FPM") + 5) if later else frame


def _day(frame: pl.DataFrame, column: str) -> date:
    return datetime.strptime(str(frame[column][0]), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone


# --- people and their journeys ------------------------------------------------------------------------------


def _masked(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """`*` in a tenth of the cells: a figure below four people must not be published."""
    values = [name for name in frame.columns if name.endswith("_LVPOP_CO")]
    return frame.with_columns(
        pl.when((pl.int_range(pl.len()) + number) % 10 == 0).then(pl.lit("*")).otherwise(name).alias(name)
        for number, name in enumerate(values)
    )


def _split_dong(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """One neighbourhood becomes two under new codes of its district; its people are parted between them."""
    old = str(frame["ADSTRD_CODE_SE"].min())
    values = [name for name in frame.columns if name.endswith("_LVPOP_CO")]
    parts = [name for name in values if not name.startswith("TOT")]
    was = pl.col("ADSTRD_CODE_SE") == old
    whole = {name: (pl.col(name).cast(pl.Float64) * 10_000).round(0).cast(pl.Int64) for name in parts}
    halves = []
    for code, share in ((f"{old[:5]}981", lambda n: n // 2), (f"{old[:5]}982", lambda n: n - n // 2)):
        half = frame.filter(was).with_columns(**{name: share(whole[name]) for name in parts})
        half = half.with_columns(ADSTRD_CODE_SE=pl.lit(code), TOT_LVPOP_CO=pl.sum_horizontal(parts))
        halves.append(half.with_columns((pl.col(name) / 10_000).round(4).cast(pl.String) for name in values))
    return pl.concat([frame.remove(was), *halves])


def _extra_field(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(NOTE=pl.lit("1"))


def _counts_as_text(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(pl.col("GTON_TNOPE", "GTOFF_TNOPE").cast(pl.String))  # 52929.0


def _negative(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(GTON_TNOPE=pl.when(_first(0.05)).then(-pl.col("GTON_TNOPE")).otherwise("GTON_TNOPE"))


def _one_line_only(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.filter(pl.col("SBWY_ROUT_LN_NM") == frame["SBWY_ROUT_LN_NM"][0])


def _busiest_gone(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Those that carry the most: what is left looks like a quiet day."""
    return frame.sort("GTON_TNOPE", descending=True).tail(round(frame.height * 0.69))


def _buddhist_years(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Some rows once more with a year of the Buddhist era: 2569 for 2026."""
    day = pl.col("USE_YMD").cast(pl.String)
    year = (day.str.slice(0, 4).cast(pl.Int64) + 543).cast(pl.String)
    strays = frame.head(3).with_columns((year + day.str.slice(4)).cast(frame.schema["USE_YMD"]).alias("USE_YMD"))
    return pl.concat([frame, strays])


def _no_bicycles(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(parkingBikeTotCnt=pl.lit("0"), shared=pl.lit("0"))


def _no_rentals(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(USE_CNT=pl.lit("0"))


# --- weather, water, trade, registers -----------------------------------------------------------------------


def _fahrenheit(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col(name).cast(pl.Float64) * 1.8 + 32).round(1).cast(pl.String) for name in ("avgTa", "minTa", "maxTa")
    )


def _rain_lost(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(sumRn=pl.lit(""))


def _doubled(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    supplied = pl.col("ROF_SE_NM") == "공급량"
    return frame.with_columns(MSRMT_VL=pl.when(supplied).then(pl.col("MSRMT_VL") * 2).otherwise("MSRMT_VL"))


def _week_does_not_add_up(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(MDWK_SELNG_AMT=pl.col("MDWK_SELNG_AMT") * 2)


def _lat_for_lon(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.rename({"위도": "경도", "경도": "위도"})


def _two_exchanged(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """The northernmost and the southernmost sensor stand where the other one does."""
    north, serial = frame["위도"], frame["시리얼"]
    one, other = serial[north.arg_max() or 0], serial[north.arg_min() or 0]
    return frame.with_columns(pl.col("시리얼").replace({one: other, other: one}))


def _one_less(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.head(frame.height - 1)


FAULTS: tuple[Fault, ...] = (
    Fault("air-renamed-swap", "With new column names, PM10 arrives as PM2.5 and PM2.5 as PM10",
          "air_daily", "AIR-pm10-not-below-pm25", "absent", 12, _swapped),
    Fault("schema-drift", "A column has a new name that nobody has announced",
          "air_daily", "FILE-COLUMNS", "absent", None, _renamed),
    Fault("air-empty-day", "The service answers INFO-200: it has no data for the day",
          "air_daily", "empty", "absent", 10, _none),
    Fault("air-unit-ppb", "Nitrogen dioxide comes in ppb where ppm is promised",
          "air_daily", "AIR-no2-range", "absent", None, _ppb),
    Fault("air-stations-gone", "Half of the air stations are not in the reply",
          "air_daily", "AIR-stations", "absent", None, _few_stations),
    Fault("air-mean-row", "A row with the mean of all stations stands among them, as one more station",
          "air_daily", "AIR-registered", "marked", None, _with_mean),
    Fault("air-maintenance-zeros", "Stations that are being maintained report a daily mean of 0 for everything",
          "air_daily", "AIR-pm10-above-0", "marked", 8, _maintained),
    Fault("airnow-maintenance-zeros", "Many stations are being maintained: index -99, all values 0",
          "air_status", "AST-stations", "marked", 8, _maintained_now),
    Fault("airkorea-24h", "The last hour of the day is written 24:00",
          "air_hourly", None, "unharmed", 17, _as_it_is, nights=2),
    Fault("clock-skew", "The provider's clock is a day ahead: its rows bear tomorrow's date",
          "air_daily", "SERVICE-OTHER-DAY", "absent", None, _a_day_ahead),
    Fault("late-corrections", "The day before is delivered again and is 5 ug/m3 higher",
          "air_daily", None, "corrected", None, _corrected_later),
    Fault("population-ends", "The series has ended: no data for any day",
          "living_population", "empty", "absent", 15, _none),
    Fault("population-masked", "A tenth of all cells is masked with *",
          "living_population", "POP-required-people", "absent", 15, _masked),
    Fault("boundary-change", "A neighbourhood was split: its code is gone, two new ones are there",
          "living_population", None, "unharmed", 20, _split_dong),
    Fault("subway-extra-field", "The rows have a field more than before",
          "subway_daily", None, "unharmed", 5, _extra_field),
    Fault("subway-float-counts", "Counts of passengers are written as 52929.0",
          "subway_daily", None, "unharmed", 6, _counts_as_text),
    Fault("subway-buddhist-years", "Some rows bear a year of the Buddhist era",
          "subway_daily", "SUB-outside", "marked", None, _buddhist_years),
    Fault("subway-negative", "A twentieth of the stations has a negative number of passengers",
          "subway_daily", "SUB-boardings-range", "absent", None, _negative),
    Fault("subway-one-line", "Only one line is in the reply",
          "subway_daily", "SUB-lines", "absent", None, _one_line_only),
    Fault("subway-busiest-gone", "The busiest third of the stations is not in the reply",
          "subway_daily", "SUB-rows-as-usual", "absent", None, _busiest_gone),
    Fault("bikelist-total", "The total of a page is the number of its own rows, and there are several pages",
          "bike_stations", None, "unharmed", 9, _as_it_is, service={"page_size": 50}),
    Fault("bikes-all-empty", "All bicycle stations are empty at the same time",
          "bike_stations", "BST-some-not-empty", "absent", None, _no_bicycles),
    Fault("bike-no-rentals", "Not one bicycle was rented on the whole day",
          "bike_daily", "BIKE-rentals-range", "absent", None, _no_rentals),
    Fault("weather-fahrenheit", "Temperatures come in degrees Fahrenheit",
          "weather_daily", "WEA-temperature-range", "absent", None, _fahrenheit),
    Fault("weather-rain-lost", "The rain of a wet day is left empty, as that of a dry day always is",
          "weather_daily", "WEA-rain-where-humid", "absent", None, _rain_lost),
    Fault("water-doubled", "Water supplied is twice what it was, more than was taken in",
          "water_supply", "WAT-supplied-by-intake", "absent", None, _doubled),
    Fault("trade-impossible", "Sales of the weekdays are twice what they were, the sum is not",
          "trade_sales", "SAL-week-adds-up", "marked", None, _week_does_not_add_up),
    Fault("register-swapped", "Latitude and longitude of the sensor register are swapped",
          "sdot_ref", "SREF-lat-range", "kept", None, _lat_for_lon),
    Fault("register-two-exchanged", "Two sensors of the register stand where the other one does",
          "sdot_ref", "SREF-places-as-usual", "followed", None, _two_exchanged),
    Fault("outline-missing", "One of the 25 districts is missing in the outlines",
          "boundaries", "GEO-districts", "kept", None, _one_less),
)  # fmt: skip
