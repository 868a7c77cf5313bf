"""One file -> its tables: the members of an archive, the sheets of a workbook, the lists of a JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.book import book_parts
from assets.propose.encoding_seen import encoded
from assets.propose.folder import looked_at, spread
from assets.propose.json_seen import read_documents
from assets.propose.reading import FINAL, RowsRead, read_with
from assets.propose.sampled import content_of, piece_of
from assets.propose.table_seen import TableSeen, table_seen
from assets.propose.text_table import read_text
from assets.readers.containers import Limits, container, unpack
from assets.readers.rows import LINE
from assets.readers.xls import OLE

_LIMITS = Limits(expanded=2**30)  # of an archive that is looked at


def parts_of(file: Path, languages: Sequence[str]) -> list[TableSeen]:
    """The tables of a file. Raises PermanentFailure with one sentence on what is needed; OSError."""
    content, share = content_of(file)
    if content.startswith(OLE):
        what = "it is a legacy Office document (.xls, .doc), of which nothing is proposed"
        raise PermanentFailure("FILE-BINARY", what, file.name, "save it as XLSX or CSV for the proposal")
    if container(content) is None:
        return _plain(file, file.name, content, share, languages)
    members = list(unpack(file.name, content, _LIMITS, languages=languages))
    if len(members) == 1 and members[0].kind == "xlsx" and members[0].name == file.name:
        return book_parts(file, file.name, content, languages)
    parts, failures = list[TableSeen](), list[FeedFailure]()
    kinds = looked_at([Path(member.name) for member in members])
    chosen = {str(one): tuple(map(str, kind)) for kind in kinds for one in spread(kind)}
    for member in [one for one in members if str(Path(one.name)) in chosen]:
        try:
            if member.kind == "xlsx":
                found = book_parts(file, member.name, member.content, languages)
            else:
                found = _plain(file, member.name, *piece_of(member.content), languages)
        except FeedFailure as failure:
            failures.append(failure)
            continue
        if len(members) > 1:
            found = [replace(part, member=member.name, like=chosen[str(Path(member.name))]) for part in found]
        parts += found
    if not parts:
        raise failures[0]
    return [replace(part, members=tuple(member.name for member in members)) for part in parts]


def _plain(file: Path, name: str, content: bytes, share: float, languages: Sequence[str]) -> list[TableSeen]:
    plain = read_with(name, content, {}, languages)  # raises for what is no text at all
    found = plain if isinstance(plain, FeedFailure) else None
    for text in encoded(name, content, languages):
        try:
            if text.text.lstrip()[:1] in ("{", "[") and text.text.rstrip()[-1:] in ("}", "]"):
                read = read_documents(name, content, text.text, text.keys, languages)
                kind = "GeoJSON" if read[0][0].keys["kind"] == "geojson" else "JSON"
                return [
                    table_seen(file, kind, one, share, (*text.doubts, *more), place=place) for one, place, more in read
                ]
            reading, doubts = read_text(name, content, text, languages)
            head = _head(text.text, reading)
            return [table_seen(file, "CSV", reading, share, (*text.doubts, *doubts), head=head)]
        except FeedFailure as failure:
            if failure.code in FINAL:
                raise
            found = failure
    raise found or PermanentFailure("FILE-LAYOUT", "it holds no table", name, "deliver it as CSV with one header")


def _head(text: str, reading: RowsRead) -> str:
    """What stands before the header."""
    if not reading.keys.keys() & {"skip_to", "skip_rows", "comment_prefix"} or reading.raw.frame.is_empty():
        return ""
    first = min(reading.raw.frame[LINE])
    return "\n".join(text.split("\n", first)[: first - 1])[:2_000]
