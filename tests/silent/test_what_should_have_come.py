"""What should have come is known from a calendar, a register or days before: never from what did come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.derive.setting import city_setting
from assets.formulas.boundaries import held_on
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from quality.contract.generated_rules import NULLS_ABOVE_USUAL, ROWS_RATIO
from quality.contract.model import Contract
from quality.day_history import Comparison, History
from quality.outcome import Outcome
from quality.usual_days import Calendar, DayKind, compared_days
from quality.verdict import Verdict
from tests.worlds import good_days
from tests.worlds.good_days import FIRST, Day, midnight, rule, small, small_day
from tests.worlds.history import values_of
from tests.worlds.packs import seoul
from warehouse.home import Home
from warehouse.null_counts import NullCounts

KOREA = Calendar("KR")
DAY = timedelta(days=1)


# --- kinds of days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ((2020, 1, 23), DayKind.WORKING),
        ((2020, 1, 24), DayKind.REST),  # Seollal, by the lunar calendar
        ((2020, 1, 27), DayKind.REST),  # a day in its place, as one was a Sunday
        ((2020, 4, 15), DayKind.REST),  # election
        ((2020, 4, 30), DayKind.REST),  # Buddha's birthday, lunar
        ((2020, 8, 17), DayKind.REST),  # given by the government in that year alone
        ((2020, 9, 30), DayKind.REST),  # Chuseok, lunar
        ((2020, 10, 2), DayKind.REST),
        ((2020, 10, 5), DayKind.WORKING),
        ((2020, 8, 15), DayKind.REST),  # a holiday on a Saturday
        ((2020, 8, 22), DayKind.SATURDAY),
        ((2020, 8, 23), DayKind.REST),
    ],
)
def test_the_kind_of_a_day_in_korea(day: tuple[int, int, int], kind: DayKind):
    assert KOREA.kind(date(*day)) is kind
    assert seoul().calendar == KOREA


def test_the_week_ends_where_the_country_ends_it_and_without_a_country_there_are_two_kinds():
    friday, saturday, sunday = (date(2024, 5, 10) + DAY * n for n in range(3))
    assert [Calendar("EG").kind(day) for day in (friday, saturday, sunday)] == [
        *(DayKind.REST, DayKind.SATURDAY, DayKind.WORKING),
    ]
    assert [Calendar().kind(day) for day in (friday, saturday, sunday)] == [
        *(DayKind.WEEKDAY, DayKind.WEEKEND, DayKind.WEEKEND),
    ]
    with pytest.raises(ValueError, match="the package `holidays` lists countries"):
        Calendar("KR", "ZZ")


@given(st.sets(st.integers(1, 120)), st.sets(st.integers(1, 120)), st.integers(0, 120))
def test_a_day_is_compared_with_good_days_before_it_alone(good: set[int], bad: set[int], later: int):
    day = date(2020, 8, 31)
    before = {day - DAY * n: False for n in bad} | {day - DAY * n: True for n in good}
    compared = compared_days(day, before, KOREA)
    assert len(compared.days) == 0 or 3 <= len(compared.days) <= 14
    assert all(before[one] and one < day for one in compared.days)
    kinds = {KOREA.kind(one) for one in compared.days}
    assert kinds <= {KOREA.kind(day)}
    assert compared_days(day, before | {day + DAY * later: True}, KOREA) == compared  # nor what comes on it or after it


# --- rows ----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def subway(day: date, rows: int = 597, lost: int = 0) -> Day:
    """Stations of ten lines; the busiest come first."""
    contract = seoul().feed("subway_daily")
    stations = [
        {
            "time": midnight(day),
            "line": f"{i % 10}호선",
            "place": f"역{i}",
            "station_as_delivered": f"역{i}",
            "boardings": 60_000 - 90 * i,
            "alightings": 60_000 - 90 * i,
        }
        for i in range(lost, rows)
    ]
    return good_days.frame(contract, stations)


def told(home: Home, outcome: Outcome, code: str) -> dict:
    return good_days.told(home, "rule_result", outcome).row(by_predicate=pl.col("rule") == code, named=True)


def test_the_busiest_183_of_597_stations_are_missing(home: Home):
    contract, monday = seoul().feed("subway_daily"), date(2020, 6, 1)
    days = {monday + DAY * n: subway(monday + DAY * n) for n in (0, 1, 2, 3, 4, 7)}
    assert all(o.verdict is Verdict.PASS for o in good_days.admit(home, contract, days).values())
    bad = monday + DAY * 8
    outcome = good_days.admit(home, contract, {bad: subway(bad, lost=183)})[bad]
    assert outcome.verdict is Verdict.BLOCK
    row = told(home, outcome, "SUB-rows-as-usual")
    assert row["observed"] == "rows_ratio = 0.693467 of 597 (median of 6 weekdays)"
    assert "SUB-rows-as-usual" in outcome.reason
    assert good_days.admit(home, contract, {bad + DAY: subway(bad + DAY)})[bad + DAY].verdict is Verdict.PASS


def comparison(history: History, **contract) -> Comparison:
    return Comparison(small(**contract), history, (), lambda _day: NullCounts(0, {}))


def test_sundays_are_compared_with_sundays_and_the_first_sundays_with_nothing():
    monday = date(2020, 6, 1)  # the sixth is a holiday, and a Saturday
    rows = {monday + DAY * n: 60 if (monday + DAY * n).weekday() == 6 else 100 for n in range(35)}
    found = comparison(History(rows, calendar=KOREA)).add(monday + DAY * 41, 60)[ROWS_RATIO]
    assert (found.figure, found.words) == (1.0, "of 60 (median of 6 days of rest)")
    first = {day: n for day, n in rows.items() if day < date(2020, 6, 6)}
    found = comparison(History(first, calendar=KOREA)).add(date(2020, 6, 7), 60)[ROWS_RATIO]
    assert (found.figure, found.words) == (None, "0 good days of rest before it, 3 are needed")
    found = comparison(History({monday: 100}, calendar=KOREA)).add(monday + DAY, 1)[ROWS_RATIO]
    assert (found.figure, found.words) == (None, "1 good working day before it, 3 are needed")


@given(st.integers(0, 6), st.floats(0.1, 0.9))
def test_a_feed_with_fewer_rows_at_weekends_is_never_held_back(start: int, share: float):
    """Whatever day its history starts with: one that is held back would be no measure for the next one."""
    first = date(2020, 6, 1) + DAY * start
    judge = comparison(History(calendar=KOREA))
    for day in (first + DAY * n for n in range(60)):
        rows = 1000 if KOREA.kind(day) is DayKind.WORKING else round(1000 * share)
        assert judge.add(day, rows)[ROWS_RATIO].figure in (None, 1.0)


def test_a_day_that_any_rule_closes_is_no_measure_for_the_next_in_one_run_or_in_many(tmp_path):
    """Also one that only a rule of the table, or of another figure of the day, closes."""
    wanted = [
        rule("T-1", "expect_column_values_to_be_between", {"column": "rows_ratio", "min_value": 0.8}, scope="day"),
        rule("T-2", "expect_column_max_to_be_between", {"column": "a", "max_value": 9}, scope="table"),
    ]
    contract = small(*wanted)
    bad = [False, False, False, True, True, True, True, False]
    rows = [20, 20, 20, 200, 200, 200, 200, 20]
    days = {FIRST + DAY * n: small_day(contract, FIRST + DAY * n, n=rows[n], a=[10.0] * bad[n]) for n in range(8)}
    verdicts = [Verdict.BLOCK if one else Verdict.PASS for one in bad]
    assert [o.verdict for o in good_days.admit(Home(tmp_path / "one"), contract, days).values()] == verdicts
    many = [good_days.admit(Home(tmp_path / "many"), contract, {day: days[day]})[day].verdict for day in days]
    assert many == verdicts


def test_a_new_normal_is_named_and_does_not_stay_closed_for_ever():
    monday = date(2020, 6, 1)
    rows = {monday + DAY * n: 100 for n in range(28)}
    judge = comparison(History(rows, calendar=KOREA))
    found = [judge.add(monday + DAY * n, 60)[ROWS_RATIO] for n in range(28, 90)]
    assert found[0].words == "of 100 (median of 14 working days)"
    assert "3 days held back before it had as many: see docs/runbook.md, 'A new normal'" in found[3].words
    assert found[-1].figure is None or found[-1].figure >= 0.8  # after eight weeks it is what it is
    since = comparison(History(rows, calendar=KOREA), usual_since=str(monday + DAY * 28))
    assert since.add(monday + DAY * 28, 60)[ROWS_RATIO].figure is None


def test_a_register_that_shrinks_keeps_the_one_before(home: Home):
    """All would be complete against a register of half the sensors."""
    contract = seoul().feed("sdot_ref")
    since = contract.reference_since
    assert since is not None
    whole = good_days.GOOD["sdot_ref"](contract, since)
    assert good_days.admit(home, contract, {since: whole})[since].verdict is Verdict.PASS
    half = good_days.admit(home, contract, {since: whole.but(rows=whole.rows.head(10))})[since]
    assert half.verdict is Verdict.BLOCK
    assert told(home, half, "SREF-rows-as-usual")["observed"] == "rows_ratio = 0.5 of 20 (the one before)"
    assert good_days.live(home, contract).height == 20


def test_places_that_a_register_has_elsewhere_than_before_are_counted(home: Home):
    """Two sensors that are exchanged: their readings are true, and belong to another street."""
    contract = seoul().feed("sdot_ref")
    since = contract.reference_since
    assert since is not None
    whole = good_days.GOOD["sdot_ref"](contract, since)
    rows = whole.rows.with_columns(lat=37.5 + 0.01 * pl.int_range(pl.len()), lon=pl.lit(127.0))
    first = good_days.admit(home, contract, {since: whole.but(rows=rows)})[since]
    assert told(home, first, "SREF-places-as-usual")["observed"] == "places_moved is not known: the first one"
    # 0.4 km is another way to survey; the third and the last one stand where the other did, and one is new
    surveyed = rows.with_columns(lat=pl.col("lat") + 0.0036)
    names = rows["place"].to_list()
    exchanged = surveyed.with_columns(pl.col("place").replace({names[2]: names[-1], names[-1]: names[2]}))
    assert verdict(home, contract, whole.but(rows=surveyed)) is Verdict.PASS
    grown = pl.concat([exchanged, rows.tail(1).with_columns(place=pl.lit("V02Q1999999"), lat=pl.lit(37.41))])
    outcome = good_days.admit(home, contract, {since: whole.but(rows=grown)})[since]
    assert outcome.verdict is Verdict.WARN
    assert told(home, outcome, "SREF-places-as-usual")["observed"] == "places_moved = 2 of 20 (the register before)"
    assert good_days.live(home, contract).height == 21


def verdict(home: Home, contract: Contract, day: Day) -> Verdict:
    """Of one day of a register."""
    since = contract.reference_since
    assert since is not None
    return good_days.admit(home, contract, {since: day})[since].verdict


# --- values that are missing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [9, 39])
def test_sensors_that_cannot_say_minus(home: Home, lost: int):
    """On the coldest days their temperature is missing, and the mean is that of the warm ones."""
    contract = small()
    days = {FIRST + DAY * n: small_day(contract, FIRST + DAY * n, n=100, a=[None]) for n in range(4)}
    good = good_days.admit(home, contract, days)
    assert {o.verdict for o in good.values()} == {Verdict.PASS}
    cold = FIRST + DAY * 4
    outcome = good_days.admit(home, contract, {cold: small_day(contract, cold, n=100, a=[None] * (lost + 1))})[cold]
    assert outcome.verdict is Verdict.WARN
    row = told(home, outcome, "T-nulls-as-usual")
    share = f"a {lost + 1:.1f}%, usually 1.0%"
    assert row["observed"] == f"nulls_above_usual = {lost / 100:g} ({share}; median of 4 weekdays)"


def test_values_that_a_rule_sets_to_null_count_until_it_is_usual(home: Home):
    minus = {"column": "a", "min_value": 0}
    contract = small(rule("T-1", "expect_column_values_to_be_between", minus, on_fail="void", tolerance=1))
    days = [FIRST + DAY * (n // 5 * 7 + n % 5) for n in range(12)]  # weekdays
    asked = {day: small_day(contract, day, n=50, a=[-1.0] * (20 if n >= 3 else 0)) for n, day in enumerate(days)}
    found = [good_days.admit(home, contract, {day: asked[day]})[day].verdict for day in days[:5]]
    found += [o.verdict for o in good_days.admit(home, contract, {day: asked[day] for day in days[5:]}).values()]
    assert found == [Verdict.PASS] * 3 + [Verdict.WARN] * 4 + [Verdict.PASS] * 5


@given(st.lists(st.integers(0, 100), min_size=3, max_size=14), st.integers(0, 100), st.integers(0, 99))
def test_fewer_nulls_never_look_worse(before: list[int], nulls: int, fewer: int):
    history = {FIRST + DAY * n: NullCounts(100, {"a": lost}) for n, lost in enumerate(before)}

    def above(lost: int) -> float:
        judge = Comparison(
            small(),
            History(dict.fromkeys(history, 100), nulls=history.__getitem__),
            (),
            lambda _: NullCounts(100, {"a": lost}),
        )
        figure = judge.add(FIRST + DAY * 20, 100)[NULLS_ABOVE_USUAL].figure
        assert figure is not None
        return figure

    assert above(min(nulls, fewer)) <= above(nulls)


# --- completeness --------------------------------------------------------------------------------------------


def value(
    metric: str, rows: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame] | None = None, area: str = "11"
) -> dict:
    """The value of the last day as it would be published."""
    return values_of(seoul(), metric, rows, before).filter(area=area).sort("day").row(-1, named=True)


def stations(day: date, number: int) -> pl.DataFrame:
    """subway_daily: stations of nine lines."""
    each = [{"time": midnight(day), "line": f"{i % 9}", "place": f"{i}", "boardings": 9_000} for i in range(number)]
    return pl.DataFrame(each).with_columns(day=pl.lit(day))


TUESDAY = date(2020, 6, 9)
STATIONS_BEFORE = pl.concat([stations(TUESDAY - DAY * n, 597) for n in range(1, 14)])
BOARDINGS = "transit_boardings_per_inhabitant"


def test_stations_that_did_not_report_make_a_day_incomplete():
    def of(number: int, before: pl.DataFrame | None = STATIONS_BEFORE) -> dict:
        earlier = None if before is None else {"subway_daily": before}
        return value(BOARDINGS, {"subway_daily": stations(TUESDAY, number)}, earlier)

    assert (of(597)["status"], of(597)["completeness"], of(600)["completeness"]) == ("proxy", 1.0, 1.0)
    lost = of(414)
    assert (lost["status"], lost["value"], lost["completeness"]) == ("absent", None, pytest.approx(414 / 597))
    assert lost["reason"] == "414 of 597 stations are valid (needs 90 %)"
    first = of(414, None)  # the first night of a home: what there should be is not known
    assert (first["status"], first["completeness"], first["reason"]) == ("proxy", None, None)
    assert first["value"] is not None


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700))
def test_more_rows_never_make_a_day_less_complete_and_what_is_usual_is_expected(few: int, more: int):
    """What comes beyond the usual was to be expected: 600 of 600, and not of 597."""

    def of(number: int) -> tuple[float, float]:
        row = value(BOARDINGS, {"subway_daily": stations(TUESDAY, number)}, {"subway_daily": STATIONS_BEFORE})
        return row["expected"], row["completeness"]

    (expected, complete), (expected_more, complete_more) = of(min(few, more)), of(max(few, more))
    assert (expected, expected_more) == (max(597, min(few, more)), max(597, few, more))
    assert complete <= complete_more


def roads(day: date, reporting: int) -> dict[str, pl.DataFrame]:
    """air_daily: all urban stations, and some of those at roads."""
    register = seoul().tables["air_stations"]
    at_roads = register.filter((pl.col("kind") == "roadside") & (pl.col("place") != "홍지문"))["place"].to_list()
    places = register.filter(pl.col("kind") == "urban")["place"].to_list() + at_roads[:reporting]
    rows = pl.DataFrame({"place": places, "day": day, "time": midnight(day), "pm25": 25.5})
    return {"air_daily": rows}


@pytest.mark.parametrize(("reporting", "status"), [(15, "ok"), (12, "ok"), (11, "absent"), (5, "absent")])
def test_roadside_stations_are_expected_by_the_register(reporting: int, status: str):
    row = value("pm25_roadside_mean", roads(date(2020, 7, 1), reporting))
    assert (row["status"], row["completeness"]) == (status, pytest.approx(reporting / 15))
    assert (row["expected"], row["counted"]) == (15, "stations")


def test_a_station_is_expected_while_the_register_has_it():
    for day, expected in ((date(2015, 5, 1), 15), (date(2018, 5, 1), 14), (date(2020, 5, 1), 15)):
        assert value("pm25_roadside_mean", roads(day, 3))["expected"] == expected


def test_a_sensor_that_the_register_lacks_makes_nothing_more_complete():
    register = pl.DataFrame({"place": [f"s{i}" for i in range(10)], "day": date(2020, 1, 1), "lat": 1.0, "lon": 1.0})
    names = [*(f"s{i}" for i in range(6)), *(f"unknown{i}" for i in range(4))]
    numbers = dict.fromkeys(("pm25", "pm10", "temperature", "humidity", "laeq"), 40.0)
    readings = pl.DataFrame({"place": names, "day": TUESDAY, "time": midnight(TUESDAY), **numbers})
    rows = {"sdot_env": readings, "sdot_ref": register}
    made = values_of(seoul(), "sensor_pm25_mean", rows).filter(day=TUESDAY, area="11").row(0, named=True)
    assert (made["n"], made["completeness"]) == (6, 0.6)
    assert values_of(seoul(), "sensor_coverage", rows).filter(day=TUESDAY, area="11")["value"].item() == 60.0
    alone = {"sdot_env": readings}
    assert value("sensor_pm25_mean", alone)["completeness"] is None
    assert value("sensor_coverage", alone)["reason"] == "no register says how many sensors there should be"


@pytest.mark.parametrize("over", [True, False])
def test_days_that_did_not_come_count_as_days_without_sensors(over: bool):
    """In a month that is over also those at its end; in one that runs those before its last day."""
    may = [date(2020, 5, 1) + DAY * n for n in range(31)]
    came = [day for day in may if day.day not in ((12, 31) if over else (12,))]
    days = [*came, date(2020, 6, 1)] if over else came[:27]
    daily = pl.DataFrame({"metric": "sensor_coverage", "area": "11", "area_level": "city", "day": days, "value": 99.3})
    uptime = seoul().metrics["sensor_uptime"]
    rollup = Rollup("sensor_uptime", "sensor_coverage", "month", uptime.rule, "%")  # type: ignore[arg-type]
    row = evaluate_periods(daily, [rollup], city_setting(seoul())).filter(day=date(2020, 5, 1)).row(0, named=True)
    assert (row["value"], row["n"], row["expected"]) == (
        pytest.approx(99.3 * 29 / 31 if over else 99.3 * 27 / 28),
        *(29 if over else 27, 31),
    )


def people(day: date, places: int, wanted: int = 24) -> pl.DataFrame:
    """living_population: everybody in these neighbourhoods, by the hour."""
    starts = [datetime.combine(day, time(hour)) for hour in range(wanted)]
    each = [{"time": begin, "area": f"11{n:06d}"} for begin in starts for n in range(places)]
    return pl.DataFrame(each).with_columns(
        day=pl.lit(day), time_utc=pl.col("time") - timedelta(hours=9), people_group=pl.lit("total"), people=100.0
    )


def test_neighbourhoods_that_are_missing_make_people_incomplete():
    before = pl.concat([people(TUESDAY - DAY * n, 40) for n in range(1, 8)])

    def of(rows: pl.DataFrame, earlier: pl.DataFrame | None = before) -> dict:
        return value(
            "living_population",
            {"living_population": rows},
            None if earlier is None else {"living_population": earlier},
        )

    assert (of(people(TUESDAY, 40))["completeness"], of(people(TUESDAY, 40))["value"]) == (1.0, 4_000.0)
    some = people(TUESDAY, 30)
    assert (of(some)["status"], of(some)["completeness"]) == ("absent", pytest.approx(30 / 40))
    assert (of(some, None)["status"], of(some, None)["completeness"]) == ("proxy", None)
    half = of(people(TUESDAY, 30, wanted=12), None)
    assert half["status"] == "absent"  # half of the hours are missing, that is known
    assert half["reason"] == "30 of 30 places had too few hours: 360 of 720 are valid (needs 95 %)"


def test_a_district_without_people_makes_their_exposure_incomplete():
    areas = seoul().areas
    districts = areas.filter(pl.col("level") == "district")["code"].to_list()
    inside = areas.filter(pl.col("parent").is_in(districts[:-8]), held_on(pl.lit(TUESDAY)))["code"].to_list()
    urban = seoul().tables["air_stations"].filter(pl.col("kind") == "urban")["place"].to_list()
    air = pl.DataFrame({"place": urban, "day": TUESDAY, "time": midnight(TUESDAY), "pm25": 20.0})
    present = (
        people(TUESDAY, 1)
        .select("day", "time", "time_utc", "people_group")
        .join(pl.DataFrame({"area": inside, "people": 25_000.0}), how="cross")
    )
    row = value("pm25_living_population_weighted", {"air_daily": air, "living_population": present})
    assert (row["counted"], row["value"]) == ("people", None)
    assert row["n"] / row["expected"] == pytest.approx(row["completeness"], abs=1e-6)
    assert row["completeness"] < 0.75
