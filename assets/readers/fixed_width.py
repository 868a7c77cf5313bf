"""Text whose columns stand at fixed places -> rows of text. Places are counted in characters, never in bytes.

A line that is too short has no value in its last columns: editors remove spaces at the end. Text behind the last column
is refused, for a shifted line would be read wrong.
"""

from __future__ import annotations

import polars as pl

from assets.readers.csv_text import TableText
from assets.readers.header import units_said
from assets.readers.rows import LINE, RawRows, Rejects
from quality.contract.layout import Layout


def read_fixed_width(member: str, text: TableText, layout: Layout, where: str) -> RawRows:
    """The rows of a table whose columns `widths` of the layout names, spaces around values left out."""
    raw = text.data[text.position :].decode()
    lines = pl.Series("text", raw.split("\n"), dtype=pl.String).str.strip_chars_end("\r")
    frame = pl.DataFrame([lines]).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(LINE) + text.line)
    filled = frame.filter(pl.col("text").str.strip_chars() != "")
    header = filled.head(layout.header_lines)
    filled = filled.slice(layout.header_lines)
    places = layout.positions
    cut = [
        pl.col("text").str.slice(start, end - start).str.strip_chars().alias(name)
        for name, (start, end) in places.items()
    ]
    left_out = {"comment_prefix": text.comments, "footer": text.footer}
    said: tuple[tuple[str, str], ...] = ()
    if layout.units_row:
        units, filled = filled.head(1).select(cut), filled.slice(1)
        said = units_said(units.columns, units.row(0) if units.height else [], layout, where)
        left_out["units_row"] = units.height
    again = pl.col("text").is_in(header["text"].implode())
    repeated = filled.filter(again)
    rejects = Rejects()
    if layout.headers_repeat:
        left_out["headers_repeat"] = repeated.height
    else:
        for shown, line in repeated.rows():
            rejects.add(line, "ROW-HEADER", "the header again: two files were put into one", shown)
    last = max(end for _, end in places.values())
    behind = pl.col("text").str.slice(last).str.strip_chars() != ""
    rows = filled.filter(~again)
    for shown, line in rows.filter(behind).rows():
        rejects.add(line, "ROW-WIDTH", f"text behind the last column, which ends at character {last}", shown)
    rows = rows.filter(~behind)
    end = text.line + lines.len() - 1
    if not raw.endswith("\n") and rows.height > 1 and rows[LINE][-1] == end:
        shown = rows["text"][-1]
        if len(shown) < rows["text"][:-1].str.len_chars().min():  # type: ignore[operator]
            rejects.add(end, "ROW-WIDTH", "shorter than all others, without a line end: the file may be cut", shown)
            rows = rows.head(-1)
    blank = int((lines.str.strip_chars() == "").sum()) - int(raw.endswith("\n"))
    values = rows.select(*cut, LINE).with_columns(pl.when(pl.col(list(places)) != "").then(pl.col(list(places))))
    kept = tuple((key, number) for key, number in left_out.items() if number)
    return RawRows(values, rejects.frame(), blank - text.comments, member, None, left_out=kept, units=said)
