"""Columns that are parts of a time: years, months, days, hours, and times of day."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assets.ingest.month_words import month_number
from assets.propose.cells import Cells
from assets.propose.names import path_ends, squeezed, words_in, words_of
from assets.propose.times import shape_of

YEARS = words_in("year yr yyyy ano anio 년도 연도 년 tahun 年 年度 nam năm ปี год он jahr annee fiscalyear 西元年")
MONTHS = words_in("month mon mm mes 월 bulan 月 月份 thang tháng เดือน месяц сар mois monat")
DAYS = words_in("day dd dia 일 hari 日 วันที่ день өдөр jour tag dayofmonth")
HOURS = words_in(
    """hour hr hh hora 시 시간 시간대 시간대구분 jam 時 时 時段 時間帯 시각 giờ gio ชั่วโมง час цаг utchour
    houroftheday hourofday tmzonpdse heure stunde time horautc timelocal timegmt timelst 時刻 timeutc
    horamedicao hrmedicao jamlokal เวลา время waktu saat hh24"""
)
MINUTES = words_in("minute min mi minuto 분 分 phut menit minutes")


def parts_of_time(cells: Mapping[str, Cells]) -> dict[str, str]:
    """Columns that are a part of a time, by what they are."""
    groups = (("year", YEARS), ("month", MONTHS), ("day", DAYS), ("hour", HOURS), ("minute", MINUTES))
    found = dict[str, str]()
    for part, words in groups:
        for name, column in cells.items():
            ends = {squeezed(end) for end in path_ends(column.header.said)} | {squeezed(column.name)}
            said = " ".join(words_of(column.header.said))
            named = ends & words or (part == "hour" and _OF_HOURS.fullmatch(said))
            if named and _fits(part, column):
                found.setdefault(part, name)
    return found


def is_day_of_month(column: Cells) -> bool:
    """Whether a column is called a day and has all kinds of them: 계약일, day."""
    named = squeezed(column.header.said) in DAYS or re.search(r"(?i)(?:일|日|\bday|_day)$", column.header.said)
    return bool(named) and _fits("day", column) and column.distinct > 12


_OF_HOURS = re.compile(r"(?:utc|gmt|local|obs)? ?hour(?: utc)?")
_CLOCKS = ("%H", "%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%H%M", "%H%M UTC", "%H시", "%H時", "%H时")
_LIMITS = {"year": (1800, 2700), "month": (1, 12), "day": (1, 31), "minute": (0, 59)}
_CLOCK = r"^\d{1,2}(?::\d{2}){1,2}(?: ?[AaPp]\.?[Mm]\.?)?$|^\d{4}(?: UTC)?$|^\d{1,2} ?(?:시|時|时|h)$"


def _fits(part: str, column: Cells) -> bool:
    some = column.filled.head(500)
    if some.is_empty():
        return False
    if part == "month" and not column.numeric:
        words = some.unique().to_list()
        return all(month_number(word) for word in words) or bool(some.str.contains(r"^\d{1,2}월$").all())
    if part == "hour":
        whole = column.numeric and column.whole and bool(column.numbers.drop_nulls().is_between(0, 24).all())
        return whole or bool(some.str.contains(_CLOCK).all())
    return column.numeric and column.whole and bool(column.numbers.drop_nulls().is_between(*_LIMITS[part]).all())


def clock_format(column: Cells) -> str | None:
    """The format of a column of hours or of times of day; None where it has none that is read."""
    some = column.filled.head(500).unique().to_list()
    return next((form for form in _CLOCKS if all(map(shape_of(form).fullmatch, some))), None)
