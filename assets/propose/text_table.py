"""A text that nobody has described -> the layout under which the project's readers find a table in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.encoding_seen import Encoded
from assets.propose.fixed_places import fixed_places
from assets.propose.looks_like import is_figure
from assets.propose.more_tables import next_table
from assets.propose.named_twice import NAMED_TWICE, told_apart
from assets.propose.reading import RowsRead, mended, require_width
from assets.propose.seen import Doubt
from assets.propose.separators import Way, ways
from assets.propose.table_shape import TableShape, table_shape
from quality.text import normalised

_COMMENTS = ("#", "%", "//", "!")
_TAIL = 20_000  # characters at the end that are looked at for what stands behind the rows
_BEFORE = "\ufeff \t\"'"  # as the reader passes over it


def read_text(name: str, content: bytes, text: Encoded, languages: Sequence[str]) -> tuple[RowsRead, tuple[Doubt, ...]]:
    """The best reading of a table, and what is in doubt. Raises PermanentFailure where no layout reads it."""
    failure: FeedFailure | None = None
    best: tuple[RowsRead, tuple[Doubt, ...]] | None = None
    for keys, doubts in _layouts(name, text.text):
        found = mended(name, content, {**text.keys, **keys}, languages)
        if isinstance(found, FeedFailure):
            failure = failure or found
        elif found.fits or (found.only_names and len(text.text.split()) < 200):
            return found, doubts
        elif best is None or found.lost < best[0].lost:
            best = found, doubts
    if best is not None and best[0].lost < 0.5:
        lost = f"{best[0].raw.rejects.height:,} rows cannot be read under this layout; why is in `madang feed try`"
        return best[0], (*best[1], Doubt(("files", "layout"), lost))
    if failure is not None:
        raise failure
    what = "it has no table that can be seen: no line has two fields, or the lines have nothing in common"
    raise PermanentFailure("FILE-LAYOUT", what, name, "deliver it as CSV with one header, or write the feed by hand")


def _layouts(name: str, text: str) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    lines = text[:_TAIL].split("\n")
    first = lines[0].strip().lower()
    if first.startswith(("sep=", '"sep=')):
        keys = {"skip_rows": 1, **({} if first.strip('"')[4:5] in (",", "") else {"delimiter": first.strip('"')[4]})}
        yield keys, ()
    comment = next((sign for sign in _COMMENTS if _are_comments(lines, sign)), None)
    found = ways(text, comment)
    require_width(name, max(map(len, found[0].rows), default=0) if found else 0)
    fixed = fixed_places(text) if not found or found[0].keys.get("delimiter") == "whitespace" else None
    if fixed is not None and (not found or found[0].score < 0.6):
        yield fixed, (Doubt(("files", "layout", "widths"), "are these the columns, by the characters of a line?"),)
    for way in found:
        yield from _of_way(way, text, comment, lines)
    if fixed is not None:
        yield fixed, (Doubt(("files", "layout", "widths"), "are these the columns, by the characters of a line?"),)
    if not found and len([line for line in lines if line.strip()]) > 1:
        yield {}, ()  # one column


def _are_comments(lines: Sequence[str], sign: str) -> bool:
    """Whether lines that begin so are remarks: several before the table, or one that is no row of it."""
    begun = [line for line in lines[:200] if line.startswith(sign)]
    return bool(begun) and lines[0].startswith(sign) and len(begun) < len([line for line in lines if line.strip()])


def _of_way(
    way: Way, text: str, comment: str | None, lines: Sequence[str]
) -> Iterator[tuple[dict[str, Any], tuple[Doubt, ...]]]:
    more = next_table(way.rows)
    tail = () if len(text) < _TAIL or more is not None else _tail(way, text)
    shape = table_shape(way.rows if more is None else way.rows[: more.at], tail)
    if shape is None:
        return
    keys, doubts = dict(way.keys), list[Doubt]()
    row = way.rows[shape.begin]
    if any("".join(before).strip() for before in way.rows[: shape.begin]):
        keys |= _skip(way, shape, lines)
    if shape.header_rows > 1:
        keys["header_rows"] = shape.header_rows
    if shape.header_rows == 0:
        names, said = _names(way, shape, comment, lines)
        keys["names"] = names
        doubts += [] if said else [Doubt(("files", "layout", "names"), "the file has no header: what are its columns?")]
    own = told_apart(way.rows[shape.begin : shape.begin + shape.header_rows])
    if own:
        keys |= {"header_rows": shape.header_rows, "names": own}
        doubts.append(Doubt(("files", "layout", "names"), NAMED_TWICE))
    if shape.units_row:
        keys["units_row"] = True
    if more is not None:
        keys["footer"] = escaped(more.text)
        what = f"another table begins at line {way.lines[more.at]}; this feed reads those rows alone that are before it"
        doubts.append(Doubt(("files", "layout", "footer"), what))
    elif shape.footer:
        keys["footer"] = _footer(way, shape, tail)
    if shape.instead:
        what = (
            f"the row before the header names the columns, too, as {shape.instead[0]!r}; is the second row the header?"
        )
        doubts.append(Doubt(("files", "layout"), what))
    if any("".join(cells).strip() for cells in [row]):
        yield keys, tuple(doubts)


def _tail(way: Way, text: str) -> list[Sequence[str]]:
    """The last rows, read as the first were."""
    cut = text[-_TAIL:]
    again = ways(cut[cut.find("\n") + 1 :], way.keys.get("comment_prefix"))
    return next((list(other.rows) for other in again if other.keys == way.keys), [])


def _skip(way: Way, shape: TableShape, lines: Sequence[str]) -> dict[str, Any]:
    """How the reader comes to the header: by its first text, if no line before begins so; else by counting."""
    line = way.lines[shape.begin]
    first = next((cell for cell in way.rows[shape.begin] if cell.strip()), "").strip().split("\n")[0]
    before = [
        text.lstrip(_BEFORE + str(way.keys.get("delimiter", ",")).replace("whitespace", ""))
        for text in lines[: line - 1]
    ]
    if shape.header_rows and len(first) > 1 and not any(text.startswith(first) for text in before):
        return {"skip_to": escaped(first)}
    return {"skip_rows": line - 1}


def escaped(text: str) -> str:
    """A text as a regular expression that matches it alone; spaces and letters stay as people read them."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def _names(way: Way, shape: TableShape, comment: str | None, lines: Sequence[str]) -> tuple[list[str], bool]:
    """Names for the columns of a table without a header, and whether a remark before it says them."""
    widths = Counter(len(row) for row in way.rows[shape.begin :] if row)
    width = max(shape.width, widths.most_common(1)[0][0])
    if comment is not None:
        said = [line[len(comment) :].strip() for line in lines[:200] if line.startswith(comment)]
        for remark in reversed(said):
            sign = way.keys.get("delimiter", ",")
            parts = [
                normalised(part).strip("\"'")
                for part in (remark.split() if sign == "whitespace" else remark.split(sign))
            ]
            if len(parts) == width and len(set(parts)) == width and all(parts) and not all(map(is_figure, parts)):
                return parts, True
    return [f"column_{number}" for number in range(1, width + 1)], False


def _footer(way: Way, shape: TableShape, tail: Sequence[Sequence[str]]) -> int | str:
    """The first word of what stands behind the rows, if no row begins so; else how many rows it is."""
    rows = [row for row in (tail or way.rows) if any(cell.strip() for cell in row)]
    first = next((cell.strip() for cell in rows[-shape.footer] if cell.strip()), "")
    body = [next((cell.strip() for cell in row if cell.strip()), "") for row in way.rows[shape.begin :]]
    word = re.split(r"[\s:：,;]", first)[0]
    if len(word) > 1 and sum(cell.startswith(word) for cell in body) <= (0 if tail else 1):
        return escaped(word)
    return shape.footer
