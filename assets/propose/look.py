"""Looking at a file or a folder that nobody has described yet: what it is, and how it is read.

What it means is not decided here. A layout that is proposed has been read with the project's own readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.assembled import assembled
from assets.propose.folder import files_below, looked_at, may_hold_data, spread
from assets.propose.one_file import parts_of
from assets.propose.seen import SAMPLE, Doubt, Look
from assets.propose.table_seen import TableSeen
from assets.propose.together import alike_tables

__all__ = ["SAMPLE", "Doubt", "Look", "look"]


def look(path: Path, languages: Sequence[str] = ()) -> list[Look]:
    """What a file or a folder holds: several where its tables have different columns.

    `languages` of the city, if it is known. Raises PermanentFailure with one sentence on what is needed.
    """
    if not path.exists():
        raise PermanentFailure("FILE-ROOT", "there is no such file or folder", str(path), "give another path")
    if not path.is_dir() and not path.is_file():
        raise PermanentFailure("FILE-ROOT", "it is neither a file nor a folder", str(path), "give a file with data")
    if not path.is_dir():
        parts, beside = parts_of(path, languages), [other for other in path.parent.iterdir() if other.is_file()]
        others = [other for other in beside if other != path and not other.name.startswith(".")]
        return [assembled(mates, path.parent, others, (), languages, alone=True) for mates in alike_tables(parts)]
    return _look_into(path, languages)


def _not_read(file: Path, failure: FeedFailure) -> str:
    """A sentence without what stands in the file, which may be names of persons."""
    return f"{file.name} is not read: {failure.what.split(': ')[0]}"


def _look_into(folder: Path, languages: Sequence[str]) -> list[Look]:
    files = files_below(folder)
    parts, failures, alike = list[TableSeen](), dict[Path, FeedFailure](), dict[Path, list[Path]]()
    for kind in looked_at([file for file in files if may_hold_data(file)]):
        chosen = spread(kind)
        for at, file in enumerate(chosen):
            following = kind[kind.index(file) + 1 : kind.index(chosen[at + 1])] if at + 1 < len(chosen) else []
            alike[file] = [file, *following]
            try:
                parts += parts_of(file, languages)
            except FeedFailure as failure:
                failures[file] = failure
    if not parts:
        raise next(iter(failures.values()), None) or PermanentFailure(
            "FILE-ROOT", "no file in it looks like data", str(folder), "give CSV, XLSX, JSON or GeoJSON files"
        )
    refused = tuple(Doubt(("files", "paths"), _not_read(file, failure)) for file, failure in failures.items())
    found = []
    for mates in alike_tables(parts):
        meant = [file for part, _ in mates for file in alike[part.file]]
        others = [file for file in files if file not in meant]
        seen = assembled(mates, folder, others, refused if not found else (), languages, beside=meant)
        found.append(seen)
    return [replace(seen, name=seen.name if len(found) > 1 else folder.resolve().name) for seen in found]
