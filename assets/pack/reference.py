"""A city's reference data: its areas with their registered residents, and further tables beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from quality.contract.model import ContractError
from quality.contract.texts import Texts
from quality.language_tags import language_tag
from quality.text import normalised, normalised_column

AREAS = "areas.csv"
_NAME, _NAMES = "name", "name_"
_ONCE = {"areas": "code", "air_stations": "station"}  # table -> the column in which each text is there once


def read_areas(folder: Path, city_area: str, languages: Sequence[str]) -> pl.DataFrame:
    """areas.csv of a pack: code, level, parent, name, name_<language>, kostat_code, area_km2, lat, lon,
    population_<year>.

    `name` is in the first of the city's languages, or in what there is of the row. Raises ContractError if the city's
    own row is not there exactly once, a code is there twice, or an area has no name.
    """
    texts = {"code": pl.String, "parent": pl.String, "kostat_code": pl.String}
    areas = _as_texts_are_compared(folder / AREAS, pl.read_csv(folder / AREAS, schema_overrides=texts))
    if "kostat_code" not in areas.columns:  # another code of the same areas, which boundaries may come in
        areas = areas.with_columns(kostat_code=pl.lit(None, pl.String))
    if areas.filter(pl.col("code") == city_area).height != 1:
        raise ContractError(f"{folder / AREAS}: the city's own row {city_area!r} must be there exactly once")
    return _named(folder / AREAS, areas, languages)


def area_names(areas: pl.DataFrame) -> Mapping[str, Texts]:
    """The names of areas as `read_areas` returns them, by their codes."""
    tags = {column: language_tag(column.removeprefix(_NAMES)) for column in areas.columns if column.startswith(_NAMES)}
    return {
        code: Texts({tag: name for tag, name in zip(tags.values(), names, strict=True) if name})
        for code, *names in areas.select("code", *tags).iter_rows()
    }


def _named(path: Path, areas: pl.DataFrame, languages: Sequence[str]) -> pl.DataFrame:
    """The areas with one column for each language, and `name` for the city's own readers."""
    columns = dict[str, str]()
    for column in areas.columns:
        if column != _NAME and not column.startswith(_NAMES):
            continue
        try:
            tag = languages[0] if column == _NAME else language_tag(column.removeprefix(_NAMES))
        except ValueError as error:
            raise ContractError(f"{path}, column {column}: {error}, as in name_zh_hant") from error
        name = _NAMES + tag.lower().replace("-", "_")
        if name in columns.values():
            raise ContractError(f"{path}, column {column}: there is another column of names in {tag}; take one out")
        columns[column] = name
    if not columns:
        such = ", ".join(f"name_{tag.lower().replace('-', '_')}" for tag in languages)
        raise ContractError(f"{path}: the areas have no names; a column `name` or {such} is needed")
    areas = areas.rename(columns).with_columns(pl.col(list(columns.values())).cast(pl.String).replace("", None))
    if nameless := areas.filter(pl.all_horizontal(pl.col(list(columns.values())).is_null()))["code"].to_list():
        raise ContractError(f"{path}: area {nameless[0]!r} has no name; write one, in any language")
    names = [texts.in_(languages) for texts in area_names(areas).values()]
    return areas.with_columns(pl.Series(_NAME, names, dtype=pl.String))


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
