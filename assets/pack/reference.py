"""A city's reference data: its areas with their registered residents, and further tables beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import polars as pl

from assets.formulas.areas import ALSO_IN
from assets.pack.safe_names import part_mistake
from assets.pack.table_file import as_numbers, line_in, read_table, require_columns
from quality.contract.mistakes import Collected, ContractError, Mistake
from quality.contract.nearest import what_to_write
from quality.contract.texts import Texts
from quality.contract.yaml_file import line_of
from quality.language_tags import language_tag

AREAS = "areas.csv"
_NAME, _NAMES = "name", "name_"
POPULATION = "population_"  # followed by the year
_NEEDED = ("code", "level", "parent", "area_km2", "lat", "lon")
_NUMBERS = ("area_km2", "lat", "lon")
# The first: their codes in the feed of boundaries, if others. The second: areas that they lie in besides their parent.
_OPTIONAL = ("boundary_code", ALSO_IN, "verified", "source")
_HOLDS = ("valid_from", "valid_to")  # the first and last day of an area, where it has not always been or is no more
# How sure the figures of a row are; docs/adding-a-city.md says what each word means.
VERIFIED = ("yes", "area-geometry", "partial", "unverified")
_CODE, _PLACE = "code", "place"  # the columns in which each text is there once: of areas, of registers


def read_areas(folder: Path, city_area: str | None, languages: Sequence[str], plain: str) -> pl.DataFrame:
    """areas.csv of a pack: code, level, parent, name, name_<language>, boundary_code, also_in, area_km2, lat, lon,
    population_<year>, valid_from, valid_to, verified, source.

    `name` becomes that in the first of the city's languages, or what there is of the row; in the file it is one in the
    language `plain`. Raises ContractError if the city's own row is not there exactly once, a code is there twice, an
    area has no name, or `verified` is another word.
    """
    path = folder / AREAS
    areas = read_table(path, _CODE)
    require_columns(path, areas, _NEEDED)
    numbers = [name for name in areas.columns if name in _NUMBERS or name.startswith(POPULATION)]
    # An empty column, or one of whole numbers, has the type of all others: the areas of all cities become one table.
    areas = as_numbers(path, areas, numbers).cast(dict.fromkeys(_NUMBERS, pl.Float64))
    lacking = [name for name in (*_OPTIONAL, *_HOLDS) if name not in areas.columns]
    areas = areas.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
    areas = areas.with_columns(pl.col(*_OPTIONAL, *_HOLDS).replace("", None))
    areas = areas.with_columns(_days(path, areas[name]) for name in _HOLDS)
    _require_words(path, areas["verified"])
    _require_codes(path, areas[_CODE])
    if city_area is not None and areas.filter(pl.col("code") == city_area).height != 1:
        city, cities = folder / "city.yaml", areas.filter(pl.col("level") == "city")["code"]
        what = f"{AREAS} has no row {city_area!r}, the city's own"
        raise ContractError(
            Mistake(what, city, line_of(city, ("area",)), "area", f"{what_to_write(city_area, cities)}, or add the row")
        )
    return _named(folder / AREAS, areas, languages, plain)


def area_names(areas: pl.DataFrame) -> Mapping[str, Texts]:
    """The names of areas as `read_areas` returns them, by their codes."""
    tags = {column: language_tag(column.removeprefix(_NAMES)) for column in areas.columns if column.startswith(_NAMES)}
    return {
        code: Texts({tag: name for tag, name in zip(tags.values(), names, strict=True) if name})
        for code, *names in areas.select("code", *tags).iter_rows()
    }


def _days(path: Path, texts: pl.Series) -> pl.Series:
    days = texts.str.to_date("%Y-%m-%d", strict=False)
    wrong = (days.is_null() & texts.is_not_null()).arg_true()
    if len(wrong):
        hint = "write it as 2014-01-31, or leave the cell empty"
        raise ContractError(
            *(Mistake(f"{texts[row]!r} is no day", path, line_in(row), texts.name, hint) for row in wrong)
        )
    return days


def _require_words(path: Path, verified: pl.Series) -> None:
    mistakes = [
        Mistake(
            f"{text!r} does not say how sure the row is", path, line_in(row), "verified", what_to_write(text, VERIFIED)
        )
        for row, text in enumerate(verified)
        if text is not None and text not in VERIFIED
    ]
    if mistakes:
        raise ContractError(*mistakes)


def _require_codes(path: Path, codes: pl.Series) -> None:
    """A code stands in the addresses of pages and in every table."""
    hint = "write the code of the office of statistics, such as 11110, or another one of letters and digits"
    mistakes = [
        Mistake(f"the code {code[:40]!r} {wrong}", path, line_in(row), _CODE, hint)
        for row, code in enumerate(codes)
        if code is not None and (wrong := part_mistake(code)) is not None
    ]
    alike = codes.str.to_lowercase()
    for row in (~alike.is_first_distinct()).arg_true():
        other = codes[int((alike == alike[row]).arg_true()[0])]
        if other != codes[row]:
            what = f"the code {codes[row]!r} differs from {other!r} in capital letters alone"
            mistakes.append(Mistake(what, path, line_in(row), _CODE, "give one of the two another code"))
    if mistakes:
        raise ContractError(*mistakes)


def _named(path: Path, areas: pl.DataFrame, languages: Sequence[str], plain: str) -> pl.DataFrame:
    """The areas with one column for each language, and `name` for the city's own readers."""
    columns = dict[str, str]()
    for column in areas.columns:
        if column != _NAME and not column.startswith(_NAMES):
            continue
        try:
            tag = plain if column == _NAME else language_tag(column.removeprefix(_NAMES))
        except ValueError as error:
            raise ContractError(Mistake(f"{error}, as in name_zh_hant", path, 1, column)) from error
        name = _NAMES + tag.lower().replace("-", "_")
        if name in columns.values():
            raise ContractError(Mistake(f"there is another column of names in {tag}", path, 1, column, "take one out"))
        columns[column] = name
    if not columns:
        such = ", ".join(f"name_{tag.lower().replace('-', '_')}" for tag in languages)
        raise ContractError(Mistake("the areas have no names", path, 1, _NAME, f"a column `name` or {such} is needed"))
    areas = areas.rename(columns).with_columns(pl.col(list(columns.values())).cast(pl.String).replace("", None))
    if nameless := areas.filter(pl.all_horizontal(pl.col(list(columns.values())).is_null()))["code"].to_list():
        raise ContractError(
            Mistake(f"area {nameless[0]!r} has no name", path, None, _NAME, "write one, in any language")
        )
    names = [texts.in_(languages) for texts in area_names(areas).values()]
    return areas.with_columns(pl.Series(_NAME, names, dtype=pl.String))


def read_tables(folder: Path, registers: Collection[str]) -> Mapping[str, pl.DataFrame]:
    """The other CSV files of a pack by name, all columns as text.

    `registers`: the names that feeds give as theirs. Raises ContractError if a place is there twice in one of them.
    """
    paths = [path for path in sorted(folder.glob("*.csv")) if path.name != AREAS]
    found = Collected()
    found.mistakes += [
        Mistake(f"{path.stem!r} {wrong}", path, hint="give the table's file another name")
        for path in paths
        if (wrong := part_mistake(path.stem)) is not None
    ]
    tables = {path.stem: found.of(read_table, path, _PLACE if path.stem in registers else None) for path in paths}
    if found.mistakes:
        raise ContractError(*found.mistakes)
    return {name: table for name, table in tables.items() if table is not None}


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
