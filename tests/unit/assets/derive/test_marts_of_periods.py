"""Marts of longer periods, that look back, read several models, or are observed by metrics."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.check.expressions import expression_flaws
from assets.derive.build import build, days_to_build
from assets.derive.marts import MartTable
from assets.derive.parts import feeds_of_metrics, marts_of_metrics, why_not_had
from assets.derive.periods import PeriodTable
from assets.derive.tables import derived_tables
from assets.mart import START, Mart, Reads, mart_contract
from assets.metrics.entry import Entry
from assets.metrics.fed_marts import FedMart, fed_marts, why_no_mart
from assets.metrics.sources import sources_of, why_not
from tests.worlds.derived_town import admitted, measuring, opened, run_of, table_of
from tests.worlds.measuring_town import feed, town

COLUMNS = ["place", "area", "time", "speed", "length", "road_class"]
ROADS = feed("roads", "road_traffic", COLUMNS, interval="hour_beginning")
DAY = date(2024, 3, 1)  # a Friday
HOMES = feed("homes", "buildings", ["place", "area", "built_on"])
PEOPLE = feed("people", "residents", ["area", "time", "residents"], interval="year")
SHOPS = feed("shops", "businesses", ["area", "time", "businesses"], interval="quarter")


def hours(day=DAY, place="l1", area="7011", length=1000.0, speeds=(60.0,) * 24, road_class="arterial"):
    """A link at each hour of a day."""
    link = {"place": place, "area": area, "length": length, "road_class": road_class}
    return [{**link, "time": datetime.combine(day, time(at)), "speed": speed} for at, speed in enumerate(speeds)]


def of_town(mart: Mart, *feeds, contract="transit_line_day") -> MartTable:
    """A mart that only this test has, under the contract of another one."""
    said = mart_contract(contract).model_copy(update={"every": mart.every, "interval": mart.every})
    by_model = {read.model: tuple(one for one in feeds if read.model in one.models) for read in mart.reads}
    return MartTable(FedMart(said, mart, by_model, ()))


def seen(mart: Mart):
    """The same mart, which only keeps what it was given: model, period, day of the row."""
    given = dict[str, list[tuple[date, date]]]()

    def compute(read, _city):
        given.clear()
        for model, of_feeds in read.items():
            frames = [one.rows.select(START, "day").collect() for one in of_feeds]
            given[model] = sorted({row for frame in frames for row in frame.rows()})
        return pl.DataFrame(schema={"day": pl.Date})

    return Mart(mart.reads, compute, mart.every), given


def entry(observes: str, value: str, **said) -> Entry:
    document = {"observes": observes, "value": value, "unit": "h", "possible": (0, 1e6), "title": "t", "formula": "f"}
    return Entry.model_validate(document | {"over_space": {"as": "mean", "counts": "links"}} | said)


CITY = measuring(
    town(ROADS),
    {
        "jams": ("road_traffic", entry("road_link_day", "congested_hours", levels=("city", "district"))),
        "index": ("road_traffic", entry("road_link_month", "travel_time_index", every="month", unit="ratio")),
        "jams_month": ("roads_by_month", entry("road_link_day", "congested_hours", periods={"month": {}})),
    },
)


def test_a_day_goes_into_the_periods_that_look_back_on_it():
    table = table_of_city("road_link_month")
    assert table.starts(date(2024, 1, 17)) == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
    assert table_of_city("road_link_day").starts(DAY) == [DAY]
    yearly = of_town(Mart((Reads("residents", longest="year", back=range(3)),), no_rows, "year"), PEOPLE)
    assert yearly.starts(date(2020, 1, 1)) == [date(year, 1, 1) for year in (2020, 2021, 2022)]
    weeks = of_town(Mart((Reads("boardings", back=(0, 364, 728)),), no_rows), feed("b", "boardings", COLUMNS[2:3]))
    assert weeks.starts(DAY) == [DAY, DAY + timedelta(364), DAY + timedelta(728)]
    months = of_town(Mart((Reads("residents", longest="year"),), no_rows, "quarter"), PEOPLE)
    assert months.starts(date(2024, 1, 1)) == [date(2024, month, 1) for month in (1, 4, 7, 10)]
    assert months.starts(date(2024, 5, 9)) == [date(2024, 4, 1)]  # no day of a yearly feed


def no_rows(_read, _city):
    return pl.DataFrame()


def table_of_city(name):
    return next(table for table in derived_tables(CITY) if table.name == name)


@pytest.mark.holds("attack 21", "Rows that are added in another order make the same mart, to its last digit.")
def test_the_order_of_rows_changes_no_digit_of_a_mart(tmp_path: Path):
    run = run_of(CITY, tmp_path)
    admitted(run, ROADS, DAY, hours(speeds=[n / 10 for n in range(1, 25)]), "a")
    added = set[float]()

    def adding(order):
        def compute(read, _city):
            speeds = read["road_traffic"][0].rows.select("speed").collect()["speed"].sort().to_list()
            added.add(sum(order(speeds)))
            return pl.DataFrame({"day": [DAY], "of_place": [sum(order(speeds))]})

        return of_town(Mart((Reads("road_traffic", ("speed",), longest=timedelta(hours=1)),), compute), ROADS)

    orders = (list, lambda speeds: speeds[::-1], lambda speeds: speeds[::2] + speeds[1::2])
    made = {adding(order).rows(run, [DAY])["of_place"].item() for order in orders}
    assert len(added) > 1  # else nothing was tried
    assert made == {30.0}


def test_a_late_day_makes_the_later_months_again(tmp_path: Path):
    run = run_of(CITY, tmp_path)
    table = table_of(run, "road_link_month")
    first = admitted(run, ROADS, date(2024, 1, 3), hours(date(2024, 1, 3)), "a")
    last = admitted(run, ROADS, DAY, hours(), "b")
    assert table.inputs(run, [date(2024, month, 1) for month in (1, 2, 3, 4)]) == {
        date(2024, 1, 1): [first],  # nothing came in February, and April only looks back
        date(2024, 3, 1): [first, last],
    }
    days = [date(2024, 1, 3), DAY]
    assert opened(build(run, table, days).outcomes) == [(date(2024, 1, 1), "PASS"), (DAY.replace(day=1), "PASS")]
    late = date(2024, 1, 17)
    admitted(run, ROADS, late, hours(late), "c")
    assert days_to_build(run, table, [late]) == [late]
    again = build(run, table, [late])
    assert [one.day for one in again.outcomes if one.new] == [date(2024, 1, 1), date(2024, 3, 1)]
    assert again.missing == []  # February looks forward to nobody: the run is about January
    assert not days_to_build(run, table, [*days, late])


def test_each_row_is_read_once_for_each_period_that_looks_back_on_it(tmp_path: Path):
    mart, given = seen(Mart((Reads("road_traffic", longest=timedelta(hours=1), back=(0, 2)),), no_rows, "month"))
    run, table = run_of(CITY, tmp_path), of_town(mart, ROADS)
    for day in (date(2024, 1, 3), date(2024, 2, 4), DAY):
        admitted(run, ROADS, day, hours(day)[:1], str(day))
    table.rows(run, [date(2024, 1, 1), date(2024, 3, 1)])
    january, march = date(2024, 1, 1), date(2024, 3, 1)
    assert given["road_traffic"] == [(january, date(2024, 1, 3)), (march, date(2024, 1, 3)), (march, DAY)]


def test_models_are_joined_and_one_that_is_optional_may_lack(tmp_path: Path):
    reads = (
        Reads("businesses", longest="quarter"),
        Reads("residents", longest="year", back=range(8)),  # the newest of two years
        Reads("buildings"),
        Reads("road_traffic", longest="day", optional=True),
    )
    mart, given = seen(Mart(reads, no_rows, "quarter"))
    run = run_of(town(SHOPS, PEOPLE, HOMES, ROADS), tmp_path)
    table = of_town(mart, SHOPS, PEOPLE, HOMES, ROADS)
    assert [one.name for one in table.needs] == ["shops", "people", "roads"]
    assert [one.name for one in table.uses] == ["homes"]
    spring, summer = date(2024, 4, 1), date(2024, 7, 1)
    shops = admitted(run, SHOPS, spring, [{"area": "7011", "businesses": 3.0}], "s")
    assert table.inputs(run, [spring]) == {}  # nobody lives there yet
    people = admitted(run, PEOPLE, date(2023, 1, 1), [{"area": "7011", "residents": 9.0}], "p")
    assert table.inputs(run, [spring]) == {}  # and no house stands
    homes = admitted(run, HOMES, date(2020, 1, 1), [{"place": "h", "area": "7011", "built_on": date(1980, 1, 1)}], "h")
    assert table.inputs(run, [spring, summer]) == {spring: [shops, people, homes]}
    table.rows(run, [spring, summer])
    assert given == {
        "businesses": [(spring, spring)],
        "residents": [(spring, date(2023, 1, 1))],
        "buildings": [(spring, date(2020, 1, 1))],
        "road_traffic": [],
    }


def test_a_city_has_a_mart_whose_models_its_feeds_give():
    assert set(fed_marts(CITY)) == {"road_link_day", "road_link_month"}
    looks = feed("looks", "road_traffic", ["place", "time", "speed"], interval="instant")
    assert why_no_mart("road_link_day", town(looks)) == (
        "the mart road_link_day cannot be made: looks has no column length"
    )
    daily = feed("daily", "road_traffic", COLUMNS)
    assert "daily has rows that are longer: of a day" in (why_no_mart("road_link_day", town(daily)) or "")
    assert why_no_mart("road_link_month", town()) == (
        "the mart road_link_month cannot be made: no feed of model road_traffic"
    )


def test_a_metric_of_a_mart_is_of_the_feeds_behind_it():
    entries = {name: named.entry for name, named in CITY.entries.items()}
    assert [one.name for one in sources_of(entries["index"], CITY)] == ["road_link_month"]
    assert feeds_of_metrics(CITY)["index"] == (("roads",),)
    assert [one.contract.name for one in marts_of_metrics(CITY)["index"]] == ["road_link_month"]
    tables = [table.name for table in derived_tables(CITY)]
    assert tables.index("road_link_month") < tables.index("road_traffic") < tables.index("roads_by_month_period")
    roads = next(table for table in derived_tables(CITY) if table.name == "road_traffic")
    assert {one.name for one in roads.needs} == {"road_link_day", "road_link_month"}
    assert roads.feeds == {"roads"}
    assert why_not_had("index", entries, town()) == (
        "the mart road_link_month cannot be made: no feed of model road_traffic"
    )
    daily = entry("road_link_month", "travel_time_index")
    assert why_not(daily, CITY) == "road_link_month cannot give it: a row is of a month, and not of a day"
    unknown = entry("road_link_day", "vehicles")
    assert why_not(unknown, CITY) == "road_link_day cannot give it: there is no column vehicles"


def test_values_follow_their_mart_and_say_of_how_many_parts_they_are(tmp_path: Path):
    run = run_of(CITY, tmp_path)
    slow = [60.0] * 8 + [40.0] * 4 + [60.0] * 12  # four of the 16 hours from 06 to 22
    admitted(run, ROADS, DAY, [*hours(speeds=slow), *hours(place="l2", area="7012"), *hours(place="l3")[:9]], "a")
    for name in ("road_link_day", "road_link_month", "road_traffic", "roads_by_month", "roads_by_month_period"):
        assert all(one.verdict.open for one in build(run, table_of(run, name), [DAY]).outcomes), name
    values = table_of(run, "road_traffic").rows(run, [DAY, DAY.replace(day=1)])
    jams = {row["area"]: row for row in values.filter(metric="jams").iter_rows(named=True)}
    assert jams["70"]["value"] is None
    assert "1 of 3 links had too few hours: 3 of 16" in jams["70"]["reason"]
    assert (jams["7012"]["value"], jams["7012"]["completeness"]) == (0.0, None)  # nobody says how many links there are
    index = values.filter(metric="index", area="70").row(0, named=True)
    assert (index["day"], index["value"]) == (date(2024, 3, 1), None)
    assert index["reason"].startswith("3 of 3 links had too few days: 2 of 273 are valid")
    daily = table_of(run, "road_link_day").inputs(run, [DAY])
    (batch,) = (outcome for outcome in build(run, table_of(run, "road_link_day"), [DAY]).outcomes)
    assert jams["7012"]["batch_ids"] == [batch.batch_id]  # of the mart, which names the batches of the feed
    assert daily[DAY] != [batch.batch_id]


def test_rows_of_areas_are_of_their_area_alone(tmp_path: Path):
    columns = ["area", "time", "people"]
    people = feed("people", "people_present", columns, interval="hour_beginning")
    said = {"value": "people", "unit": "people", "over_space": {"as": "mean"}, "levels": ("city", "district", "ward")}
    city = measuring(town(people), {"present": ("people", entry("population_area_hour", **said))})
    run = run_of(city, tmp_path)
    rows = [{"area": code, "people": count} for code, count in (("701101", 10.0), ("701102", 20.0), ("7012", 5.0))]
    admitted(run, people, DAY, rows, "a")
    build(run, table_of(run, "population_area_hour"), [DAY])
    values = table_of(run, "people").rows(run, [DAY]).sort("area")
    assert values.select("area", "value", "completeness").rows() == [
        ("70", 35.0, 1.0),
        ("7011", 30.0, 1.0),
        ("701101", 10.0, 1.0),
        ("701102", 20.0, 1.0),
        ("7012", 5.0, 1.0),
    ]


def test_longer_periods_are_those_of_the_days_that_a_mart_remakes():
    period = next(t for t in derived_tables(CITY) if isinstance(t, PeriodTable))
    assert period.starts(date(2024, 1, 3)) == [date(2024, 1, 1)]


@pytest.mark.parametrize(("classification", "private"), [("public", False), ("private-aggregate", True)])
def test_what_is_made_of_a_private_feed_is_private_until_its_gate(classification, private):
    roads = feed("roads", "road_traffic", COLUMNS, interval="hour_beginning", classification=classification)
    city = measuring(town(roads), {"jams": ("road_traffic", entry("road_link_day", "congested_hours"))})
    assert [table.contract.private for table in derived_tables(city)] == [private] * 3


def test_a_mean_over_links_is_weighted_by_a_column_that_is_there(tmp_path: Path):
    space = {"as": "mean", "weight": "length", "counts": "links"}
    city = measuring(town(ROADS), {"jams": ("road_traffic", entry("road_link_day", "slow_hours", over_space=space))})
    run = run_of(city, tmp_path)
    jam = [12.0] * 24
    links = [*hours(speeds=jam, length=3000.0), *hours(place="l2"), *hours(place="l4")]
    links += [row | {"length": None} for row in hours(place="l3", speeds=jam)]
    admitted(run, ROADS, DAY, links, "a")
    build(run, table_of(run, "road_link_day"), [DAY])
    (row,) = table_of(run, "road_traffic").rows(run, [DAY]).iter_rows(named=True)
    assert (row["value"], row["n"]) == (9.6, 3)  # 16 h on 3 of 5 km; a link of unknown length is none
    with pytest.raises(ValueError, match="`weight` is of a mean"):
        entry("road_link_day", "slow_hours", over_space={"as": "sum", "weight": "length"})
    with pytest.raises(ValueError, match="have no weight any more"):
        entry("road_traffic", "speed", over_time=[{"to": "day", "as": "mean"}], over_space=space)
    lacking = entry("road_link_day", "slow_hours", over_space={"as": "mean", "weight": "vehicles"})
    assert why_not(lacking, city) == "road_link_day cannot give it: there is no column vehicles"
    (flaw,) = expression_flaws(lacking, {})
    assert (flaw.key, flaw.what) == (("over_space", "weight"), "there is no column 'vehicles'")


def test_a_change_is_made_where_one_feed_has_both_periods(tmp_path: Path):
    table = of_town(Mart((Reads("residents", longest="year", back=(0, 1), whole=True),), no_rows, "year"), PEOPLE)
    run, first = run_of(town(PEOPLE), tmp_path), date(2022, 1, 1)
    one = admitted(run, PEOPLE, first, [{"area": "7011", "residents": 9.0}], "a")
    assert table.inputs(run, [first, date(2023, 1, 1)]) == {}
    other = admitted(run, PEOPLE, date(2023, 1, 1), [{"area": "7011", "residents": 8.0}], "b")
    assert table.inputs(run, [first, date(2023, 1, 1)]) == {date(2023, 1, 1): [one, other]}
