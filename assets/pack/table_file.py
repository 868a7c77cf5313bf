"""A CSV file of a pack that a person wrote or saved from a spreadsheet: its cells as texts, and what is wrong in it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import closest
from quality.contract.yaml_words import not_utf8
from quality.text import normalised, normalised_column

_OTHER_SIGNS = {";": "semicolons", "\t": "tabs", "|": "the sign |"}


def read_table(path: Path, once: str | None = None) -> pl.DataFrame:
    """All columns as text, names and texts normalised as those of deliveries are: a station is the same in both.

    `once`: the column whose texts are there once each. Raises ContractError with all mistakes.
    """
    text = _text(path)
    table = _parsed(path, text)
    names = [normalised(name) for name in table.columns]
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise ContractError(Mistake(f"there are two columns {twice!r}", path, 1, hint="take one of the two out"))
    table = table.rename(dict(zip(table.columns, names, strict=True)))
    table = table.with_columns(normalised_column(column)[0] for column in table.iter_columns())
    blank = table.select(pl.all_horizontal(pl.all().is_null())).to_series()  # an empty line at the end, for one
    if once is not None and once in table.columns:
        mistakes = list(_not_once(path, table[once], blank))
        if mistakes:
            raise ContractError(*mistakes)
    return table.remove(blank)


def require_columns(path: Path, table: pl.DataFrame, needed: Sequence[str]) -> None:
    """Raises ContractError that names the columns that are not there, and those that may be meant."""
    mistakes = list(columns_missing(path, table, needed, needed))
    if mistakes:
        raise ContractError(*mistakes)


def columns_missing(path: Path, table: pl.DataFrame, needed: Sequence[str], known: Sequence[str]) -> Iterator[Mistake]:
    """A mistake for each column that is not there, with the one that may be meant: none of those that are known."""
    for name in needed:
        if name not in table.columns:
            near = closest(name, [other for other in table.columns if other not in known])
            hint = f"give the column {near} this name" if near else f"add it; there are: {', '.join(table.columns)}"
            yield Mistake(f"column {name} is missing", path, 1, hint=hint)


def as_numbers(path: Path, table: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The table with these columns as numbers. Raises ContractError that names each line with another text."""
    mistakes, numbers = list[Mistake](), list[pl.Series]()
    for name in names:
        texts = table[name].replace("", None)
        whole = texts.cast(pl.Int64, strict=False)
        number = whole if (whole.is_null() == texts.is_null()).all() else texts.cast(pl.Float64, strict=False)
        wrong = (number.is_null() & texts.is_not_null()) | ~number.cast(pl.Float64).is_finite().fill_null(True)
        for row in wrong.arg_true():
            hint = "write digits alone, with a point before a fraction; leave the cell empty where it is not known"
            mistakes.append(Mistake(f"{texts[row]!r} is no number", path, line_in(row), name, hint))
        numbers.append(number)
    if mistakes:
        raise ContractError(*mistakes)
    return table.with_columns(numbers)


def line_in(row: int) -> int:
    """The line of a row, counted from 0, of a table without empty lines and texts of several lines."""
    return row + 2  # the header is line 1


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ContractError(Mistake("there is no such file", path)) from error
    except OSError as error:
        raise ContractError(Mistake(f"cannot be read: {error.strerror}", path)) from error
    except UnicodeDecodeError as error:
        raise ContractError(not_utf8(path, error)) from error


def _parsed(path: Path, text: str) -> pl.DataFrame:
    if not text.strip():
        raise ContractError(Mistake("is empty", path, hint="a header and a row for each are needed"))
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ContractError(
            Mistake("there is a sign that no text has (U+0000)", path, line, hint="save the file again")
        )
    header = text.lstrip().splitlines()[0]
    for sign, name in _OTHER_SIGNS.items():
        if sign in header and "," not in header:
            raise ContractError(Mistake(f"the cells are separated by {name}", path, 1, hint="separate them by commas"))
    mistakes = list(_ragged(path, text))
    if mistakes:
        raise ContractError(*mistakes)
    try:
        return pl.read_csv(text.encode(), infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        what = f"cannot be read as CSV ({str(error).splitlines()[0]})"
        raise ContractError(Mistake(what, path, hint="save it again as CSV with commas, in UTF-8")) from error


def _ragged(path: Path, text: str) -> Iterator[Mistake]:
    """Lines with another number of cells than the header, and a quote that is not closed."""
    reader, wanted = csv.reader(text.splitlines(keepends=True), strict=True), 0
    try:
        for cells in reader:
            wanted = wanted or len(cells)
            if len(cells) not in (0, wanted) and any(cells):
                what = f"the line has {len(cells)} cells, and the header {wanted}"
                yield Mistake(what, path, reader.line_num, hint='put a text with a comma in it in quotes: "a, b"')
    except csv.Error as error:
        yield Mistake(f"a quote is not closed or not alone ({error})", path, reader.line_num, hint="close it")


def _not_once(path: Path, texts: pl.Series, blank: pl.Series) -> Iterator[Mistake]:
    first = dict[str, int]()
    for row, (text, skipped) in enumerate(zip(texts, blank, strict=True)):
        line = line_in(row)
        if skipped:
            continue
        if text is None or text == "":
            yield Mistake(f"the row has no {texts.name}", path, line, texts.name, "write it, or take the line out")
        elif text in first:
            what = f"{texts.name} {text!r} is there in line {first[text]} already"
            hint = "take one of the two out (they are compared in Unicode NFC, without white space around them)"
            yield Mistake(what, path, line, texts.name, hint)
        else:
            first[text] = line
