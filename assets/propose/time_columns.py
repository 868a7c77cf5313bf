"""Which columns of a delivery say when: one, or several that are joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from assets.propose.cells import Cells, is_counter
from assets.propose.file_names import DATE
from assets.propose.names import path_ends, squeezed
from assets.propose.seen import Doubt
from assets.propose.time_parts import clock_format, is_day_of_month, parts_of_time
from assets.propose.times import TimesWritten, read_times, written_times

# Words that say that a column tells a time, as parts of a name.
_TIMELY = re.compile(
    r"(?i)date|time|day$|fecha|data$|datum|tanggal|tarikh|periode|일시|일자|년월|시간|날짜|기간|기준일|日期|时间|時間|年月|"
    r"ngày|thời gian|วันที่|เวลา|дата|время|огноо|күні|timestamp|dt$|_de$|_ymd|yyqu|year|epoch|reported|mday|분기|quarter|"
    r"_at$|"
    r"phenomenon|observed|_dt_|month"
)
# ... but not when the row is of: when it was loaded, changed or announced.
_LATER = re.compile(
    r"(?i)regist|등록|reg_|updat|modif|load|upload|insert|수집|collect|work_dt|publish_?date|key|등록일|갱신|업로드|"
    r"edit|end_|end$|until|valid|birth|install|change|말소|해제|사용승인|deadline|due|expire|export|processed|received|cre_"
)
_UTC = re.compile(r"(?i)(?:^|[^a-z])(utc|gmt|zulu)|(utc|gmt)(?:[^a-z]|$|hour)")
_BY_NAME = {"time", "datetime", "timestamp", "일시", "측정일시", "date"}


@dataclass(frozen=True)
class TimeFound:
    """Where the time of a row stands. `join`: the template that makes it of several columns."""

    columns: tuple[str, ...]
    written: TimesWritten
    moments: pl.Series
    join: str | None = None
    zone: str | None = None
    hours: pl.Series | None = None  # whole hours that are written, 0 to 24, where they tell begin from end
    doubts: tuple[Doubt, ...] = ()
    beside: tuple[str, ...] = field(default=())  # other columns that say the same

    def as_column(self, name: str = "time") -> dict[str, Any]:
        """The entry of the column in a feed's file."""
        forms = self.written.formats
        entry: dict[str, Any] = {"from": self.columns[0] if self.join is None else name}
        if forms != ("%Y-%m-%d",):
            entry["format"] = forms[0] if len(forms) == 1 else list(forms)
        if self.zone is not None and self.written.clock:
            entry["zone"] = self.zone
        if self.written.calendar is not None:
            entry["calendar"] = self.written.calendar
        return entry


def time_of(
    cells: Mapping[str, Cells], known: Mapping[str, float], *, month_first: bool | None, minguo: bool
) -> TimeFound | None:
    """The time of the rows. `known`: how surely models call a column their time, by its name; negative where they
    call it another date."""
    singles = dict(_singles(cells, known, month_first=month_first, minguo=minguo))
    parts = parts_of_time(cells)
    best = max(singles, key=lambda name: singles[name][0], default=None)
    if best is not None and singles[best][1].clock:
        return _single(cells[best], singles[best][1], cells, parts)
    if best is not None and singles[best][1].period == "day":
        with_clock = _with_clock(cells, best, singles[best][1], parts)
        return with_clock or _single(cells[best], singles[best][1], cells, parts)
    if best is not None and singles[best][1].period == "month":
        with_day = _with_day(cells, best, singles[best][1])
        if with_day is not None:
            return with_day
    of_parts = _of_parts(cells, parts)
    if of_parts is not None and (best is None or len(of_parts.columns) > 1):
        return of_parts
    return None if best is None else _single(cells[best], singles[best][1], cells, parts)


def _singles(
    cells: Mapping[str, Cells], known: Mapping[str, float], *, month_first: bool | None, minguo: bool
) -> Iterator[tuple[str, tuple[float, TimesWritten]]]:
    for name, column in cells.items():
        ends = [squeezed(end) for end in path_ends(column.header.said)]
        other = 2.0 * min(known.get(name, 0.0), 0.0)
        named = float(name == DATE) or max(known.get(name, 0.0), 0.0) or max(float(end in _BY_NAME) for end in ends)
        timely = named > 0 or _TIMELY.search(column.header.said) is not None
        if column.filled.is_empty() or (column.numeric and not timely) or is_counter(column):
            continue
        written = written_times(
            column.filled, quarter=timely, far=timely, month_first=month_first, minguo=minguo and timely
        )
        if written is None or (column.numeric and written.period == "year" and not _year_like(column)):
            continue
        empty = 1 - column.filled.len() / max(column.texts.len(), 1)
        score = 2 * named + timely + 0.5 * written.clock + (written.period == "day") - 3 * empty
        score += -2.0 * (_LATER.search(column.header.said) is not None) + 0.5 * (column.distinct > 1)
        score += other - 0.5 * (_UTC.search(column.header.said) is not None)
        if score > 0.5 and not (column.distinct <= 1 and column.texts.len() > 50 and named < 1):
            yield name, (score, written)


def _year_like(column: Cells) -> bool:
    numbers = column.numbers.drop_nulls()
    return bool(numbers.is_between(1800, 2700).all()) and column.whole


def _single(column: Cells, written: TimesWritten, cells: Mapping[str, Cells], parts: Mapping[str, str]) -> TimeFound:
    moments = read_times(column.texts, written)
    beside = tuple(
        name for name in parts.values() if name != column.name and _repeats(cells[name], moments, parts, name)
    )
    doubts = (_either(written),) if written.either else ()
    hours = _hours(moments, column.texts)
    return TimeFound(
        (column.name,), written, moments, None, _zone(column.name, *written.formats), hours, doubts, beside
    )


def _either(written: TimesWritten) -> Doubt:
    return Doubt(
        ("columns", "time"),
        f"Is the {'year, the day' if '%y' in written.formats[0] else 'day'} or the month first? No date of the sample "
        f"says it; {written.formats[0]} is a guess.",
    )


def _repeats(column: Cells, moments: pl.Series, parts: Mapping[str, str], name: str) -> bool:
    """Whether a column of years, months, days or hours says again what the time says."""
    part = next(key for key, value in parts.items() if value == name)
    said = {"year": moments.dt.year(), "month": moments.dt.month(), "day": moments.dt.day(), "hour": moments.dt.hour()}
    if part not in said:
        return False
    same = column.numbers.cast(pl.Int64, strict=False) % (24 if part == "hour" else 10_000) == said[part].cast(pl.Int64)
    return float(same.mean() or 0) > 0.9  # type: ignore[arg-type]


def _hours(moments: pl.Series, texts: pl.Series) -> pl.Series:
    late = texts.str.contains(r"\b24(?::00)*$").fill_null(value=False)
    hours = moments.dt.hour().cast(pl.Int64)
    return hours.set(late & (hours == 0), 24) if late.any() else hours


def _zone(*names: str) -> str | None:
    return "UTC" if any(_UTC.search(name) for name in names) else None


def _with_clock(
    cells: Mapping[str, Cells], day: str, written: TimesWritten, parts: Mapping[str, str]
) -> TimeFound | None:
    """A date and a time of day in two columns."""
    hour = parts.get("hour")
    if hour is None or hour == day or len(written.formats) != 1:
        return None
    form = clock_format(cells[hour])
    if form is None or cells[hour].distinct < 2:
        return None
    texts = pl.DataFrame({"a": cells[day].texts, "b": cells[hour].texts}).select(pl.concat_str("a", "b", separator=" "))
    joined = TimesWritten((f"{written.formats[0]} {form}",), written.calendar, written.either)
    return _joined((day, hour), texts.to_series(), joined, cells[hour])


def _with_day(cells: Mapping[str, Cells], month: str, written: TimesWritten) -> TimeFound | None:
    """A month and the day of it in two columns, as 202607 and 1."""
    day = next((name for name, column in cells.items() if name != month and is_day_of_month(column)), None)
    if day is None or len(written.formats) != 1:
        return None
    texts = pl.DataFrame({"a": cells[month].texts, "b": cells[day].texts}).select(
        pl.concat_str("a", "b", separator=" ")
    )
    joined = TimesWritten((f"{written.formats[0]} %d",), written.calendar, written.either)
    return _joined((month, day), texts.to_series(), joined, None)


def _joined(columns: tuple[str, ...], texts: pl.Series, written: TimesWritten, hour: Cells | None) -> TimeFound | None:
    moments = read_times(texts, written)
    if float(moments.is_not_null().mean() or 0) < 0.9:  # type: ignore[arg-type]
        return None
    hours = None
    if hour is not None:
        hours = hour.filled.str.extract(r"^(\d{1,2})").cast(pl.Int64, strict=False)
        hours = _hours(moments, texts) if "%p" in written.formats[0] or "%H%M" in written.formats[0] else hours
    join = " ".join("{" + name + "}" for name in columns)
    doubts = (_either(written),) if written.either else ()
    return TimeFound(columns, written, moments, join, _zone(*columns, *written.formats), hours, doubts)


def _of_parts(cells: Mapping[str, Cells], parts: Mapping[str, str]) -> TimeFound | None:
    """Years, months, days and hours in columns of their own."""
    if "year" not in parts:
        return None
    there = ["year"]
    for part in ("month", "day", "hour", "minute"):
        if part not in parts or (part in ("hour", "minute") and "day" not in there):
            break
        there.append(part)
    month = cells[parts["month"]] if "month" in there else None
    forms = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M"}
    if month is not None and not month.numeric:
        forms["month"] = "%m월" if month.filled.str.contains("월").any() else "%b"
    if "hour" in there:
        clock = clock_format(cells[parts["hour"]])
        if clock is None:
            there = there[: there.index("hour")]
        else:
            forms["hour"] = clock
    names = tuple(parts[part] for part in there)
    texts = pl.DataFrame({str(n): cells[name].texts for n, name in enumerate(names)}).select(
        pl.concat_str(pl.all(), separator=" ")
    )
    written = TimesWritten((" ".join(forms[part] for part in there),))
    hour = cells[parts["hour"]] if "hour" in there else None
    if len(names) == 1:
        only = texts.to_series()
        return TimeFound(names, written, read_times(only, written))
    return _joined(names, texts.to_series(), written, hour)
