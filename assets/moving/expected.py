"""The figures that a sample gives, as they stand in `expected.csv` of a pack, and in what others differ from them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from assets.pack.city import City
from quality.contract.mistakes import ContractError, Mistake
from warehouse.home import Home
from warehouse.published.connect import open_published

EXPECTED = "expected.csv"
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # sums of floats come in another order on another processor
_ABSENT = "absent"
_VALUES = """
SELECT metric, area, period, CAST(period_start AS VARCHAR) AS starts, value, status, coalesce(reason_code, '')
FROM metric.value WHERE city = $city AND (value IS NOT NULL OR area = $area)
"""
_HOURS = """
SELECT metric, area, 'hour', strftime(starts_at_utc, '%Y-%m-%dT%H:%MZ'), value, status, ''
FROM metric.hourly WHERE city = $city AND area = $area AND value IS NOT NULL
"""


@dataclass(frozen=True)
class Figure:
    """One published value, or why the city has none."""

    metric: str
    area: str
    period: str  # hour, day, month, ...
    starts: str  # the first day of the period, or the beginning of the hour in UTC
    value: float | None
    status: str
    reason_code: str  # why it is absent; empty where it is not

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Of what it is a figure."""
        return self.metric, self.area, self.period, self.starts

    def __str__(self) -> str:
        if self.value is not None:
            return f"{self.value!r} ({self.status})"
        return f"{self.status} ({self.reason_code})" if self.reason_code else self.status


@dataclass(frozen=True)
class FigureDifference:
    """A figure that is not as it is expected; None: there is none."""

    place: tuple[str, str, str, str]  # as of a Figure
    expected: Figure | None
    got: Figure | None

    def __str__(self) -> str:
        metric, area, period, starts = self.place
        where = f"{metric} of area {area}, {period} {starts}"
        return f"{where}: expected {self.expected or 'no figure'}, got {self.got or 'no figure'}"


def figures_of(home: Home, city: City) -> list[Figure]:
    """The published figures of a city, in order: all values, and of the city as a whole the absent ones too; hours of
    the city as a whole. Raises UnreadableError."""
    with open_published(home) as con:
        known = {"city": city.name, "area": city.config.area}
        there = con.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'metric' AND table_name = 'hourly'")
        rows = con.execute(_VALUES + ("UNION ALL" + _HOURS if there.fetchone() else ""), known).fetchall()
    return sorted((Figure(*row) for row in rows), key=lambda figure: figure.place)


def write_expected(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures, one a line. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Figure))
        for figure in figures:
            writer.writerow("" if cell is None else cell for cell in astuple(figure))


def read_expected(path: Path) -> list[Figure]:
    """The figures of a file. Raises ContractError with file and line."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        hint = "make the sample again with `madang city sample`"
        raise ContractError(Mistake(f"cannot be read ({error})", path, hint=hint)) from error
    names = [field.name for field in fields(Figure)]
    if not lines or lines[0] != names:
        raise ContractError(Mistake("has other columns", path, 1, hint=f"the header is {','.join(names)}"))
    found = dict[tuple[str, str, str, str], Figure]()
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(names):
            raise ContractError(Mistake(f"the line has {len(cells)} cells, and the header {len(names)}", path, number))
        metric, area, period, starts, value, status, reason = cells
        figure = Figure(metric, area, period, starts, _number(value, path, number), status, reason)
        if figure.place in found:
            raise ContractError(Mistake(f"the figure is there twice: {', '.join(figure.place)}", path, number))
        if (figure.value is None) != (figure.status == _ABSENT):
            raise ContractError(Mistake(f"the status is {figure.status!r}, and the value {cells[4]!r}", path, number))
        found[figure.place] = figure
    return list(found.values())


def _number(text: str, path: Path, line: int) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if "_" in text or not text.isascii():  # Python's own ways of writing one: no other tool reads it so
        number = math.nan
    if not math.isfinite(number):
        raise ContractError(Mistake(f"{text!r} is no number", path, line, "value"))
    return number


def differing(expected: Sequence[Figure], got: Sequence[Figure]) -> Iterator[FigureDifference]:
    """In what the figures of a replay are not those that are expected, in their order.

    A figure that is there and was not expected differs as well, unless it is one that is absent.
    """
    here: Mapping[tuple[str, ...], Figure] = {figure.place: figure for figure in got}
    known = {figure.place for figure in expected}
    more = [figure for figure in got if figure.place not in known and figure.value is not None]
    for figure in sorted((*expected, *more), key=lambda one: one.place):
        wanted, found = (figure if figure.place in known else None), here.get(figure.place)
        if wanted is None or found is None or not _same(wanted, found):
            yield FigureDifference(figure.place, wanted, found)


def _same(one: Figure, other: Figure) -> bool:
    if (one.status, one.reason_code) != (other.status, other.reason_code):
        return False
    if one.value is None or other.value is None:
        return one.value is other.value
    return math.isclose(one.value, other.value, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
