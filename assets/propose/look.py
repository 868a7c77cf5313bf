"""Looking at a file or a folder that nobody has described yet: what it is, and how it is read.

What it means is not decided here. A layout that is proposed has been read with the project's own readers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.failures import PermanentFailure
from assets.propose.seen import SAMPLE, Doubt, Look
from assets.readers.encodings.candidates import candidates
from assets.readers.encodings.pieces import pieces
from assets.readers.read import read_members
from quality.contract.layout import Layout

__all__ = ["SAMPLE", "Doubt", "Look", "look"]


def look(path: Path, languages: Sequence[str] = ()) -> list[Look]:
    """What a file or a folder holds: several where its tables have different columns.

    `languages` of the city, if it is known. Raises PermanentFailure with one sentence on what is needed.
    """
    if not path.exists():
        raise PermanentFailure("FILE-ROOT", "there is no such file or folder", str(path), "give another path")
    if path.is_dir():
        return [look_at for file in sorted(path.iterdir()) if file.is_file() for look_at in look(file, languages)]
    content = path.read_bytes()
    layout = _layout(content, languages)
    (raw, *_) = read_members(path.name, content, Layout(**layout))
    rows = raw.frame.drop("_line").head(SAMPLE)
    said = f"{path.name}: {raw.encoding or 'XLSX'}, {raw.frame.height:,} rows, {rows.width} columns"
    return [Look((path,), (path.name,), path.parent, layout, rows, dict(raw.units), "", (said,), (), name=path.stem)]


def _layout(content: bytes, languages: Sequence[str]) -> dict[str, Any]:
    if content.startswith(b"PK"):
        return {}
    found: dict[str, Any] = {}
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = min(candidates(pieces(content), (), languages), key=lambda reading: reading.bits)
        found["encodings"] = [best.encoding]
        text = content.decode(best.encoding)
    lines = text.split("\n")[:200]
    counts = {sign: [len(row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)] for sign in ",;\t|"}
    steady = {sign: max(set(of), key=of.count) for sign, of in counts.items() if of}
    delimiter = max(steady, key=lambda sign: counts[sign].count(steady[sign]) * (steady[sign] > 1))
    return found | ({} if delimiter == "," else {"delimiter": delimiter})
