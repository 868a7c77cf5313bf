"""Rows that say who or what was where when: the same identifier at one place after the other, or a journey in each row.

Four points of a phone's day are nobody else's (arXiv 1501.00100), whatever its number was replaced by. So it is asked
of the rows and not of the name: many identifiers, each at one place at a time, and at several in the course of it.
Sums by area and time are not so: an age group, a line or a district is at many places at each hour. An instrument
stays where it is, and a timetable is a plan.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import combinations, islice

import polars as pl

from assets.personal.found import JOURNEY, TRAJECTORY
from assets.readers.rows import LINE

_PLACE = re.compile(
    r"(?i)(?:^|[_\W])(?:lat|latitude|lon|lng|long|longitude|x|y|place|location|loc|station|stop|cell|tower|antenna|zone|"
    r"district|dong|grid|area|poi|store|shop|site|node|from|to|origin|dest(?:ination)?|board\w*|alight\w*)"
    r"(?:$|[_\W])|(?:station|stop|cell|place|zone|grid|area)_?(?:id|name|no|code)|위도|경도|정류|대여소|역명|역코드|기지국|"
    r"행정동|법정동|격자|집계구|승차역|하차역|좌표|纬度|经度|緯度|經度|経度|站点|站點|駅|ละติจูด|ลองจิจูด|สถานี|trạm|vĩ độ|"
    r"kinh độ|halte|стансы|широта|долгота|остановка"
)
_AXIS = r"(?:^|[_\W])[xy](?:$|[_\W])"
_COORDINATE = re.compile(rf"(?i){_AXIS}|lat|lon|lng|위도|경도|[纬緯经經経]度")
# An axis along which an instrument measures. One of 72 files of sensors at rest was refused for its AVG_VIBR_X.
_MEASURED_AXIS = re.compile(r"(?i)(?:vib|accel|gyro|magn|wind|speed|force|tilt|진동|가속|풍속).*[xy](?:$|[_\W])")
_CLOCK = r"(?:^|[ T_])\d{1,2}:\d{2}(?::\d{2})?|^(?:19|20)\d{10}(?:\d{2})?$|^1[5-9]\d{8}(?:\d{3})?$"
_IDENTIFIER = r"^[^\s.,:%]*[\p{L}\d][^\s.,:%]*$"  # one word
_MEASURED = r"^[+-]?\d{1,5}$|^\d{4}-?\d{2}-?\d{2}$"  # a count, or a day
_DECIMALS = r"^[+-]?\d*\.\d+$"
_SAMPLE, _LEAST_ROWS, _LEAST_IDS, _SOME_IDS = 300, 40, 10, 300
_AT_ONE_PLACE, _MOVE = 0.95, 0.3  # share of moments with one place alone, and of identifiers at several
_MOST_COLUMNS = 40  # of one sort: pairs of them are looked at, and no real table has half as many
_MANY = 0.02  # identifiers by row: of a year of a fleet there are fewer, of people's days more


def moving(frame: pl.DataFrame, cleared: Collection[str] = ()) -> tuple[str, str] | None:
    """The column that identifies, or the first of the journey, and the kind; None where the rows are not so.

    `cleared`: columns that identify no person, as the feed declares.
    """
    if frame.height < _LEAST_ROWS:
        return None
    texts = [name for name, dtype in frame.schema.items() if name != LINE and dtype == pl.String]
    places = [name for name in frame.columns if name != LINE and _names_place(name)][:_MOST_COLUMNS]
    if not places:
        return None
    times = _with_clock(frame, [name for name in texts if name not in places])[:_MOST_COLUMNS]
    if not times:
        return None
    others = {*times, *places, *cleared}
    for name in islice(_identifiers(frame, [name for name in texts if name not in others]), _MOST_COLUMNS):
        if any(_moves(frame, name, times, place) for place in _places(places, frame)):
            return name, TRAJECTORY
    schema = frame.schema
    ends = [name for name in places if schema[name] == pl.String]
    if len(times) > 1 and len(ends) > 1 and not {*times, *ends} & {*cleared}:
        pair = next((pair for pair in combinations(times, 2) if _is_journey(frame, pair, ends)), None)
        return None if pair is None else (pair[0], JOURNEY)
    return None


def _names_place(name: str) -> bool:
    return _PLACE.search(name) is not None and _MEASURED_AXIS.search(name) is None


def _with_clock(frame: pl.DataFrame, names: Collection[str]) -> list[str]:
    some = frame.select(names).head(_SAMPLE)
    shares = some.select(pl.all().str.contains(_CLOCK).mean()).row(0) if names else ()
    return [name for name, share in zip(some.columns, shares, strict=True) if (share or 0) > 0.9]


def _identifiers(frame: pl.DataFrame, names: Collection[str]) -> Iterator[str]:
    """Columns of many different texts that come again."""
    if not names:
        return
    counts = frame.select(pl.col(names).approx_n_unique()).row(0, named=True)
    for name, many in counts.items():
        few = frame[name].drop_nulls().head(_SAMPLE)
        if (
            max(_LEAST_IDS, _MANY * frame.height) <= many <= 0.8 * frame.height
            and float(few.str.contains(_IDENTIFIER).mean() or 0) > 0.9  # type: ignore[arg-type]
            and not float(few.str.contains(_MEASURED).mean() or 0) > 0.5  # type: ignore[arg-type]
        ):
            yield name


def _places(places: list[str], frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """Numbers are coordinates, which come in two; one number with decimals alone is no place."""
    coordinates = tuple(name for name in places if _COORDINATE.search(name))
    schema = frame.schema
    texts = [name for name in places if name not in coordinates and schema[name] == pl.String]
    some = frame.select(texts).head(_SAMPLE)
    numbers = some.select(pl.all().drop_nulls().str.contains(_DECIMALS).mean()).row(0) if texts else ()
    named = [(name,) for name, share in zip(texts, numbers, strict=True) if (share or 0) < 0.5]
    return [*([coordinates] if len(coordinates) > 1 else []), *named]


def _moves(frame: pl.DataFrame, name: str, times: list[str], place: tuple[str, ...]) -> bool:
    some = frame[name].drop_nulls().unique().sort().gather_every(max(1, frame[name].n_unique() // _SOME_IDS))
    rows = frame.filter(pl.col(name).is_in(some.implode())).select(name, *times, *place).drop_nulls([name, *place])
    if len(place) > 1:  # a hundred metres: a receiver that stands still wanders by less
        at = [pl.col(one).cast(pl.Float64, strict=False).mul(500).round().cast(pl.Int64) for one in place]
        rows = rows.with_columns(at).drop_nulls(place)
    rows = rows.with_columns(pl.struct(place).hash().alias("_place"))
    by_id = rows.group_by(name).agg(places=pl.col("_place").n_unique(), rows=pl.len()).filter(pl.col("rows") > 1)
    if by_id.height < _LEAST_IDS or float((by_id["places"] > 1).mean() or 0) < _MOVE:  # type: ignore[arg-type]
        return False
    by_place = rows.group_by("_place").agg(ids=pl.col(name).n_unique())
    if float((by_place["ids"] > 1).mean() or 0) < _MOVE:  # type: ignore[arg-type] - a district and its neighbourhoods
        return False
    moments = rows.group_by(name, *times[:1]).agg(places=pl.col("_place").n_unique())
    each = float((moments["places"] == 1).mean() or 0)  # type: ignore[arg-type]
    return each >= _AT_ONE_PLACE and moments.height > 1.5 * by_id.height


def _is_journey(frame: pl.DataFrame, pair: tuple[str, str], ends: list[str]) -> bool:
    """Two moments of one day to the minute, and two places, in rows that are hardly ever the same."""
    some = frame.head(20_000)
    first, second = (some[name].str.extract(r"(\d{1,2}:\d{2})").str.zfill(5) for name in pair)
    both = first.is_not_null() & second.is_not_null()
    apart = (first != second) & both
    whole = first.str.ends_with(":00").mean()
    if float(both.mean() or 0) < 0.9 or float(apart.mean() or 0) < 0.8 or float(whole or 0) > 0.5:  # type: ignore[arg-type]
        return False
    minutes = [one.str.slice(0, 2).cast(pl.Int64) * 60 + one.str.slice(3, 2).cast(pl.Int64) for one in (first, second)]
    lasts = (minutes[1] - minutes[0]).drop_nulls().value_counts()["count"]
    if not lasts.len() or int(lasts.max() or 0) > 0.3 * some.height:  # type: ignore[arg-type] - an interval of measuring
        return False
    differ = any(float((some[a] != some[b]).mean() or 0) > 0.5 for a, b in combinations(ends, 2))  # type: ignore[arg-type]
    return differ and some.select(*pair, *ends).n_unique() > 0.95 * some.height
