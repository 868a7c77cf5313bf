"""A city's reference data: its areas with their registered residents, and further tables beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from quality.contract.model import ContractError
from quality.text import normalised, normalised_column

AREAS = "areas.csv"
_ONCE = {"areas": "code", "air_stations": "station"}  # table -> the column in which each text is there once


def read_areas(folder: Path, city_area: str) -> pl.DataFrame:
    """areas.csv of a pack: code, level, parent, name_ko, name_en, kostat_code, area_km2, lat, lon, population_<year>.

    Raises ContractError if the city's own row is not there exactly once, or a code is there twice.
    """
    texts = {"code": pl.String, "parent": pl.String, "kostat_code": pl.String}
    areas = _as_texts_are_compared(folder / AREAS, pl.read_csv(folder / AREAS, schema_overrides=texts))
    if areas.filter(pl.col("code") == city_area).height != 1:
        raise ContractError(f"{folder / AREAS}: the city's own row {city_area!r} must be there exactly once")
    return areas


def read_tables(folder: Path) -> Mapping[str, pl.DataFrame]:
    """The other CSV files of a pack by name, all columns as text.

    Raises ContractError if a text is there twice that has to be there once, such as a station.
    """
    paths = [path for path in sorted(folder.glob("*.csv")) if path.name != AREAS]
    return {path.stem: _as_texts_are_compared(path, pl.read_csv(path, infer_schema=False)) for path in paths}


def _as_texts_are_compared(path: Path, table: pl.DataFrame) -> pl.DataFrame:
    """The table with its names and texts as those of deliveries are normalised: a station is the same in both."""
    table = table.rename({name: normalised(name) for name in table.columns})
    table = table.with_columns(
        normalised_column(column)[0] for column in table.select(pl.col(pl.String)).iter_columns()
    )
    blank = table.select(pl.all_horizontal(pl.all().is_null())).to_series()  # an empty line at the end, for one
    once = _ONCE.get(path.stem)
    if once is not None and once in table.columns:
        _require_once(path, table[once], blank)
    return table.remove(blank)


def _require_once(path: Path, texts: pl.Series, blank: pl.Series) -> None:
    first = dict[str, int]()
    for line, (text, skipped) in enumerate(zip(texts, blank, strict=True), 2):  # the header is line 1
        if skipped:
            continue
        if text is None or text == "":
            raise ContractError(f"{path}, line {line}: it has no {texts.name}; write it, or take the line out")
        if text in first:
            raise ContractError(
                f"{path}, line {line}: {texts.name} {text!r} is there in line {first[text]} already; take "
                "one of the two out (compared in Unicode NFC, without white space around them and signs of no width)"
            )
        first[text] = line


def yearly_residents(areas: pl.DataFrame) -> pl.DataFrame:
    """Registered residents: area, year (end of), residents. Years that could not be confirmed are not there."""
    years = [name for name in areas.columns if name.startswith("population_")]
    return (
        areas.unpivot(years, index="code", variable_name="year", value_name="residents")
        .drop_nulls("residents")
        .select(
            pl.col("code").alias("area"),
            pl.col("year").str.strip_prefix("population_").cast(pl.Int32),
            pl.col("residents").cast(pl.Float64),
        )
    )


def daily_residents(areas: pl.DataFrame, days: pl.Series) -> pl.DataFrame:
    """area, day, residents: the newest year-end that lies before the day, else the oldest there is."""
    by_year = yearly_residents(areas).sort("year")
    wanted = pl.DataFrame({"day": days.unique().sort()}).join(areas.select(area="code"), how="cross")
    before = wanted.with_columns(year=pl.col("day").dt.year() - 1).sort("year")
    newest = before.join_asof(by_year, on="year", by="area", check_sortedness=False)
    oldest = by_year.group_by("area", maintain_order=True).first()
    return (
        newest.join(oldest.select("area", pl.col("residents").alias("oldest")), on="area", how="left")
        .select("area", "day", pl.coalesce("residents", "oldest").alias("residents"))
        .sort("day", "area")
    )
