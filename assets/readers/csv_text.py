"""What stands around the table in a text, and odd ways to write its fields, brought into the usual one line by line.

Lines keep their numbers: what is left out in the middle becomes an empty line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assets.readers.header import other_layout
from quality.contract.layout import Layout

_BEFORE = "\ufeff \t\"'"  # what may stand before the first text of a line


@dataclass(frozen=True)
class TableText:
    """The lines of a table: UTF-8, from `position` on, which is at the beginning of `line`."""

    data: bytes
    position: int
    line: int
    delimiter: str
    quote: str | None
    head: str = ""  # what stands before the table, and in comments
    comments: int = 0  # lines that are empty now
    footer: int = 0  # lines that were cut off


def table_text(data: bytes, layout: Layout, where: str) -> TableText:
    """The table of a text. Raises PermanentFailure (FILE-LAYOUT) where `skip_to` finds nothing."""
    quote = None if layout.quote == "none" else layout.quote
    delimiter = "\t" if layout.delimiter == "whitespace" else layout.delimiter
    position, line = _skipped(data, layout.skip_rows)
    plain = layout.delimiter != "whitespace" and not layout.loose_quotes
    if plain and not (layout.skip_to or layout.comment_prefix or layout.footer or layout.from_head):
        return TableText(data, position, line, delimiter, quote)
    head, lines = data[:position].decode(), data[position:].decode().split("\n")
    if layout.skip_to is not None:
        at = _first(lines, layout.skip_to, layout.delimiter)
        if at is None:
            raise other_layout(f"no line begins as `skip_to` {layout.skip_to!r} says", where)
        head, lines, line = head + "\n".join(lines[:at]), lines[at:], line + at
    prefix = layout.comment_prefix
    remarks = [] if prefix is None else [text for text in lines if text.startswith(prefix)]
    if prefix is not None:
        lines = ["" if text.startswith(prefix) else text for text in lines]
    lines, footer = _without_footer(lines, layout, where)
    text = "\n".join(lines)
    if layout.delimiter == "whitespace":
        text = _tabbed(text, quote)
    elif layout.loose_quotes and quote is not None:
        text = _well_quoted(text, delimiter, quote)
    head = "\n".join([head, *remarks]) if layout.from_head else ""
    return TableText(text.encode(), 0, line, delimiter, quote, head, len(remarks), footer)


def _skipped(data: bytes, lines: int) -> tuple[int, int]:
    position = 0
    for _ in range(lines):
        cut = data.find(b"\n", position)
        position = len(data) if cut < 0 else cut + 1
    return position, lines + 1


def _first(lines: list[str], pattern: str, delimiter: str) -> int | None:
    """The first line whose first text begins so."""
    begins = re.compile(pattern)
    around = _BEFORE if delimiter == "whitespace" else _BEFORE + delimiter
    return next((at for at, text in enumerate(lines) if begins.match(text.lstrip(around))), None)


def _without_footer(lines: list[str], layout: Layout, where: str) -> tuple[list[str], int]:
    filled = [at for at, text in enumerate(lines) if text.strip()]
    if isinstance(layout.footer, int):
        if layout.footer > len(filled) - layout.header_lines:
            raise other_layout(f"there are fewer rows than the {layout.footer} of `footer`", where)
        cut = filled[-layout.footer] if layout.footer else len(lines)
    else:
        first = filled[min(layout.header_lines, len(filled) - 1)] if filled else 0
        found = _first(lines[first:], layout.footer, layout.delimiter)
        cut = len(lines) if found is None else first + found
    return [*lines[:cut], ""] if cut < len(lines) else lines, sum(at >= cut for at in filled)


def _tabbed(text: str, quote: str | None) -> str:
    """One tab in place of white space between fields."""
    text = re.sub(r"(?m)^[^\S\r\n]+|[^\S\r\n]+(?=\r?$)", "", text)
    if quote is None or quote not in text:
        return re.sub(r"[^\S\r\n]+", "\t", text)
    q = re.escape(quote)
    return re.sub(rf"({q}[^{q}\r\n]*{q})|[^\S\r\n]+", lambda found: found[1] or "\t", text)


def _well_quoted(text: str, delimiter: str, quote: str) -> str:
    """Without spaces around quoted fields, and with the quotes inside of them doubled.

    A quoted field ends at the first quote that is followed by the delimiter or the end of the line.
    """
    q, d = re.escape(quote), re.escape(delimiter)
    field = re.compile(rf"(?m)(^|{d})[ \t]*{q}((?:[^{q}\r\n]|{q}(?![ \t]*(?:{d}|\r?$)))*){q}[ \t]*(?={d}|\r?$)")

    def mended(found: re.Match[str]) -> str:
        inner = found[2].replace(2 * quote, quote).replace(quote, 2 * quote)
        return f"{found[1]}{quote}{inner}{quote}"

    return field.sub(mended, text)
