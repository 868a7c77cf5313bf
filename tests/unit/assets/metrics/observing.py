"""Small observed rows, typed in, for tests of the evaluator."""

from datetime import date, datetime, time, timedelta

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.observed import Observed, Usual
from quality.contract.interval import Interval

DAY = date(2020, 7, 1)
AREAS = pl.DataFrame(
    {
        "code": ["c", "d1", "d2", "n1"],
        "level": ["city", "district", "district", "neighbourhood"],
        "parent": ["", "c", "c", "d1"],
        "area_km2": [10.0, 4.0, 6.0, 1.0],
    }
)
PEOPLE = {"c": 400, "d1": 100, "d2": 300}


def midnight(day=DAY):
    """When a day begins."""
    return datetime.combine(day, time())


def residents(days):
    """100 in d1, 300 in d2, on every day."""
    of = pl.DataFrame({"area": list(PEOPLE), "residents": list(PEOPLE.values())})
    return days.unique().to_frame("day").join(of, how="cross").select("area", "day", "residents")


def setting(**said):
    """A city of two districts."""
    return CitySetting(**{"areas": AREAS, "timezone": "Asia/Seoul", "residents": residents, **said})


def entry(**said):
    """PM2.5 by station."""
    default = {
        "observes": "air_quality",
        "value": "pm25",
        "over_time": [{"to": "day", "as": "mean"}],
        "over_space": {"as": "mean", "counts": "stations"},
        "unit": "ug/m3",
        "possible": [0, 5000],
        "title": {"en": "t"},
        "formula": "f",
        "levels": ["city", "district"],
    }
    if "derived" in said:
        for name in ("observes", "value", "over_time", "over_space"):
            del default[name]
    return Entry.model_validate(default | said)


def observed(rows, interval="hour_beginning", places=None, usual=None, feed="f", network="reference", kind=None):
    """Rows with place and time; `places`: area by place of a register, on every day of the rows."""
    frame = pl.DataFrame(rows, infer_schema_length=None) if not isinstance(rows, pl.DataFrame) else rows
    frame = frame.with_columns(pl.col("time").cast(pl.Datetime("us")))
    if "day" not in frame.columns:
        frame = frame.with_columns(day=pl.col("time").dt.date())
    area = pl.lit(None, pl.String)
    listed, expected = pl.lit(None, pl.Boolean), None
    if places is not None:
        area = pl.col("place").replace_strict(places, default=None, return_dtype=pl.String)
        listed = pl.col("place").is_in(list(places))
        register = pl.DataFrame({"_area": list(places.values())}, schema={"_area": pl.String})
        counted = (
            register.group_by("_area").agg(places=pl.len().cast(pl.Int64)).with_columns(kind=pl.lit(kind, pl.String))
        )
        expected = frame.select("day").unique().join(counted, how="cross")
    with_places = frame.with_columns(
        _area=area, _registered=listed, network=pl.lit(network), kind=pl.lit(kind, pl.String)
    )
    return Observed(feed, network, Interval.parse(interval), ("network", "place"), with_places.lazy(), expected, usual)


def hours(place, values, day=DAY, column="pm25"):
    """One row an hour from midnight; None: a row without a value."""
    return [
        {"place": place, "time": midnight(day) + timedelta(hours=hour), column: value}
        for hour, value in enumerate(values)
    ]


def usual_of(rows, compared):
    """The days before, as observed rows."""
    return Usual(
        observed(rows, "day").rows, pl.DataFrame(compared, schema={"day": pl.Date, "before": pl.Date}, orient="row")
    )


def measured(entries, rows, wanted=None, days=(DAY,), **said):
    """The rows of MEASURED; `rows`: one source for all metrics, or sources by metric."""
    by_metric = rows if isinstance(rows, dict) else {name: [rows] for name in entries}
    return evaluate_metrics(wanted or list(entries), entries, by_metric, list(days), setting(**said))


def only(frame, metric="m", area="c", day=DAY):
    """The one row of a metric, an area and a day."""
    return frame.filter(metric=metric, area=area, day=day).row(0, named=True)
