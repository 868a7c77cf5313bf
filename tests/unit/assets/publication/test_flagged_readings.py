"""Readings with the flag of their place on the day, and the names of flags and rules."""

from datetime import date, datetime, time, timedelta

import duckdb
import polars as pl

from assets.publication.flagged_readings import QC_FLAG, QC_RULE, READING, qc_flag_rows, qc_rule_rows, reading_views
from assets.watch.flags import QcFlag, QcRule
from tests.worlds.measuring_town import feed, town

DAY = date(2024, 3, 1)
SENSORS = feed("sensors", "air_quality", ["place", "time", "pm25"], network="low_cost")
GASES = feed("gases", "air_quality", ["place", "time", "pm10"])


def rows_of(cities, readings, health):
    """The view over typed-in tables: readings are feed, network, place, pm25, pm10; health network, place, quantity,
    qc, qc_rules."""
    (view,) = reading_views(cities)
    begins = datetime.combine(DAY, time())
    of_model = [("town", *one[:3], DAY, begins, begins - timedelta(hours=9), *one[3:]) for one in readings]
    names = ["city", "feed", "network", "place", "day", "time", "time_utc", "pm25", "pm10"]
    schema = dict.fromkeys(names, pl.String) | {"day": pl.Date, "time": pl.Datetime, "time_utc": pl.Datetime}
    tables = {
        "model.air_quality": pl.DataFrame(of_model, schema | dict.fromkeys(("pm25", "pm10"), pl.Float64), orient="row"),
        "mart.place_health": pl.DataFrame(
            [("town", DAY, *one) for one in health],
            schema=["city", "day", "network", "place", "quantity", "qc", "qc_rules"],
            orient="row",
        ),
    }
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA model; CREATE SCHEMA mart")
        for name, frame in tables.items():
            con.register("given", frame.to_arrow())
            con.execute(f"CREATE TABLE {name} AS FROM given")
        columns = ", ".join(READING.names)
        return con.execute(f"SELECT {columns} FROM ({view.query}) ORDER BY ALL").fetchall()


def test_each_reading_has_the_flag_of_its_place_quantity_and_day():
    found = rows_of(
        [town(SENSORS, GASES)],
        [
            ("sensors", "low_cost", "a", 1.0, None),
            ("sensors", "low_cost", "b", 2.0, None),
            ("sensors", "low_cost", "c", None, None),
            ("gases", None, "a", None, 4.0),
        ],
        [
            ("low_cost", "a", "pm25", 3, 96),
            ("low_cost", "a", "pm10", 4, 1),
            ("low_cost", "c", "pm25", 1, 0),
            ("gases", "a", "pm10", 1, 0),
        ],
    )
    assert [(one[1], one[2], one[3], one[7], one[8], one[9], one[10]) for one in found] == [
        ("gases", "gases", "a", "pm10", 4.0, 1, 0),  # a feed that never measures a quantity does not lack it
        ("sensors", "low_cost", "a", "pm25", 1.0, 3, 96),
        ("sensors", "low_cost", "b", "pm25", 2.0, 2, 0),
        ("sensors", "low_cost", "c", "pm25", None, 9, 256),
    ]


def test_private_readings_are_in_no_view_and_without_health_there_is_none():
    hidden = feed("hidden", "air_quality", ["place", "time", "pm25"], classification="private-aggregate")
    assert reading_views([town(hidden)]) == []
    assert reading_views([town()]) == []
    (view,) = reading_views([town(SENSORS, hidden)])
    assert "hidden" not in view.query


def test_flags_and_rules_have_their_names():
    assert qc_flag_rows().columns == list(QC_FLAG.names)
    assert qc_rule_rows().columns == list(QC_RULE.names)
    assert qc_flag_rows()["qc"].to_list() == [int(flag) for flag in QcFlag]
    assert qc_rule_rows()["bit"].to_list() == [int(rule) for rule in QcRule]
    assert qc_rule_rows()["rule"].to_list()[:3] == ["flat_line", "spike", "step"]
