"""What the law of urban regeneration asks of an area, by year: residents, establishments and buildings.

Special Act on urban regeneration (Korea), art. 13 (4), and its decree, art. 17. When numbers have fallen is worked out
in `assets/formulas/decline.py`; here is of which numbers it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from assets.formulas.boundaries import breaks_of, inside_of
from assets.formulas.decline import falls_running, has_declined, two_of
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY, TIME
from quality.contract.interval import last_of_period

FALL = {"residents": (30, 20), "businesses": (10, 5)}  # years of which one has the highest number, and % below it
OLD_YEARS, VERY_OLD_YEARS = 20, 30
KNOWN = 0.9  # of the buildings the day of completion has to be known, or their ages say nothing
BUILDINGS = 5  # at the least: ages of fewer would be those of single buildings
TOTAL = "total"
_SPLIT = ("sex", "age_from", "people_group", "industry")  # by what rows may be parts of a number, or its total

Numbers = Mapping[int, int]  # by year, as they stood at its end


def regeneration_area_year(read: ReadRows, city: City) -> pl.DataFrame:
    """By year and area, the numbers behind each criterion, and whether it is met. Null: what is not known decides."""
    years = sorted({year for one in read["residents"] for year in one.rows.select(START).unique().collect()[START]})
    histories = {what: _histories(read[what], what, city) for what in FALL}
    levels = dict(_inside(city).select("area", "area_level").iter_rows()) | {city.config.area: "city"}
    rows = list[dict[str, object]]()
    for day in years:
        buildings = _buildings(read["buildings"], last_of_period(day, "year"), city)
        for area, level in levels.items():
            row = dict[str, object]()
            for what, (back, percent) in FALL.items():
                row |= _fallen(histories[what].get(area, {}), day.year, back, percent, what)
            row |= buildings.get(area, {"buildings": None, "buildings_criterion": None})
            if row["residents"] is not None or row["buildings"] is not None:
                criteria = [row[f"{what}_criterion"] for what in (*FALL, "buildings")]
                rows.append({DAY: day, "area": area, "area_level": level, **row, **_decided(criteria)})
    return pl.DataFrame(rows, schema=_COLUMNS)


def _decided(criteria: list[object]) -> dict[str, object]:
    """How many of the three are met: of those that are known, where these decide whether it is two."""
    known = [one if isinstance(one, bool) else None for one in criteria]
    two = two_of(known)
    return {
        "criteria_known": len(known) - known.count(None),
        "criteria_met": known.count(True),
        "two_of_three": two,
        "result": "indeterminate" if two is None else "met" if two else "not met",
    }


def _fallen(numbers: Numbers, year: int, years: int, percent: int, what: str) -> dict[str, object]:
    window = {one: numbers[one] for one in range(year - years, year + 1) if one in numbers}
    highest = max(window, key=lambda one: (window[one], one), default=None)
    return {
        what: numbers.get(year),
        f"{what}_highest": None if highest is None else window[highest],
        f"{what}_highest_year": highest,
        f"{what}_years_known": len(window),
        f"{what}_falls_running": falls_running(numbers, year),
        f"{what}_criterion": has_declined(numbers, year, years=years, percent=percent),
    }


def _histories(read: tuple[Observed, ...], what: str, city: City) -> dict[str, Numbers]:
    """By area, its numbers by year, of the one feed that has the most years.

    Feeds are never put together: one counts foreigners and another does not, and where they met there would be a fall
    that never was.
    """
    found = dict[str, list[tuple[int, str, Numbers]]]()
    for observed in read:
        for area, numbers in _by_area(_at_year_ends(observed, what), city):
            found.setdefault(area, []).append((-len(numbers), observed.feed, numbers))
    return {area: min(feeds, key=lambda one: one[:2])[2] for area, feeds in found.items()}


def _at_year_ends(observed: Observed, what: str) -> pl.DataFrame:
    """AREA, year, number: the total where a feed has one, else the sum of its parts."""
    parts = [name for name in _SPLIT if name in observed.identity]
    told_apart = dict.fromkeys((AREA, TIME, *observed.identity, what))
    rows = observed.rows.select(*told_apart).drop_nulls([AREA, what]).unique().collect()
    for part in parts:
        total = pl.col(part).is_null() | (pl.col(part).cast(pl.String) == TOTAL)
        rows = rows.filter(total | ~total.any().over(AREA, TIME))
    return rows.group_by(AREA, year=pl.col(TIME).dt.year().cast(pl.Int64)).agg(number=pl.col(what).sum().cast(pl.Int64))


def _by_area(rows: pl.DataFrame, city: City) -> Iterator[tuple[str, Numbers]]:
    """Each area with its years: those of which all of its parts have a number, so that no part that is lacking becomes
    a fall, and since its outline is what it is now: nothing is spliced. The city has all its districts."""
    inside = _inside(city)
    districts = inside.filter(area_level="district").select(AREA, _district="area")
    whole = rows.join(districts, on=AREA, how="left").with_columns(area=pl.lit(city.config.area))
    lacking = inside.filter(area_level="district")["area"].n_unique() - whole["_district"].n_unique()
    parts = rows.join(inside.select(AREA, "area"), on=AREA)
    together = pl.concat([parts, *([whole.select(parts.columns)] if lacking <= 0 else [])])
    sums = together.group_by("area", "year").agg(pl.col("number").sum(), there=pl.len())
    breaks = breaks_of(city.areas, city.crosswalks).group_by("area").agg(pl.col("since").max())
    whole_years = pl.col("there") == pl.col("there").max().over("area")
    of_outline = pl.col("since").is_null() | (pl.date("year", 12, 31) >= pl.col("since"))
    complete = sums.filter(whole_years).join(breaks, on="area", how="left").filter(of_outline)
    for (area,), of_area in complete.partition_by("area", as_dict=True).items():
        yield str(area), dict(of_area.select("year", "number").sort("year").iter_rows())


def _inside(city: City) -> pl.DataFrame:
    """_area, area, area_level: what lies wholly in an area. What lies in it by half, or nobody knows, does not."""
    return inside_of(city.areas, city.crosswalks).filter(pl.col("share") == 1).drop("share")


def _buildings(read: tuple[Observed, ...], day: date, city: City) -> dict[str, dict[str, object]]:
    """By area, how old its buildings are on a day. One counts as 20 years old when 20 years have passed since the day
    of its completion; where only the year is known, since the end of it."""
    if not read:
        return {}
    rows = pl.concat(one.rows.select("place", AREA, "built_on", "built_year", "floor_area") for one in read)
    built = pl.coalesce("built_on", pl.date(pl.col("built_year"), 12, 31))
    dated = (
        rows.with_columns(built=built).filter(pl.col("built").is_null() | (pl.col("built") <= day)).unique().collect()
    )
    inside = _inside(city).select(AREA, "area")
    whole = dated.with_columns(area=pl.lit(city.config.area))
    together = pl.concat([dated.join(inside, on=AREA), whole.select(*dated.columns, "area")])
    age = day.year - pl.col("built").dt.year()
    old, very_old = (pl.col("built") <= _years_before(day, years) for years in (OLD_YEARS, VERY_OLD_YEARS))
    counts = (
        together.sort("built")
        .group_by("area", maintain_order=True)
        .agg(
            buildings=pl.len().cast(pl.Int64),
            buildings_known=pl.col("built").count().cast(pl.Int64),
            buildings_over_20y=old.sum().cast(pl.Int64),
            buildings_over_30y=very_old.sum().cast(pl.Int64),
            building_age_median=age.median(),
            building_age_median_by_area=_middle_of_floors(age, pl.col("floor_area")),
        )
    )
    tells = (pl.col("buildings") >= BUILDINGS) & (pl.col("buildings_known") >= KNOWN * pl.col("buildings"))
    unknown = pl.col("buildings") - pl.col("buildings_known")
    twice = 2 * pl.col("buildings_over_20y")
    judged = counts.with_columns(
        *(pl.when(tells).then(name).alias(name) for name in ("building_age_median", "building_age_median_by_area")),
        ages_tell=tells,
        # half of all buildings: those of an unknown age may be old or not
        buildings_criterion=pl.when(twice >= pl.col("buildings"))
        .then(True)
        .when(twice + 2 * unknown < pl.col("buildings"))
        .then(False),
    )
    return {str(row.pop("area")): row for row in judged.to_dicts()}


def _middle_of_floors(age: pl.Expr, floors: pl.Expr) -> pl.Expr:
    """The age that half of the floor area has at the least. Of buildings in the order of their completion."""
    known = age.is_not_null() & (floors > 0)
    area = floors.filter(known)
    return age.filter(known).filter(2 * area.cum_sum() >= area.sum()).first().cast(pl.Float64)


def _years_before(day: date, years: int) -> date:
    """29 February of a year that has none is the 28th."""
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _of_numbers(what: str) -> dict[str, pl.DataType]:
    counts = (what, *(f"{what}_{part}" for part in ("highest", "highest_year", "years_known", "falls_running")))
    return {**dict.fromkeys(counts, pl.Int64()), f"{what}_criterion": pl.Boolean()}


_COLUMNS: Mapping[str, pl.DataType] = {
    DAY: pl.Date(),
    "area": pl.String(),
    "area_level": pl.String(),
    **_of_numbers("residents"),
    **_of_numbers("businesses"),
    **dict.fromkeys(("buildings", "buildings_known", "buildings_over_20y", "buildings_over_30y"), pl.Int64()),
    **dict.fromkeys(("building_age_median", "building_age_median_by_area"), pl.Float64()),
    **dict.fromkeys(("ages_tell", "buildings_criterion"), pl.Boolean()),
    **dict.fromkeys(("criteria_known", "criteria_met"), pl.Int64()),
    "two_of_three": pl.Boolean(),
    "result": pl.String(),
}

TABLE = Mart(
    reads=(
        Reads("residents", ("area", "residents"), longest="year", shortest="year", back=range(31), registers=True),
        Reads(
            "businesses",
            ("area", "businesses"),
            longest="year",
            shortest="year",
            back=range(11),
            registers=True,
            optional=True,
        ),
        Reads("buildings", ("area",), optional=True),
    ),
    compute=regeneration_area_year,
    every="year",
    contributors=("buildings",),
    adds_up="buildings",
    add_up_too=("buildings_over_20y", "buildings_over_30y"),
)
