"""In which formats the cells of a column are dates and times, tried with the readers of this project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import product

import polars as pl

from assets.ingest.cast_times import Formats, read_moments
from quality.contract.columns import Column, ColumnSpec
from quality.contract.texts import PLATFORM, Texts
from quality.contract.time_formats import EPOCH, EPOCH_MS, EXCEL, ISO, Calendar, may_have_offset, timed

_BETWEEN = "|"  # stands between the formats of a list


def _several(written: str) -> tuple[str, ...]:
    return tuple(written.split(_BETWEEN))


DATES = _several(
    "%Y-%m-%d|%Y/%m/%d|%Y.%m.%d|%Y. %m. %d|%Y. %m. %d.|%Y %m %d|%Y년 %m월 %d일|%Y년%m월%d일|%Y年%m月%d日|%d/%m/%Y|"
    "%m/%d/%Y|%d-%m-%Y|%m-%d-%Y|%d.%m.%Y|%d/%m/%y|%m/%d/%y|%d-%m-%y|%d.%m.%y|%d-%b-%Y|%d %b %Y|%d-%b-%y|%d/%b/%Y|"
    "%b %d, %Y|%b %d %Y|%Y-%b-%d|%m.%d.%Y|%m.%d.%y|%y.%m.%d|%y-%m-%d|%y/%m/%d|%d %b. %Y|%d de %b de %Y|%d. %b %Y"
)
CLOCKS = _several(
    "%H:%M|%H:%M:%S|%H:%M:%S%.f|%I:%M %p|%I:%M:%S %p|%p %I:%M|%p %I:%M:%S|%I:%M%p|%I %p|%H|%H시|%H時|%H时|%H.%M|%Hh"
)
ZONES = ("UTC", "GMT")  # as they stand behind a time
_JOINERS = (" ", "T", "_", ", ")
COMPACT = _several("%Y%m%d|%Y%m%d%H|%Y%m%d%H%M|%Y%m%d%H%M%S|%Y%m%d %H|%Y%m%d %H:%M|%Y%m%d %H%M|%Y%m%d_%H%M")
PERIODS = _several(
    "%Y-%m|%Y/%m|%Y.%m|%Y %m|%Y년 %m월|%Y년%m월|%Y年%m月|%Y%m|%b %Y|%b-%Y|%b-%y|%Y %b|%Y-%b|%m/%Y|"
    "%Y Q%q|Q%q %Y|Q%q-%Y|Q%q/%Y|%YQ%q|%Y-Q%q|%Y년 %q분기|%Y년 %q/4분기|%Y.%q/4|%Y년|%Y年|%Y"
)
SHORT_DAYS = "%y%m%d"  # 240301 after all others: 200101 is rather a month
QUARTERS = ("%Y%q",)  # 20191: five digits may be anything, so only a name can say that they are one
_PARTS = {
    "%Y": r"[12]\d{3}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%.f": r"\.\d+",
    "%q": "[1-4]",
    "%b": r"[^\s\d/,_-]{3,}",
    "%p": r"(?:[AaPp]\.?[Mm]\.?|오전|오후|上午|下午|午前|午後|SA|CH)",
}
_ISO_OFFSET = re.compile(r"\d{4}-?\d\d-?\d\d[T ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)? ?(?:[Zz]|[+-]\d\d(?::?\d\d)?)")
_LEAST = 0.97  # share of the cells that the formats of a column read
_CELLS = 1_500  # different cells that are tried
_NOW = 2100
_LEAST_BUDDHIST = 2443  # 1900


@dataclass(frozen=True)
class TimesWritten:
    """How a column writes its times. `either`: dates may be day or month first, and nothing in them says which."""

    formats: tuple[str, ...]
    calendar: Calendar | None = None
    either: bool = False
    share: float = 1.0

    @property
    def clock(self) -> bool:
        """Whether it writes a time of day."""
        return any(timed(form) for form in self.formats)

    @property
    def period(self) -> str:
        """What a date of it is of: day, month, quarter or year."""
        form = self.formats[0]
        if "%q" in form:
            return "quarter"
        if any(part in form for part in ("%d", "%j")) or form in (ISO, EXCEL, EPOCH, EPOCH_MS):
            return "day"
        return "month" if any(part in form for part in ("%m", "%b")) else "year"


@cache
def known_formats() -> tuple[str, ...]:
    """All formats that are tried, the usual ones first."""
    joined = tuple(f"{day}{joiner}{clock}" for day, joiner, clock in product(DATES, _JOINERS, CLOCKS))
    clock_first = tuple(f"{clock} {day}" for clock, day in product(CLOCKS[:5], DATES))
    in_utc = tuple(f"{day} {clock} {zone}" for day, clock, zone in product(DATES[:2], CLOCKS[:3], ZONES))
    return (*DATES, *COMPACT, *joined, *PERIODS, *clock_first, *in_utc, SHORT_DAYS)


@cache
def shape_of(form: str, calendar: Calendar | None = None) -> re.Pattern[str]:
    """A regular expression of texts in a format."""
    parts = dict(_PARTS) | ({"%Y": r"0?\d{2,3}"} if calendar == "minguo" else {})
    fixed = re.search(r"%[YmdHMSyq]%[YmdHMSyq]", form) is not None
    if fixed:
        parts |= dict.fromkeys(("%m", "%d", "%H"), r"\d{2}") | ({"%Y": r"\d{3}"} if calendar == "minguo" else {})
    pieces = re.split(r"(%\.f|%[A-Za-z])", form)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces))


def read_times(texts: pl.Series, written: TimesWritten, zone: str | None = None) -> pl.Series:
    """The times of texts; null for what is none. Those of an offset are in `zone`, else in UTC."""
    offsets = any(may_have_offset(form) for form in written.formats)
    in_utc = any(form.endswith(ZONES) for form in written.formats)
    spec = ColumnSpec(
        sources=("time",),
        formats=written.formats,
        calendar=written.calendar,
        zone=(zone or "UTC") if offsets or in_utc else None,
        delivered_zone="UTC" if in_utc else None,
    )
    column = Column(name="time", type="timestamp", description=Texts({PLATFORM: "time"}), spec=spec)
    return read_moments(column, texts.alias("time"), Formats(written.formats))


def written_times(
    texts: pl.Series, *, quarter: bool = False, far: bool = False, month_first: bool | None = None, minguo: bool = False
) -> TimesWritten | None:
    """How the texts write times; None where they do not.

    `quarter`: five digits may be a year and its quarter; `far`: numbers may be seconds or days since some day, for the
    name of the column says that it is a time. `month_first`: which comes first where the cells do not say. `minguo`:
    years may be those of Taiwan.
    """
    filled = texts.drop_nulls()
    distinct = filled.unique(maintain_order=True)
    if distinct.is_empty():
        return None
    some = distinct if distinct.len() <= _CELLS else distinct.gather_every(distinct.len() // _CELLS + 1)
    cells = some.to_list()
    if not any(sign.isdigit() for cell in cells[:20] for sign in cell):
        return None
    if all(_ISO_OFFSET.fullmatch(cell) for cell in cells[:50]):
        return TimesWritten((ISO,), share=_share(some, TimesWritten((ISO,))))
    calendars: tuple[Calendar | None, ...] = (None, "minguo") if minguo else (None,)
    forms = known_formats() + (QUARTERS if quarter else ())
    for calendar in calendars:
        found = _best(some, cells, forms, calendar)
        if found is not None:
            decided = _day_or_month(found, filled, month_first)
            return _of_calendar(decided, some)
    return _since(some, cells) if far else None


def _best(
    some: pl.Series, cells: Sequence[str], forms: Sequence[str], calendar: Calendar | None
) -> TimesWritten | None:
    """The one or few formats that read nearly all cells."""
    chosen, left = list[str](), some
    for _ in range(3):
        texts = left.to_list()
        probe = [
            form for form in forms if form not in chosen and any(map(shape_of(form, calendar).fullmatch, texts[:12]))
        ]
        shares = {form: _share(left, TimesWritten((form,), calendar)) for form in probe}
        if not shares or max(shares.values()) == 0:
            break
        best = max(shares, key=lambda form: (shares[form], -forms.index(form)))
        chosen.append(best)
        read = read_times(left, TimesWritten((best,), calendar))
        left = left.filter(read.is_null())
        if left.len() <= (1 - _LEAST) * some.len() or left.len() < 2:
            break
    if not chosen:
        return None
    written = TimesWritten(tuple(chosen), calendar)
    share = _share(some, written)
    return (
        replace(written, share=share) if share >= _LEAST or len(cells) - share * len(cells) < 2 <= len(cells) else None
    )


def _share(some: pl.Series, written: TimesWritten) -> float:
    times = read_times(some, written)
    years = times.dt.year()
    sound = years.is_between(1000 if written.calendar is None else 1900, 2700)
    if written.calendar is None:
        sound &= ~years.is_between(_NOW, _LEAST_BUDDHIST - 1)
    if any("%y" in form for form in written.formats):  # 67 is a year of another calendar before it is one to come
        sound &= years <= date.today().year + 1  # noqa: DTZ011
    return float((times.is_not_null() & sound.fill_null(value=False)).mean() or 0)  # type: ignore[arg-type]


def reordered(form: str) -> list[str]:
    """The formats in which day, month and a year of two digits have other places; none where they are sure."""
    found = re.match(r"(%[dmy])(\W)(%[dmy])\2(%[dmyY])", form)
    if found is None:
        return []
    first, sign, second, third = found.groups()
    orders = ("dmY", "mdY") if third == "%Y" else ("dmy", "mdy", "ymd")
    dates = [sign.join(f"%{part}" for part in order) for order in orders]
    return [f"{date}{form[found.end() :]}" for date in dates if date != sign.join((first, second, third))]


def _day_or_month(written: TimesWritten, filled: pl.Series, month_first: bool | None) -> TimesWritten:
    """Which of day, month and year comes first: cells above 12 say it, else the order of the rows, else the country.

    Years of two digits stay in doubt where the cells can be read in another order, too.
    """
    form = written.formats[0]
    if form == SHORT_DAYS:
        return replace(written, either=True)
    if not reordered(form) or written.calendar is not None:
        return written
    times = {one: read_times(filled, TimesWritten((one,))) for one in (form, *reordered(form))}
    times = {one: of for one, of in times.items() if of.is_not_null().sum() == times[form].is_not_null().sum()}
    if len(times) == 1:
        return written
    wanted = month_first or False
    order = sorted(times, key=lambda one: (_unrest(times[one]), one.startswith("%m") != wanted))
    best, second = order[:2]
    either = _unrest(times[best]) == _unrest(times[second]) or "%y" in form
    return replace(written, formats=(best, *written.formats[1:]), either=either)


def _unrest(times: pl.Series) -> float:
    """How much the times of following rows differ, all together: rows are mostly in the order of time."""
    return float(times.drop_nulls().cast(pl.Int64).diff().abs().sum() or 0)


def _of_calendar(written: TimesWritten, some: pl.Series) -> TimesWritten:
    """With the calendar whose years these are, where they are far ahead of us."""
    if written.calendar is not None or "%Y" not in written.formats[0]:
        return written
    years = read_times(some, written).dt.year().drop_nulls()
    if not years.is_empty() and float(years.median() or 0) >= _LEAST_BUDDHIST:  # type: ignore[arg-type]
        return replace(written, calendar="buddhist")
    return written


def _since(some: pl.Series, cells: Sequence[str]) -> TimesWritten | None:
    """Numbers that count from some day on."""
    if not all(re.fullmatch(r"\d+(?:\.\d+)?", cell) for cell in cells):
        return None
    for form, first, last in ((EPOCH_MS, 4e11, 4e12), (EPOCH, 4e8, 4e9), (EXCEL, 20_000, 73_000)):
        numbers = some.cast(pl.Float64, strict=False)
        if numbers.is_between(first, last).all():
            return TimesWritten((form,))
    return None
