"""Trade areas by quarter and waterworks by day of Seoul as the portal gives them."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.messages import Question
from simulator.rendering.published import published_day, published_quarter
from simulator.rendering.text import NOTHING, argument, at
from simulator.world import trade, utilities
from simulator.world.places import districts

_CHANGE = {"HH": "정체", "HL": "상권축소", "LH": "상권확장", "LL": "다이나믹"}
_SPENT_ON = {
    "food": "FDSTFFS",
    "clothing": "CLTHS_FTWR",
    "household_goods": "LVSPL",
    "medical": "MCP",
    "transport": "TRNSPORT",
    "education": "EDC",
    "entertainment": "PLESR",
    "leisure": "LSR_CLTUR",
    "other": "ETC",
    "eating_out": "FD",
}
_WATER = {"intake": "취수", "sent": "송수", "supplied": "공급량"}
_DAYS = {
    "weekday_krw": {"MON": 0.19, "TUES": 0.195, "WED": 0.2, "THUR": 0.2, "FRI": 0.215},
    "weekend_krw": {"SAT": 0.54, "SUN": 0.46},
}
_AGES = {"10": 0.02, "20": 0.19, "30": 0.24, "40": 0.23, "50": 0.19, "60_ABOVE": 0.13}


def sales_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """VwsmTrdarSelngQq/{YYYYQ}: card sales of the quarter. Sexes and ages stay below the total: cards of companies."""
    asked = published_quarter(question, argument(arguments, 0))
    if asked is None:
        return NOTHING
    rows = _named(question, trade.sales(question.world, *asked))
    krw = {name: rows[name].to_numpy() for name in rows.columns if name.endswith("_krw")}
    total = krw["amount_krw"]
    amounts = {"THSMON": total, "MDWK": krw["weekday_krw"], "WKEND": krw["weekend_krw"]}
    for column, shares in _DAYS.items():
        amounts |= dict(zip(shares, _parts(krw[column], list(shares.values())), strict=True))
    amounts |= {f"TMZON_{slot}": krw[f"slot_{slot}_krw"] for slot in trade.SLOTS}
    amounts |= {"ML": krw["male_krw"], "FML": krw["female_krw"]}
    ages = _parts(krw["male_krw"] + krw["female_krw"], list(_AGES.values()))
    amounts |= {f"AGRDE_{age}": part for age, part in zip(_AGES, ages, strict=True)}
    counts = {
        name: np.floor(rows["count"].to_numpy() * (part / np.maximum(total, 1)))  # never more than the payments
        for name, part in amounts.items()
    }
    counts["WKEND"] = counts["THSMON"] - counts["MDWK"]
    values = {}
    for name, amount in amounts.items():
        values[f"{name}_SELNG_AMT"] = amount.astype(float)
        values[f"{name}_SELNG_CO"] = counts[name].astype(np.int64) if name in ("MDWK", "WKEND") else counts[name]
    return _head(rows, argument(arguments, 0), "SVC_INDUTY_CD", "SVC_INDUTY_CD_NM").with_columns(**values)


def store_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """VwsmTrdarStorQq/{YYYYQ}: stores; STOR_CO is without the franchises, SIMILR_INDUTY_STOR_CO with them."""
    asked = published_quarter(question, argument(arguments, 0))
    if asked is None:
        return NOTHING
    rows = _named(question, trade.stores(question.world, *asked))
    count, new, gone, chain = (
        rows[name].cast(pl.Float64) for name in ("stores", "openings", "closures", "franchise_stores")
    )
    return _head(rows, argument(arguments, 0), "SVC_INDUTY_CD", "SVC_INDUTY_CD_NM").with_columns(
        STOR_CO=count - chain,
        SIMILR_INDUTY_STOR_CO=count,
        OPBIZ_RT=(100 * new / count).round(0),
        OPBIZ_STOR_CO=new,
        CLSBIZ_RT=(100 * gone / count).round(0),
        CLSBIZ_STOR_CO=gone,
        FRC_STOR_CO=chain,
    )


def trade_change_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """VwsmTrdarIxQq/{YYYYQ}: how many months shops last, against the city; whole months."""
    asked = published_quarter(question, argument(arguments, 0))
    if asked is None:
        return NOTHING
    rows = _named(question, trade.closures(question.world, *asked))
    return _head(rows, argument(arguments, 0)).with_columns(
        TRDAR_CHNGE_IX=rows["change_index"],
        TRDAR_CHNGE_IX_NM=rows["change_index"].replace_strict(_CHANGE),
        OPR_SALE_MT_AVRG=rows["open_months"].round(0),
        CLS_SALE_MT_AVRG=rows["closed_months"].round(0),
        SU_OPR_SALE_MT_AVRG=rows["city_open_months"].round(0),
        SU_CLS_SALE_MT_AVRG=rows["city_closed_months"].round(0),
    )


def register_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """TbgisTrdarRelm: the trade areas and their districts. Neither centres (EPSG:5181) nor neighbourhoods are made."""
    del arguments
    names = districts(question.world).select("area", district="name")
    rows = trade.trade_areas(question.world).join(names, on="area", how="left", maintain_order="left")
    return rows.select(
        TRDAR_SE_CD="kind",
        TRDAR_SE_CD_NM=pl.col("kind").replace_strict(trade.KINDS),
        TRDAR_CD="code",
        TRDAR_CD_NM="name",
        SIGNGU_CD="area",
        SIGNGU_CD_NM="district",
    )


def spending_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """VwsmSignguNcmCnsmpW/{YYYYQ}: spending of households by district, in whole won."""
    asked = published_quarter(question, argument(arguments, 0))
    if asked is None:
        return NOTHING
    rows = trade.spending(question.world, *asked)
    return rows.select(
        STDR_YYQU_CD=pl.lit(argument(arguments, 0)),
        SIGNGU_CD="area",
        SIGNGU_CD_NM="name",
        MT_AVRG_INCOME_AMT="income",
        INCOME_SCTN_CD=(pl.col("income") // 500_000).clip(1, 10).cast(pl.String),
        EXPNDTR_TOTAMT="total",
        **{f"{code}_EXPNDTR_TOTAMT": pl.col(kind) for kind, code in _SPENT_ON.items()},
    )


def water_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """WoWcbsDayStatic/{YYYYMMDD}: cubic metres by plant; three measures share the table."""
    day = published_day(question, argument(arguments, 0), "%Y%m%d", "%Y-%m-%d")
    if day is None:
        return NOTHING
    return utilities.waterworks(question.world, day).select(
        YMD=at(pl.col("day"), "%Y%m%d"),
        ROF_SE_NM=pl.col("kind").replace_strict(_WATER),
        BUSNP_NM="plant",
        MSRMT_VL=pl.col("m3").round(0),
    )


def _named(question: Question, rows: pl.DataFrame) -> pl.DataFrame:
    areas = trade.trade_areas(question.world).select(trade_area="code", area_name="name", kind="kind")
    rows = rows.join(areas, on="trade_area", how="left", maintain_order="left")
    if "industry" not in rows.columns:
        return rows
    industries = trade.industries(question.world).select(industry="code", industry_name="name")
    return rows.join(industries, on="industry", how="left", maintain_order="left")


def _head(rows: pl.DataFrame, text: str, *industry: str) -> pl.DataFrame:
    columns = {
        "STDR_YYQU_CD": pl.lit(text),
        "TRDAR_SE_CD": pl.col("kind"),
        "TRDAR_SE_CD_NM": pl.col("kind").replace_strict(trade.KINDS),
        "TRDAR_CD": pl.col("trade_area"),
        "TRDAR_CD_NM": pl.col("area_name"),
    }
    columns |= dict(zip(industry, (pl.col("industry"), pl.col("industry_name")), strict=bool(industry)))
    return rows.select(**columns)


def _parts(totals: np.ndarray, shares: list[float]) -> list[np.ndarray]:
    """Whole parts that add up to whole totals; the last one takes what rounding left."""
    parts = [np.floor(totals * share).astype(np.int64) for share in shares[:-1]]
    return [*parts, totals - sum(parts)]
