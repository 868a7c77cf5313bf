"""Every rule of every contract bites: a day that breaks it turns the verdict, under the rule's own code.

All days of a contract go through the real gate in two calls: days are judged separately. A rule without a
bite fails `test_every_rule_has_a_bite`.

A good day of Seoul and of the platform is written by hand. That of another pack is out of its sample, and all its bites
follow from the rules: what its feeds' files say themselves bites in the suite, and weekly what they have from models.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.pack.city import load_city
from assets.publication import publish
from assets.publication.snapshot import load_snapshot
from quality.contract.model import Contract
from quality.contract.yaml_file import read_yaml
from quality.odcs.published_place import PublishedPlace
from quality.odcs.rules_in_sql import RuleInSql, rule_in_sql
from quality.outcome import Outcome
from quality.verdict import Verdict
from tests.bite.commerce import COMMERCE
from tests.bite.corrections import CORRECTIONS
from tests.bite.housing import HOUSING
from tests.bite.people import ALSO_OF_PEOPLE, PEOPLE
from tests.bite.portal import PORTAL
from tests.bite.services import ALSO_OF_SERVICES, SERVICES
from tests.bite.transport import ALSO_OF_TRANSPORT, TRANSPORT
from tests.support.bites import Bite, add, derived, first, lows_and_highs, of_rules, put, then, turn, twin, without
from tests.support.paths import CITIES, REPOSITORY, SEOUL
from tests.worlds import good_days
from tests.worlds.good_days import FIRST, Day
from tests.worlds.good_marts import MART_DAYS
from tests.worlds.packs import small_seoul
from tests.worlds.sampled_days import NotInTheSampleError, sampled_day
from warehouse import failpoint, lake
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect

CONTRACTS = {name: good_days.without_usual(contract) for name, contract in good_days.contracts().items()}
GATE = REPOSITORY / "assets" / "publication" / "gate.py"
PUBLICATION = set(re.findall(r'"(PUB-\d+)"', GATE.read_text(encoding="utf-8")))
SAMPLES = 5

# --- one bite at least for every rule -----------------------------------------------------------------------

_BALANCED = {"area_level": "district", "people": 100.0}  # too few to upset the sums of 10 million
_METRIC = {"value": [19.0], "status": ["ok"], "reason": [None]}

GOOD = {**good_days.GOOD, **MART_DAYS}
# What the rules themselves do not say: forms, words, the day as a whole, and what was delivered once.
TYPED: dict[str, dict[str, Bite | list[Bite]]] = {
    **PORTAL,
    **SERVICES,
    **COMMERCE,
    **CORRECTIONS,
    **HOUSING,
    **TRANSPORT,
    **PEOPLE,
    "air_daily": {
        "AIR-co-range": lows_and_highs(-0.1, 400.0, 5, "co"),  # carbon dioxide
        "AIR-pm10-above-0": Bite(put(pm10=[0.0] * 9), broken=9, also=["AIR-stations"]),
        "AIR-registered": Bite(add(place="평균"), broken=1),
        "AIR-stations": Bite(first(34), seen=34),
        "AIR-pm25-there": Bite(put(pm25=[None] * 21), seen=0.525),
    },
    "bike_daily": {
        "BIKE-rentals-range": [Bite(add(rentals=0), broken=1), Bite(add(rentals=1_000_001), broken=1)],
    },
    "boundaries": {
        "GEO-boundary_code-form": Bite(
            then(*(add(boundary_code=code) for code in ("1101", "26010", "110100", ""))), broken=4
        ),
        "GEO-geometry-form": Bite(
            add(boundary_code="11999", geometry='{"type": "Point", "coordinates": [127, 37]}'), broken=1
        ),
        "GEO-districts": [Bite(first(24), seen=24), Bite(add(boundary_code="11999"), seen=26)],
    },
    "living_population": {
        # 15 rows are five neighbourhoods with everybody, women and men: the other rules still hold
        "POP-area-form": Bite(put(area=["26110500", "1111050", "111105000"] * 5), broken=15),
        "POP-people_group-words": Bite(put(people_group=["age_6", "Total", ""] * 5), broken=15),
        "POP-hours": Bite(without(pl.col("time").dt.hour() == 23), seen=23, also=["POP-areas"]),
        "POP-areas": Bite(first(414 * 3), seen=414),
        "POP-sexes-add-up": Bite(
            turn(people=pl.when(people_group="female").then(7_500.0).otherwise("people")), seen=14_300 / 14_000 - 1
        ),
    },
    "sdot_env": {
        "SDOT-corrected": Bite(put(data_stage=["1"] * 5), broken=5),
        "SDOT-place-form": Bite(put(place=["V02Q194000", "v02q1940001", "V02Q가나다라마바사"]), broken=3),
        "SDOT-pm25-range": lows_and_highs(-331.0, 1500.5, 6, "pm25"),
        "SDOT-pm25-there": Bite(put(pm25=[None] * 11), seen=0.55),
        "SDOT-wind_speed-range": lows_and_highs(-0.1, 30_059.0, 2, "wind_speed"),
        "SDOT-gust_speed-range": lows_and_highs(-0.1, 83_686.0, 2, "gust_speed"),
        "SDOT-uv_index-range": lows_and_highs(-0.1, 744.0, 2, "uv_index"),
        "SDOT-noise-there": Bite(put(laeq=[None] * 11), seen=0.55),
    },
    "sdot_ref": {
        "SREF-lat-range": lows_and_highs(37.40, 126.9, 2, "lat"),  # latitude and longitude swapped
        "SREF-lon-range": lows_and_highs(37.5, 127.2, 2, "lon"),
    },
    "search_trend": {
        "NAV-interest-range": [Bite(add(topic="typhus", interest=bad), broken=1) for bad in (-0.01, 100.01)],
        "NAV-topics": Bite(first(3), seen=3),
        "NAV-003": Bite(add(), broken=2),
    },
    "subway_daily": {
        "SUB-stations": Bite(first(399), seen=399),
        "SUB-lines": Bite(turn(line=pl.col("line").replace("9호선", "8호선")), seen=8),
    },
    "weather_daily": {
        "WEA-province-known": Bite(put(province=["Chunghceongbuk-do", "서울"]), broken=2, also=["WEA-provinces"]),
        # the mean lies between the two, and is judged with each
        "WEA-max-not-below-min": Bite(put(temperature=[None] * 4, temperature_max=[11.8] * 4), broken=4),
        "WEA-precipitation-there": Bite(put(precipitation=[None] * 4), seen=0.25),
        "WEA-rain-where-humid": Bite(
            put(humidity=[85.0] * 4, temperature_min=[11.5] * 4, temperature_max=[17.4] * 4, precipitation=[0.0] * 4),
            seen=4,
        ),
        "WEA-provinces": [Bite(first(14), seen=14), Bite(add(place="990000"), seen=17)],
    },
    "population_area_hour": {
        **derived("MPOP", twin("area", 1, 2)),
        "MPOP-required-starts_at": Bite(add(**_BALANCED, starts_at=None), broken=1),
        "MPOP-required-area": Bite(add(**_BALANCED, area=None), broken=1),
        "MPOP-required-area_level": Bite(add(**(_BALANCED | {"area_level": None}), area="99999"), broken=1),
        "MPOP-required-population_group": Bite(add(**_BALANCED, population_group=None), broken=1),
        "MPOP-required-people": Bite(add(area="99999", people=None), broken=1),
        "MPOP-required-feed": Bite(add(**_BALANCED, feed=None), broken=1),
        "MPOP-101": Bite(put(people=[9_500_000.0]), seen=500_000 / 239_500_000),
        "MPOP-103": Bite(put(people=[13_000_000.0]), seen=3_000_000 / 243_000_000),
        "MPOP-102": Bite(add(area="99999", people=3.9), seen=3.9),
    },
    "transit_line_day": {
        **derived("MTRA", twin("line")),
        "MTRA-required-line": Bite(put(line=[None]), broken=1),
        "MTRA-required-boardings": Bite(put(boardings=[None]), broken=1),
        "MTRA-required-feed": Bite(put(feed=[None]), broken=1),
        "MTRA-101": Bite(put(alightings=[0]), seen=940_000 / 8_100_000),
    },
    "road_link_day": {
        **derived("MRLD", twin("place")),
        "MRLD-required-place": Bite(put(place=[None]), broken=1),
        "MRLD-required-hours": Bite(put(hours=[None]), broken=1),
        "MRLD-required-hours_expected": Bite(put(hours_expected=[None]), broken=1),
        "MRLD-101": Bite(put(free_speed=[130.1]), broken=1),
        "MRLD-102": Bite(put(hours=[17]), broken=1),
    },
    "road_link_month": {
        **derived("MRLM", twin("place")),
        "MRLM-required-place": Bite(put(place=[None]), broken=1),
        "MRLM-required-days": Bite(put(days=[None]), broken=1),
        "MRLM-required-days_expected": Bite(put(days_expected=[None]), broken=1),
        "MRLM-101": Bite(put(travel_time_index=[0.74]), broken=1),
        "MRLM-102": Bite(put(planning_time_index=[20.1]), broken=1),
    },
    "ozone_season_year": {
        **derived("MOZS", twin("place")),
        **{f"MOZS-required-{one}": Bite(put(**{one: [None]}), broken=1) for one in ("place", "days", "days_expected")},
        "MOZS-101": Bite(put(o3_peak_season=[0.21]), broken=1),
    },
    "place_day": {
        **derived("MPLD", twin("place")),
        **{
            f"MPLD-required-{one}": Bite(put(**{one: [None]}), broken=1)
            for one in ("network", "quantity", "place", "feed", "readings")
        },
        "MPLD-101": Bite(put(neighbours=[9]), broken=1),
        "MPLD-102": Bite(put(longest_gap_hours=[25.1]), broken=1),
    },
    "network_day": {
        **derived("MNET", twin("area")),
        **{
            f"MNET-required-{one}": Bite(put(**{one: [None]}), broken=1)
            for one in ("network", "quantity", "area", "area_level", "value", "unit", "places")
        },
        "MNET-101": Bite(put(places=[0]), broken=1),
    },
    "network_agreement": {
        **derived("MAGR", twin("area")),
        **{
            f"MAGR-required-{one}": Bite(put(**{one: [None]}), broken=1)
            for one in (
                *("network", "witness", "quantity", "area", "area_level", "own", "other", "unit", "places"),
                *("witness_places", "day_difference", "ks", "days", "stand"),
            )
        },
        "MAGR-101": Bite(put(stand=["well"]), broken=1),
        "MAGR-102": [
            Bite(put(stand=["warn"]), broken=1),
            Bite(put(cause=["below"], since=[date(2020, 6, 1)], off=[0.2]), broken=1),
        ],
    },
    "place_health": {
        **derived("MPLH", twin("place")),
        **{
            f"MPLH-required-{one}": Bite(put(**{one: [None]}), broken=1)
            for one in ("network", "quantity", "place", "days", "share_flagged", "qc", "qc_rules")
        },
        "MPLH-101": Bite(put(qc=[5]), broken=1),
        "MPLH-102": Bite(put(share_flagged=[1.1]), broken=1),
    },
    "metric_value": {
        **derived("MET", twin("area", 1, 2)),
        "MET-required-city": Bite(put(city=[None]), broken=1),
        "MET-required-area": Bite(put(area=[None]), broken=1),
        "MET-required-metric": Bite(put(metric=[None]), broken=1),
        "MET-101": Bite(put(at=1, period=["decade", ""]), broken=2),
        "MET-102": Bite(put(at=0, reason_code=["impossible"]), broken=1),
        "MET-103": Bite(put(at=1, value=[-0.1, 200.1]), broken=2),
        "MET-104": Bite(put(at=1, completeness=[-0.01, 1.01]), broken=2),
        "MET-105": Bite(put(at=1, status=["stale", "OK"]), broken=2),
        "MET-106": [
            Bite(put(at=0, **(_METRIC | {"status": ["absent"], "reason": ["no data"]})), broken=1),  # absent, 19
            Bite(put(at=1, value=[None]), broken=1),
            Bite(put(at=0, reason=[None]), broken=1),
            Bite(put(at=1, reason=["why not"]), broken=1),
            Bite(put(at=0, completeness=[None]), broken=1),
            Bite(put(at=1, n=[17], expected=[16.0]), broken=1),
            *(
                Bite(put(at=1, **{column: [None]}), broken=1)
                for column in ("status", "unit", "area_level", "period", "source")
            ),
        ],
        "MET-107": Bite(put(at=0, reason_code=["could_not_compute"]), broken=1),
    },
}
# What breaks one rule of a pack breaks others with it, by their codes.
_ISPU = ("highest-pm10", "highest-o3", "highest-co")
_HELD_PARTS = ("area", "industry", "time", "amount", "total_krw")  # a part less, and the rest is not the total
ALSO = {
    **{f"SPD-required-{column}": ["SPD-parts-add-up"] for column in _HELD_PARTS},
    **{f"SPD-{rule}": ["SPD-parts-add-up"] for rule in ("amount-range", "total_krw-range", "industry-words")},
    "GRK-good-known": ["GRK-003"],
    **ALSO_OF_SERVICES,
    **ALSO_OF_PEOPLE,
    **ALSO_OF_TRANSPORT,
    "CLIMATE_MONTH-max-not-below-min": ["CLIMATE_MONTH-mean-not-below-min"],
    "WEATHER_DAILY-max-not-below-min": ["WEATHER_DAILY-mean-not-below-min"],
    "WEATHER_DAILY-precipitation-range": ["WEATHER_DAILY-precipitation-there"],
    "NODES-lat-range": ["NODES-in-chicago"],
    "ISPU_CITY-aqi-range": ["ISPU_CITY-000", *(f"ISPU_CITY-{name}" for name in _ISPU)],
    "ISPU_STATION-aqi-range": [f"ISPU_STATION-{name}" for name in _ISPU],
}
_FIRST_ROW = {"water_supply": 12}  # the first of those that are supplied: sums of the others are compared
_ONE_MORE = {"bike_daily", "boundaries", "search_trend"}  # days that lack nothing when a row is held back


def good_day(name: str, day: date) -> Day:
    contract = CONTRACTS[name]
    pack = name.partition("/")[0] if "/" in name else SEOUL.name
    return GOOD[name](contract, day) if name in GOOD else sampled_day(pack, contract, day)


def of_its_rules(name: str) -> dict[str, Bite]:
    found = of_rules(CONTRACTS[name], good_day(name, FIRST), _FIRST_ROW.get(name, 0), added=name in _ONE_MORE)
    return {code: replace(bite, also=ALSO.get(code, ())) for code, bite in found.items()}


def _bites() -> dict[str, dict[str, Bite | list[Bite]]]:
    """By contract and code. `test_every_rule_has_a_bite` names the rules of a feed that the sample has no day of."""
    found = dict[str, dict[str, Bite | list[Bite]]]()
    for name, contract in CONTRACTS.items():
        with contextlib.suppress(NotInTheSampleError):
            found[name] = {**(of_its_rules(name) if contract.layer == "core" else {}), **TYPED.get(name, {})}
    return found


BITES = _bites()
CASES = [
    (name, code, number)
    for name, bites in BITES.items()
    for code, found in bites.items()
    for number in range(len(found) if isinstance(found, list) else 1)
]


def written(name: str) -> set[str]:
    """The codes of the rules that a feed's file says itself, with those of its columns and of its register."""
    pack, _, feed = name.rpartition("/")
    path, contract = CITIES / pack / "feeds" / f"{feed}.yaml", CONTRACTS[name]
    if not path.exists():  # a full document says all of its rules
        return {rule.code for rule in contract.rules if not rule.generated}
    document = read_yaml(path)
    names = {rule["name"] for rule in document.get("rules", ())}
    names |= {"registered"} if "register" in document else set()
    for column, said in document["columns"].items():
        names |= {f"{column}-{kind}" for kind in ("range", "form", "known") if isinstance(said, dict) and kind in said}
    return {f"{contract.prefix}-{one}" for one in names}


def _in_the_suite() -> set[tuple[str, str]]:
    """Rules that bite in the suite. Where packs say the same, the first one does for all."""
    by_hand = {(name, rule.code) for name in GOOD for rule in CONTRACTS[name].rules}
    firsts = dict[str, tuple[str, str]]()
    for name in BITES.keys() - GOOD.keys():
        own = written(name)
        for rule in CONTRACTS[name].rules:
            if rule.code in own:
                said = rule.model_dump_json()
                firsts[said] = min(firsts.get(said, (name, rule.code)), (name, rule.code))
    return by_hand | set(firsts.values())


IN_THE_SUITE = _in_the_suite()


def weekly_but(suite: Container[Any], asked: Iterable[Any]) -> list[Any]:
    """All that is asked, what is not for the suite marked as weekly. A case belongs to its rule."""
    parts = [(one[:2], one) if isinstance(one, tuple) else (one, (one,)) for one in asked]
    return [
        pytest.param(*values, id="-".join(map(str, values)), marks=() if of in suite else pytest.mark.weekly)
        for of, values in parts
    ]


BY_HAND = {(name, code) for name, code in IN_THE_SUITE if name in GOOD}


def bite_of(name: str, code: str, number: int) -> Bite:
    found = BITES[name][code]
    return found[number] if isinstance(found, list) else found


# --- the gate, once per contract ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """All days of one contract after the gate, and what the ledger has about them."""

    name: str
    home: Home
    contract: Contract
    good: list[Outcome]
    days: dict[tuple[str, int], date]
    asked: dict[date, Day]
    outcomes: dict[date, Outcome]
    live: pl.DataFrame
    results: pl.DataFrame
    verdicts: pl.DataFrame
    held: pl.DataFrame

    def failed(self, day: date) -> set[str]:
        """The rules that a day broke."""
        of_day = self.results.filter(batch_id=self.outcomes[day].batch_id)
        return set(of_day.filter(pl.col("status") != "pass")["rule"])


_JUDGED: dict[tuple[str, bool], Judged] = {}


def weekday(number: int) -> date:
    """Days of one kind, which are compared with each other."""
    return FIRST + timedelta(number // 5 * 7 + number % 5)


@pytest.fixture
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    name, weekly = request.getfixturevalue("name"), request.node.get_closest_marker("weekly") is not None
    if (name, weekly) not in _JUDGED:
        contract, home = CONTRACTS[name], Home(tmp_path_factory.mktemp("home"))
        about_the_table = {rule.code for rule in contract.rules if rule.scope == "table"}
        keys = [(code, n) for of, code, n in CASES if of == name and (weekly or (of, code) in IN_THE_SUITE)]
        keys.sort(key=lambda key: key[0] not in about_the_table)
        days = {key: weekday(3 + i) for i, key in enumerate(keys)}
        asked = {day: bite_of(name, *key).change(good_day(name, day)) for key, day in days.items()}
        good = {day: good_day(name, day) for day in map(weekday, range(3))}
        # one day that breaks a rule about the table has that rule audited anew on every day of its call
        few = good | {day: asked[day] for (code, _), day in days.items() if code in about_the_table}
        many = {day: asked[day] for day in asked if day not in few}
        calls = [few, many] if any(code in about_the_table for code, _ in days) else [few | many]
        outcomes = {day: one for call in calls for day, one in good_days.admit(home, contract, call).items()}
        tables = [ledger.read(home, t).collect() for t in ("rule_result", "verdict", "quarantine")]
        _JUDGED[name, weekly] = Judged(
            name,
            home,
            contract,
            [outcomes[d] for d in good],
            days,
            asked,
            outcomes,
            good_days.live(home, contract),
            *tables,
        )
    return _JUDGED[name, weekly]


@pytest.mark.parametrize("name", weekly_but({name for name, _ in IN_THE_SUITE}, BITES))
def test_a_good_day_passes(name: str, judged: Judged):
    assert {(o.verdict, o.reason) for o in judged.good} == {(Verdict.PASS, "all rules passed")}
    for outcome in judged.good:
        told = judged.results.filter(batch_id=outcome.batch_id)
        assert sorted(told["rule"]) == sorted(r.code for r in judged.contract.rules)  # passes are recorded too
        assert set(told["status"]) == {"pass"}
        good = good_day(name, outcome.day).rows.select(judged.contract.schema.names())
        live = judged.live.filter(day=outcome.day)
        assert live.sort(judged.contract.key).equals(good.sort(judged.contract.key), null_equal=True)


@pytest.mark.parametrize(("name", "code", "number"), weekly_but(IN_THE_SUITE, CASES))
def test_a_rule_bites(name: str, code: str, number: int, judged: Judged):
    bite, day = bite_of(name, code, number), judged.days[code, number]
    outcome, rows = judged.outcomes[day], judged.asked[day].rows
    rule = next(r for r in judged.contract.rules if r.code == code)
    told = judged.results.filter(batch_id=outcome.batch_id)
    row = told.row(by_predicate=pl.col("rule") == code, named=True)

    assert set(told.filter(pl.col("status") != "pass")["rule"]) == {code, *bite.also}
    assert (row["status"], row["severity"], row["title"]) == ("fail", rule.severity, rule.title)
    failed = [r for r in judged.contract.rules if r.code in {code, *bite.also}]
    critical = any(r.severity == "critical" for r in failed)
    assert outcome.verdict is (Verdict.BLOCK if critical else Verdict.WARN)
    assert code in outcome.reason or (critical and rule.severity == "warning")
    verdict = judged.verdicts.filter(batch_id=outcome.batch_id)
    assert verdict["verdict"].to_list() == [str(outcome.verdict)]
    assert set(verdict["rules_failed"][0]) == {code, *bite.also}

    samples = json.loads(row["samples"])
    if rule.scope == "row":
        assert (row["evaluated"], row["unexpected"]) == (rows.height, bite.broken)
        assert row["observed"] == f"share__{code} = {bite.broken / rows.height:.6g}"
        assert row["tolerance"] == rule.tolerance < bite.broken / rows.height
        assert len(samples) == min(SAMPLES, bite.broken)
        assert {s["line"] for s in samples} <= set(changed_lines(judged, day))
    elif rule.scope == "table":
        assert row["unexpected"] == bite.broken
        assert len(samples) == (0 if judged.contract.private else bite.broken)
    elif judged.contract.private and rule.column in judged.contract.profile:
        assert row["observed"] is None
    else:
        assert f"{row['observed']} ".startswith(f"{rule.column} = {bite.seen:.6g} ")

    assert outcome.rows_read - outcome.gave_way.total == rows.height == outcome.rows_kept + outcome.rows_quarantined
    held = judged.held.filter(batch_id=outcome.batch_id, scope="row")
    assert held.height == outcome.rows_quarantined
    assert judged.live.filter(day=day).height == (outcome.rows_kept if outcome.verdict.open else 0)


def changed_lines(judged: Judged, day: date) -> pl.Series:
    good = good_day(judged.name, day).rows
    return judged.asked[day].rows.join(good, on=good.columns, how="anti", nulls_equal=True)["_line"]


@pytest.mark.parametrize("name", weekly_but(GOOD, BITES))
def test_a_row_without_a_day_is_not_lost_at_the_gate(name: str, tmp_path):
    """It belongs to no day's batch: whoever brings it has to keep it under its delivery instead."""
    contract, home = CONTRACTS[name], Home(tmp_path)
    asked = put(day=[None])(good_day(name, FIRST))
    with pytest.raises(ValueError, match=f"{contract.name}: rows without a day cannot be judged"):
        good_days.admit(home, contract, {FIRST: asked})
    assert good_days.live(home, contract).is_empty()
    assert ledger.read(home, "batch").collect().is_empty()


# --- the same rules as other tools test them on the published file --------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Rows as if they were published without a gate, with the ledger beside them, and the queries of a document."""

    con: duckdb.DuckDBPyConnection
    queries: dict[str, RuleInSql]
    good: list[date]

    def broken(self, codes: Iterable[str], *days: date, rows: str = "every_row") -> dict[str, int]:
        """What the query of each rule finds on the good days and on these. `live_row` are those the gate admitted."""
        shown = ", ".join(f"DATE '{day}'" for day in (*self.good, *days))
        self.con.execute(f"CREATE OR REPLACE VIEW core.small AS FROM {rows} WHERE day IN ({shown})")
        self.con.execute(f"CREATE OR REPLACE VIEW ledger.batch AS FROM every_batch WHERE day IN ({shown})")
        return {code: found for code in codes for (found,) in self.con.execute(self.queries[code].query).fetchall()}


_ASKED: dict[str, Asked] = {}


@pytest.fixture
def asked(judged: Judged) -> Asked:
    if judged.name not in _ASKED:
        place = PublishedPlace("", "core", "small", "seoul")
        good = [good_day(judged.name, outcome.day).rows for outcome in judged.good]
        rows = pl.concat([*good, *(day.rows for day in judged.asked.values())]).drop("_sha256", "_line")
        con = connect.connect()
        con.execute("CREATE SCHEMA core; CREATE SCHEMA ledger")
        con.register("given", rows.to_arrow())
        con.execute("CREATE TABLE every_row AS FROM given")
        con.register("admitted", judged.live.to_arrow())
        con.execute("CREATE TABLE live_row AS FROM admitted")
        tables = {"batch": "every_batch", "verdict": "ledger.verdict", "rule_result": "ledger.rule_result"}
        for name, table in tables.items():
            con.register("of_ledger", ledger.read(judged.home, name).collect().to_arrow())
            con.execute(f"CREATE TABLE {table} AS FROM of_ledger")
        queries = {rule.code: rule_in_sql(rule, judged.contract, place) for rule in judged.contract.rules}
        _ASKED[judged.name] = Asked(con, queries, [outcome.day for outcome in judged.good])
    return _ASKED[judged.name]


@pytest.mark.parametrize("name", weekly_but(GOOD, BITES))
def test_other_tools_only_warn_of_what_the_gate_admits(name: str, judged: Judged, asked: Asked):
    """Good days and marked ones, as they are published: values that were set to null are, and their rules hold."""
    live = [day for day, outcome in judged.outcomes.items() if outcome.verdict.open and day not in asked.good]
    marked = {code for day in live for code in judged.failed(day)}
    codes = [rule.code for rule in judged.contract.rules]
    assert asked.broken(codes, rows="live_row") == dict.fromkeys(codes, 0)
    found = {code for code, broken in asked.broken(codes, *live, rows="live_row").items() if broken}
    assert found <= marked
    assert {asked.queries[code].severity for code in found} <= {"warning", "info"}


@pytest.mark.parametrize(("name", "code", "number"), weekly_but(BY_HAND, CASES))
def test_other_tools_find_what_the_gate_finds(name: str, code: str, number: int, judged: Judged, asked: Asked):
    bite, day = bite_of(name, code, number), judged.days[code, number]
    rule = next(r for r in judged.contract.rules if r.code == code)
    closed = f"{judged.contract.prefix}-000"
    opened, broken = judged.outcomes[day].verdict.open, asked.broken({code, closed}, day)
    found = broken[code]
    if "ledger.rule_result" in asked.queries[code].query:
        assert (found > 0) == opened
    elif rule.scope == "row" and rule.on_fail != "flag":
        assert found == bite.broken
    elif code.endswith("-000"):
        assert found == 0  # nothing of such a day is published
    else:
        assert found > 0
    rows = judged.asked[day].rows.height
    assert (broken[closed] > 0) == (not opened and rows > 0)


# --- the rules of the published file ------------------------------------------------------------------------

SPOILT = {
    "PUB-001": ["INSERT INTO metric.value FROM metric.value LIMIT 1"],
    "PUB-002": [
        "INSERT INTO metric.value BY NAME SELECT * REPLACE ('happiness' AS metric) FROM metric.value LIMIT 1",
    ],
    "PUB-003": ["UPDATE metric.value SET status = NULL WHERE metric = 'bike_rentals_per_100k'"],
    "PUB-004": [
        "INSERT INTO metric.latest BY NAME SELECT * REPLACE (period_start - 1 AS period_start) "
        "FROM metric.latest LIMIT 1",
    ],
    "PUB-005": ["COMMENT ON COLUMN metric.value.unit IS NULL"],
    "PUB-006": ["INSERT INTO benchmark.value FROM benchmark.value LIMIT 1"],
    "PUB-007": ["UPDATE benchmark.value SET value = coalesce(value, 0) + 1"],
    "PUB-008": ["UPDATE benchmark.value SET rank = 1, rank_low = 1, rank_high = 1, ranked = 1, class_id = 'alone'"],
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory):
    """A home with a day of bicycles, and a city that has only those: nearly all values are absent."""
    root = tmp_path_factory.mktemp("night")
    home, city = Home(root / "home"), load_city(small_seoul(root, "bike_daily") / "seoul")
    contract = city.feed("bike_daily")
    assert good_days.admit(home, contract, {FIRST: GOOD["bike_daily"](contract, FIRST)})[FIRST].verdict.open
    return home, city


def published_with(night: tuple[Home, Any], statements: Sequence[str], run_id: str = "test") -> Any:
    """Publish, and spoil the finished file behind publish's back just before its gate looks at it."""
    home, city = night

    def spoil(step: str) -> None:
        if step == "publish.built":
            (path,) = home.published.glob(".next-*.duckdb")
            with duckdb.connect(str(path)) as con:
                for statement in statements:
                    con.execute(statement)

    with failpoint.listening(spoil):
        return publish.publish_all(home, [city], run_id=run_id)


@pytest.mark.parametrize("code", SPOILT)
def test_a_rule_of_the_published_file_bites(code: str, night):
    with pytest.raises(publish.PublicationRefused) as refused:
        published_with(night, SPOILT[code], run_id=f"spoilt {code}")
    assert set(re.findall(r"PUB-\d+", str(refused.value))) == {code}
    assert not night[0].published_file.exists()
    status, verdict = recorded(night[0], f"spoilt {code}")
    assert status == dict.fromkeys(PUBLICATION, "pass") | {code: "fail"}
    assert verdict["verdict"] == "BLOCK"
    assert verdict["rules_failed"] == [code]
    assert verdict["reason"] in str(refused.value)
    assert code != "PUB-005" or str(refused.value).endswith("without comment: metric.value.unit")


def recorded(home: Home, run_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    """What the ledger has about the publication of a run: the status of each rule, and the verdict."""
    of_run = (pl.col("run_id") == run_id) & (pl.col("layer") == "published")
    results = ledger.read(home, "rule_result").filter(of_run).collect()
    assert results["rule"].is_unique().all()
    assert set(results["severity"]) == {"critical"}
    verdicts = ledger.read(home, "verdict").filter(of_run).collect()
    assert set(results["batch_id"]) == set(verdicts["batch_id"])
    return dict(results.select("rule", "status").iter_rows()), verdicts.row(0, named=True)


def test_a_home_in_which_nothing_ever_ran_is_refused(tmp_path, night):
    with pytest.raises(publish.PublicationRefused, match=r"^nothing was ever admitted by a gate, see `madang status`$"):
        publish.publish_all(Home(tmp_path), [night[1]], run_id="test")


def test_rows_that_came_past_the_gate_are_refused(tmp_path, night):
    home, city = Home(tmp_path), night[1]
    contract = city.feed("bike_daily")
    table = home.table(city.name, "core", "bike_daily")
    rows = GOOD["bike_daily"](contract, FIRST).rows.select(contract.schema.names())
    later = FIRST + timedelta(days=1)
    good_days.admit(home, contract, {later: GOOD["bike_daily"](contract, later)})
    lake.commit(table, contract.schema, [lake.stage_file(table, FIRST, "smuggled", rows)], {})
    with pytest.raises(publish.PublicationRefused, match="smuggled"):
        publish.publish_all(home, [city], run_id="test")
    with pytest.raises(publish.PublicationRefused, match="smuggled"):
        load_snapshot(home, city, [contract])
    assert load_snapshot(home, city, []).batches == {}  # whoever does not read the table is not concerned


def test_an_unspoilt_file_is_published(tmp_path, night):
    home, city = Home(tmp_path), night[1]
    contract = city.feed("bike_daily")
    good_days.admit(home, contract, {FIRST: GOOD["bike_daily"](contract, FIRST)})
    assert published_with((home, city), []).values_total > 0
    status, verdict = recorded(home, "test")
    assert status == dict.fromkeys(PUBLICATION, "pass")  # passes are recorded, too
    assert (verdict["verdict"], verdict["rules_failed"]) == ("PASS", [])


# --- nothing is forgotten -----------------------------------------------------------------------------------


def test_every_rule_has_a_bite():
    assert sorted(set(GOOD) - set(CONTRACTS)) == [], "good days without a contract"
    there = {(name, r.code) for name, c in CONTRACTS.items() for r in c.rules}
    bitten = {(name, code) for name, bites in BITES.items() for code in bites}
    assert sorted(there - bitten) == [], "rules without a bite"
    assert sorted(bitten - there) == [], "bites for rules that are no longer there"
    assert sorted(ALSO.keys() - {code for _, code in there}) == [], "the same, in ALSO"
    assert sorted(PUBLICATION ^ set(SPOILT)) == []


def test_codes_name_one_rule_each_within_a_city():
    packs = {name.partition("/")[0] for name in CONTRACTS if "/" in name} | {""}
    for pack in packs:
        own = [c for name, c in CONTRACTS.items() if c.layer != "core" or name.rpartition("/")[0] == pack]
        codes = [r.code for c in own for r in c.rules]
        assert sorted({c for c in codes if codes.count(c) > 1}) == []
