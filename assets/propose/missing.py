"""Which texts and numbers of a column mean that a value is missing, by their form and how often they are there."""

from __future__ import annotations

import re

import polars as pl

# Words and signs that mean it wherever they stand.
MISSING_WORDS = re.compile(
    r"(?i)-+|—+|–+|\.+|\*+|#+|_+|n/?[admr]|nd|n\.a\.|nan|nil|null|none|missing|miss|not available|no data|nodata|-?inf|"
    r"#n/a|#value!|#div/0!|#ref!|#null!|x|\?+|…|invalid|err|error|fault|trace|unknown|"
    r"통신장애|통신이상|점검중|점검및교정|자료이상|교정중|장비점검|결측|없음|측정안함|무효|"
    r"無|无|无效|欠測|×|x+|///|"
    r"tidak ada data|tidak ada|không có|ไม่มีข้อมูล|нет данных|sem dados|sin datos|s/d"
)
_ZERO = ("NR", "nr", "없음")  # no rain
_LEAST_NUMBERS = 0.6  # share of numbers from which the other words of a column may mean "missing"
_MOST_WORDS = 5
# Numbers that stand for a missing value, by their digits alone.
_FORM = re.compile(
    r"-?9{2,7}(?:\.9+|\.0+)?|-?8{3,5}|-?7{3,5}|-99\.9+|-200|-1|990|-250|-100|-32768|32767|-99[0-9]{0,3}|1e20"
)
_LEAST_TIMES = 2
_LEAST_SHARE = 0.2  # of the values that cannot be


def missing_words(filled: pl.Series, numbers: pl.Series) -> tuple[str, ...]:
    """Words that mean it in a column in which most cells are numbers; `numbers` says of each whether it is one."""
    if filled.is_empty():
        return ()
    others = filled.filter(~numbers)
    if others.is_empty():
        return ()
    counts = others.value_counts(sort=True)
    words = counts[counts.columns[0]].to_list()
    known = [word for word in words if MISSING_WORDS.fullmatch(word)]
    known_cells = float(others.is_in(known).sum())
    if float(numbers.sum()) + known_cells < _LEAST_NUMBERS * filled.len():
        return ()
    if float(numbers.sum()) == 0:
        return ()
    unknown = [word for word in words if word not in known]
    few = unknown if len(unknown) <= _MOST_WORDS and all(not any(c.isdigit() for c in word) for word in unknown) else []
    return tuple(word for word in words if word in known or word in few)


def doubtful_words(missing: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that are no usual word for it: a person should look at them."""
    return tuple(word for word in missing if not MISSING_WORDS.fullmatch(word))


def no_rain(missing: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that in a column of rain mean that there was none."""
    return tuple(word for word in missing if word in _ZERO)


def missing_numbers(numbers: pl.Series, least: float | None, most: float | None) -> tuple[str, ...]:
    """Numbers that mean it: of such a form, and outside of what a value can be, or far from all others.

    `least` and `most` are those of the column, in the unit in which it is delivered.
    """
    there = numbers.drop_nulls()
    if there.is_empty():
        return ()
    counts = there.value_counts()
    found, told = list[str](), list[float]()
    beyond = int(_outside(there, least, most).sum())
    for value, times in counts.sort("count", descending=True).iter_rows():
        text = f"{value:.10g}"
        if not _FORM.fullmatch(text) and not _FORM.fullmatch(f"{value:.3f}".rstrip("0")):
            continue
        rest = there.filter(there != value)
        if value == -1 and bool((rest.filter(~rest.is_in(told)) < 0).any()):
            continue  # one of several negative numbers
        outside = (least is not None and value < least) or (most is not None and value > most)
        if rest.is_empty():
            continue
        if value == -1 and not (least is not None and least >= 0 and times >= _LEAST_TIMES):
            continue
        if (outside and times >= _LEAST_SHARE * beyond) or (times >= _LEAST_TIMES and _far(value, rest)):
            found.append(text)
            told.append(value)
    return tuple(found[:4])


def _outside(numbers: pl.Series, least: float | None, most: float | None) -> pl.Series:
    below = numbers < least if least is not None else pl.repeat(value=False, n=numbers.len(), eager=True)
    above = numbers > most if most is not None else pl.repeat(value=False, n=numbers.len(), eager=True)
    return below | above


def _far(value: float, rest: pl.Series) -> bool:
    low, high = float(rest.quantile(0.001) or 0), float(rest.quantile(0.999) or 0)
    width = max(high - low, abs(high), 1e-9)
    return value > high + 3 * width or value < low - 3 * width
