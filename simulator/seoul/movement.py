"""Bicycles, subway, road links and parking of Seoul as the portal gives them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.messages import Question
from simulator.rendering.published import published_day
from simulator.rendering.text import NOTHING, argument, at, fixed, short
from simulator.world import movement
from simulator.world.network import docking_stations, lots
from simulator.world.places import districts
from simulator.world.world import World

SUBWAY_RENAMED_ON = date(2024, 1, 1)  # day of use
FIRST_BIKE_NUMBER = 102
_RIDERS = [
    (kind, sex, age)
    for kind in ("정기권", "일일권")
    for sex in ("M", "F")
    for age in ("~10대", "20대", "30대", "40대", "50대", "60대")
]
_RIDER_SHARES = np.multiply.outer(
    np.multiply.outer([0.87, 0.13], [0.58, 0.42]), [0.07, 0.36, 0.24, 0.17, 0.11, 0.05]
).ravel()


def bike_station_rows(question: Question, _arguments: tuple[str, ...]) -> pl.DataFrame:
    """bikeList: stations and the bicycles at them now, all texts; more bicycles than racks is legal."""
    rows = _numbered(question.world).join(
        movement.bike_now(question.world, question.now), on="station_id", how="left", maintain_order="left"
    )
    return rows.select(
        rackTotCnt=pl.col("racks").cast(pl.String),
        stationName=pl.format("{}. {}", "number", "name"),
        parkingBikeTotCnt=pl.col("bikes").cast(pl.String),
        shared=short(100 * pl.col("bikes") / pl.col("racks"), 0),
        stationLatitude=fixed(pl.col("lat"), 8),
        stationLongitude=fixed(pl.col("lon"), 8),
        stationId="station_id",
    )


def bike_rental_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """tbCycleRentUseDayInfo/{YYYY-MM-DD}: rentals by station, kind of ticket, sex and age, all texts."""
    day = published_day(question, argument(arguments, 0), "%Y-%m-%d", "%Y%m%d")
    if day is None:
        return NOTHING
    world = question.world
    chance = world.random("bikes/riders", day)
    counts = chance.multinomial(
        movement.bike_rentals(world, day)["rentals"].to_numpy(), _RIDER_SHARES / _RIDER_SHARES.sum()
    )
    station, rider = np.nonzero(counts)
    used = counts[station, rider]
    # A journey is 2.3 km and 23 minutes long; 232 g of CO2 and 26 kcal for a kilometre.
    metres = used * 2300 * np.exp(0.35 * chance.standard_normal(used.size))
    stations = _numbered(world)
    rows = pl.DataFrame(
        {
            "number": stations["number"].gather(station),
            "name": stations["name"].gather(station),
            "kind": [_RIDERS[n][0] for n in rider],
            "sex": [_RIDERS[n][1] for n in rider],
            "age": [_RIDERS[n][2] for n in rider],
            "used": used,
            "metres": metres,
        }
    )
    return rows.select(
        RENT_DT=pl.lit(f"{day:%Y-%m-%d}"),
        RENT_ID=pl.col("number").cast(pl.String).str.zfill(5),
        RENT_NM="name",
        RENT_TYPE="kind",
        GENDER_CD="sex",
        AGE_TYPE="age",
        USE_CNT=pl.col("used").cast(pl.String),
        EXER_AMT=fixed(pl.col("metres") * 0.026, 2),
        CARBON_AMT=fixed(pl.col("metres") * 0.000232, 2),
        MOVE_METER=fixed(pl.col("metres"), 2),
        MOVE_TIME=short(pl.col("metres") / 100, 0),
    )


def subway_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """CardSubwayStatsNew/{YYYYMMDD}: journeys by station, as 52929.0; one station comes in two parts."""
    day = published_day(question, argument(arguments, 0), "%Y%m%d", "%Y-%m-%d")
    if day is None:
        return NOTHING
    rows = movement.subway(question.world, day).with_columns(pl.col("boardings", "alightings").cast(pl.Float64))
    split = int(question.world.random("subway/parts", day).integers(rows.height))
    whole = rows.slice(split, 1)
    part = whole.with_columns(pl.col("boardings", "alightings") // 8)
    rest = whole.with_columns(pl.col(name) - part[name] for name in ("boardings", "alightings"))
    rows = pl.concat([rows.head(split), part, rest, rows.slice(split + 1)])
    names = (
        ("USE_DT", "LINE_NUM", "SUB_STA_NM", "RIDE_PASGR_NUM", "ALIGHT_PASGR_NUM", "WORK_DT")
        if day < SUBWAY_RENAMED_ON
        else ("USE_YMD", "SBWY_ROUT_LN_NM", "SBWY_STNS_NM", "GTON_TNOPE", "GTOFF_TNOPE", "REG_YMD")
    )
    values = (
        at(pl.col("day"), "%Y%m%d"),
        pl.col("line"),
        pl.col("station"),
        pl.col("boardings"),
        pl.col("alightings"),
        at(pl.col("registered_on"), "%Y%m%d"),
    )
    return rows.select(**dict(zip(names, values, strict=True)))


def road_link_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """TrafficInfo/{link_id}: speed and time on one road link now, as texts."""
    rows = movement.traffic(question.world, question.now).filter(pl.col("link_id") == argument(arguments, 0))
    return rows.select(
        "link_id", prcs_spd=fixed(pl.col("speed_kmh"), 2), prcs_trv_time=fixed(pl.col("travel_time_s"), 2)
    )


def parking_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """GetParkingInfo[/{district}]: public lots and the cars in them now; counts as 1260.0."""
    district = argument(arguments, 0)
    rows = (
        lots(question.world)
        .join(movement.parking(question.world, question.now).drop("capacity"), on="code", maintain_order="left")
        .join(districts(question.world).select("area", district="name"), on="area", how="left", maintain_order="left")
    )
    rows = rows.filter(pl.col("district") == district) if district else rows
    return rows.select(
        PKLT_CD="code", PKLT_NM="name", ADDR=pl.format("{} {}", "district", "name"), PKLT_TYPE=pl.lit("NW"),
        PRK_TYPE_NM=pl.lit("노외 주차장"), OPER_SE=pl.lit("1"), OPER_SE_NM=pl.lit("시간제 주차장"), TELNO=pl.lit(""),
        PRK_STTS_YN=pl.lit("1"), PRK_STTS_NM=pl.lit("현재~20분이내 연계데이터 존재(현재 주차대수 표현)"),
        TPKCT=pl.col("capacity").cast(pl.Float64), NOW_PRK_VHCL_CNT=pl.col("parked").cast(pl.Float64),
        NOW_PRK_VHCL_UPDT_TM=at(pl.col("updated_at"), "%Y-%m-%d %H:%M:%S"), PAY_YN=pl.lit("Y"),
        PAY_YN_NM=pl.lit("유료"), NGHT_PAY_YN=pl.lit("N"), NGHT_PAY_YN_NM=pl.lit("야간 미개방"),
        WD_OPER_BGNG_TM=pl.lit("0000"),
        WD_OPER_END_TM=pl.lit("2400"), BSC_PRK_CRG=pl.lit(430), BSC_PRK_HR=pl.lit(5), ADD_PRK_CRG=pl.lit(430),
        ADD_PRK_HR=pl.lit(5),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _numbered(world: World) -> pl.DataFrame:
    """Bicycle stations with the numbers that are painted on them."""
    return docking_stations(world).with_columns(number=pl.int_range(pl.len()) + FIRST_BIKE_NUMBER)
