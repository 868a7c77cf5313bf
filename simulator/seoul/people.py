"""Living population of Seoul by neighbourhood and hour as the portal gives it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.messages import Question
from simulator.rendering.published import published_day
from simulator.rendering.text import NOTHING, argument
from simulator.world.people import BANDS, people_hours
from simulator.world.places import dongs
from simulator.world.world import World

_PARTS = [f"{sex}_F{band}_LVPOP_CO" for sex in ("MALE", "FEMALE") for band in BANDS]
_TEN_THOUSANDTHS = 10_000


def living_population_rows(question: Question, arguments: tuple[str, ...]) -> pl.DataFrame:
    """SPOP_LOCAL_RESD_DONG/{YYYYMMDD}[/HH[/dong]]: texts with four decimals; the total is the sum of the 28 parts."""
    day = published_day(question, argument(arguments, 0), "%Y%m%d", "%Y-%m-%d")
    if day is None:
        return NOTHING
    hour, dong = argument(arguments, 1), argument(arguments, 2)
    rows = _day(question.world, day)
    rows = rows.filter(pl.col("TMZON_PD_SE") == hour.zfill(2)) if hour else rows
    return rows.filter(pl.col("ADSTRD_CODE_SE") == dong) if dong else rows


@lru_cache(maxsize=2)
def _day(world: World, day: date) -> pl.DataFrame:
    codes = dongs(world)["dong_code"]
    truth = people_hours(world, day)["people"].to_numpy().reshape(len(codes), 24, len(_PARTS))
    # By hour, then neighbourhood. Each part is rounded before they are added, so that the texts add up exactly.
    parts = np.rint(truth.transpose(1, 0, 2).reshape(-1, len(_PARTS)) * _TEN_THOUSANDTHS).astype(np.int64)
    numbers = {"TOT_LVPOP_CO": parts.sum(axis=1), **{name: parts[:, n] for n, name in enumerate(_PARTS)}}
    hour = np.repeat(np.arange(24), len(codes))
    return pl.DataFrame(
        {
            "STDR_DE_ID": pl.repeat(f"{day:%Y%m%d}", len(hour), eager=True),
            "TMZON_PD_SE": pl.Series([f"{n:02d}" for n in range(24)]).gather(hour),
            "ADSTRD_CODE_SE": codes.gather(np.tile(np.arange(len(codes)), 24)),
            **numbers,
        }
    ).with_columns(_text(name) for name in numbers)


def _text(name: str) -> pl.Expr:
    whole, part = pl.col(name) // _TEN_THOUSANDTHS, pl.col(name) % _TEN_THOUSANDTHS
    return pl.concat_str(whole.cast(pl.String), pl.lit("."), part.cast(pl.String).str.zfill(4)).alias(name)
