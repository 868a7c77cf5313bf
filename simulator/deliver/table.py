"""Rows of texts -> a table with all that stands around it, and its bytes as delimited text or of fixed width."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from quality.contract.layout import Layout
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.matching import text_matching

_TITLES = ("Simulated data", "- simulated data -", "(simulated data)")

Row = Sequence[str | None]


@dataclass(frozen=True)
class Table:
    """What a table of text has, from its first line to its last."""

    head: Sequence[str]  # lines before the header
    header: Sequence[Row]
    rows: Sequence[Row]
    footer: Sequence[str]


def table_of(frame: pl.DataFrame, layout: Layout, units: Mapping[str, str], said: str) -> Table:
    """The table of these rows. `units`: by column, for a row of units; `said`: what `from_head` looks for."""
    names = _names(frame, layout)
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns)
    header = _header(names, layout)
    if layout.units_row:
        declared = layout.units_row if isinstance(layout.units_row, Mapping) else {}
        header.append([declared.get(name, units.get(name, "")) for name in names])
        if not any(header[-1]):
            header[-1] = ["-" for _ in names]
    return Table(_head(layout, said), header, frame.select(names).rows(), _footer(layout))


def _names(frame: pl.DataFrame, layout: Layout) -> list[str]:
    given = layout.names or tuple(layout.widths)
    if given:
        odd = [name for name in frame.columns if name not in given]
        if odd:
            raise CannotDeliverError(f"its layout has no column {odd[0]!r}")
        return list(given)
    names = list(frame.columns)
    if layout.header_lines > 1:  # an empty cell of an upper row would take over what stands before it
        names.sort(key=lambda name: name.count(" "))
    if layout.skip_to is not None:
        begins = re.compile(layout.skip_to)
        # what is looked for may be the end of the first name, too
        names.sort(key=lambda name: begins.match(f"{name}{layout.delimiter}") is None)
    return names


def _header(names: Sequence[str], layout: Layout) -> list[list[str]]:
    lines = layout.header_lines
    parts = [name.split(" ", lines - 1) for name in names]
    rows = [[one[line] if line < len(one) else "" for one in parts] for line in range(lines)]
    if lines == 2 and not any(rows[1]):  # a row without any text is none: one name stands in the second alone
        rows[0][0], rows[1][0] = "", rows[0][0]
    if not all(any(row) for row in rows):
        raise CannotDeliverError(f"none of its names fills a header of {lines} rows")
    return rows


def _head(layout: Layout, said: str) -> list[str]:
    if layout.skip_to is not None:
        begins = re.compile(layout.skip_to)
        titles = [title for title in _TITLES if begins.match(title) is None]
        return [*([said] if said else []), *titles[:1]]
    if layout.skip_rows:
        return [said or _TITLES[0], *_TITLES[1:2] * (layout.skip_rows - 1)]
    if layout.comment_prefix is not None:
        return [said if said.startswith(layout.comment_prefix) else f"{layout.comment_prefix} {said or _TITLES[0]}"]
    if said:
        raise CannotDeliverError("`from_head` looks for a text before the header, and nothing stands there")
    return []


def _footer(layout: Layout) -> list[str]:
    if isinstance(layout.footer, int):
        return [_TITLES[0]] * layout.footer
    text = text_matching(layout.footer, whole=False)
    if text is None:
        raise CannotDeliverError(f"no text is known that begins as `footer` {layout.footer!r} says")
    return [text]


def as_text(table: Table, layout: Layout) -> bytes:
    """A table as the layout has its lines, in an encoding that it allows."""
    lines = [*table.head, *(_fixed if layout.widths else _delimited)(table, layout), *table.footer]
    text = "\n".join([*lines, ""])
    encoding = encoding_of(text, layout)
    if encoding is None:
        raise CannotDeliverError(f"its texts cannot be written in {' or '.join(layout.encodings)}")
    return text.encode(encoding)


def encoding_of(text: str, layout: Layout) -> str | None:
    """UTF-8 where that is allowed, and then beyond doubt; else the first encoding that has all signs of the text.

    None where none of them has.
    """
    if not layout.encodings or "utf-8" in layout.encodings:
        return "utf-8" if text.isascii() else "utf-8-sig"
    for encoding in layout.encodings:
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            continue
        return encoding
    return None


def _delimited(table: Table, layout: Layout) -> list[str]:
    labels = layout.names or (table.header[0] if table.header else ())
    return [_line([field or "" for field in row], labels, layout) for row in (*table.header, *table.rows)]


def _line(fields: Sequence[str], labels: Sequence[str | None], layout: Layout) -> str:
    spaced = layout.delimiter == "whitespace"
    delimiter = " " if spaced else layout.delimiter
    if layout.quote == "none":
        names = labels or [None] * len(fields)
        plain = [
            field if name == layout.unquoted else _without(field, delimiter)
            for field, name in zip(fields, names, strict=True)
        ]
        return delimiter.join(plain)
    if spaced:  # nothing between two spaces is no field
        quote = layout.quote
        return " ".join(
            field if field and not re.search(r"\s", field) else f"{quote}{field}{quote}" for field in fields
        )
    if layout.unquoted in labels:
        at = list(labels).index(layout.unquoted)
        parts = [fields[:at], fields[at + 1 :]]
        return delimiter.join(
            [
                *(_quoted(part, layout) for part in parts[:1] if part),
                fields[at],
                *(_quoted(part, layout) for part in parts[1:] if part),
            ]
        )
    return _quoted(fields, layout)


def _without(field: str, delimiter: str) -> str:
    return field.replace(delimiter, "_" if delimiter == " " else " ")


def _quoted(fields: Sequence[str], layout: Layout) -> str:
    written = io.StringIO()
    csv.writer(
        written,
        delimiter=layout.delimiter,
        quotechar=layout.quote,
        escapechar=layout.escape,
        doublequote=layout.escape is None,
        lineterminator="",
    ).writerow(fields)
    return "" if list(fields) == [""] else written.getvalue()  # the module quotes a lone empty field


def _fixed(table: Table, layout: Layout) -> list[str]:
    places = list(layout.positions.values())
    lines = list[str]()
    for row in (*table.header, *table.rows):
        line = ""
        for field, (start, end) in zip(row, places, strict=True):
            text = field or ""
            if len(text) > end - start and row in table.header:
                text = text[: end - start]
            if len(text) > end - start:
                raise CannotDeliverError(f"{text!r} is longer than its column of {end - start} characters")
            line = line[:start].ljust(start) + text.ljust(end - start)
        lines.append(line)
    return lines
