"""Real files read under a feed's file, as a night reads them: texts, typed rows, and what the row rules keep."""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from assets.failures import FeedFailure
from assets.ingest.parse import ParsedFrames, parse
from assets.models import models
from assets.pack.city_file import CityConfig
from assets.readers.read import read_rows
from assets.readers.rows import RawRows
from quality.contract.feed import from_feed
from quality.contract.layout import Layout
from quality.contract.model import Contract
from quality.row_rules import split

_BYTES, _MEMBERS, _RECORDS = 60_000, 12, 40  # of a file of text, and of an archive: enough to tell right from wrong
WHERE = ("_file", "_line")
_SAVED = 1_700_000_000.0  # when all files were saved: a register holds from then on


@dataclass(frozen=True)
class Delivered:
    """The beginning of a file; whole where it cannot be cut."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Read:
    """What came of files under a feed's file. `failure` says why nothing did; then all else is empty."""

    document: Mapping[str, Any]
    failure: str | None = None
    contract: Contract | None = None
    raw: tuple[tuple[RawRows, ...], ...] = ()  # by file
    parsed: tuple[ParsedFrames, ...] = ()

    @property
    def names(self) -> list[str]:
        """All columns as delivered, in any of the files."""
        return list(dict.fromkeys(name for rows in self.raw for raw in rows for name in raw.frame.columns))

    def texts(self, sources: Sequence[str]) -> pl.DataFrame:
        """_file, _line, value: what stands under the first of these names that a file has."""
        parts = [_texts(number, raw.frame, sources) for number, rows in enumerate(self.raw) for raw in rows]
        return pl.concat(parts) if parts else pl.DataFrame(schema=_TEXTS)

    def typed(self, names: Sequence[str]) -> pl.DataFrame:
        """_file, _line and these columns of the contract, typed; a column that it does not have is null."""
        parts = []
        for number, parsed in enumerate(self.parsed):
            there = [pl.col(name) if name in parsed.rows.columns else pl.lit(None).alias(name) for name in names]
            parts.append(parsed.rows.select(pl.lit(number, pl.Int64).alias("_file"), "_line", *there))
        return (
            pl.concat(parts, how="vertical_relaxed") if parts else pl.DataFrame(schema=dict.fromkeys(WHERE, pl.Int64))
        )

    @property
    def kept(self) -> float:
        """The share of the rows that the row rules keep and whose key is theirs alone in its file."""
        rows = kept = 0
        for parsed in self.parsed:
            assert self.contract is not None
            rows += parsed.rows.height + parsed.undated.height
            fit = split(parsed.rows, self.contract).kept
            kept += fit.unique(list(self.contract.key)).height
        return kept / rows if rows else 0.0


_TEXTS = {"_file": pl.Int64, "_line": pl.Int64, "value": pl.String}


def read(document: Mapping[str, Any], name: str, city: CityConfig, files: Sequence[Delivered]) -> Read:
    """The files under a feed's file."""
    try:
        contract = from_feed(document, name, models(), city.timezone).delivered_in(city.languages)
    except ValueError as error:
        return Read(document, f"the feed's file: {' '.join(str(error).split())[:300]}")
    assert contract.connector is not None
    assert contract.connector.files is not None
    layout, raw, parsed = contract.connector.files.layout, [], []
    try:
        for file in files:
            rows = _rows(file, layout.model_dump_json(), layout)
            if all(one.frame.is_empty() and one.rejects.is_empty() for one in rows):
                continue  # a header alone
            raw.append(tuple(rows))
            parsed.append(parse(contract, file.name, "0", rows))
    except FeedFailure as error:
        return Read(document, str(error)[:300], contract, tuple(raw))
    return Read(document, None, contract, tuple(raw), tuple(parsed))


_seen: dict[tuple[int, str], tuple[Delivered, list[RawRows]]] = {}  # spreadsheets cost a second each


def _rows(file: Delivered, key: str, layout: Layout) -> list[RawRows]:
    if (id(file), key) not in _seen:
        if len(_seen) > 20:
            _seen.clear()
        _seen[id(file), key] = file, read_rows(file.name, file.content, layout)
    return _seen[id(file), key][1]


def _texts(number: int, frame: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    there = next((name for name in sources if name in frame.columns), None)
    value = pl.lit(None, pl.String) if there is None else pl.col(there)
    return frame.select(pl.lit(number, pl.Int64).alias("_file"), "_line", value.alias("value"))


def beginnings(files: Sequence[Path]) -> list[Delivered]:
    """What is read of the files of a feed: all of them where they are small, else the first and the last."""
    small = sum(path.stat().st_size for path in files) <= 2 * _BYTES
    chosen = files if small else list(dict.fromkeys([files[0], files[-1]]))
    return [Delivered(path.name, _beginning(path)) for path in chosen]


@contextmanager
def shortened(folder: Path) -> Iterator[Path]:
    """A copy of a folder in which large files are cut."""
    with tempfile.TemporaryDirectory() as made:
        copy = Path(made) / folder.name
        copy.mkdir()
        for path in sorted(folder.iterdir()):
            (copy / path.name).write_bytes(_beginning(path))
            os.utime(copy / path.name, (_SAVED, _SAVED))
        yield copy


def _beginning(path: Path) -> bytes:
    content = path.read_bytes()
    if content.startswith(b"PK") and path.suffix == ".zip":
        return _of_zip(content)
    if path.name.endswith(".tar.zst"):
        return _of_tar(content)
    if content.startswith(b"[") and len(content) > _BYTES:
        return json.dumps(json.loads(content)[:_RECORDS], ensure_ascii=False).encode()
    whole = content.startswith((b"PK", b"{", b"\xd0\xcf")) or len(content) <= _BYTES
    return content if whole else content[: content.rindex(b"\n", 0, _BYTES) + 1]


def _of_zip(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as found, zipfile.ZipFile(made, "w") as cut:
        for name in found.namelist():
            text = found.read(name)
            cut.writestr(name, text if len(text) <= _BYTES else text[: text.rindex(b"\n", 0, _BYTES) + 1])
    return made.getvalue()


def _of_tar(content: bytes) -> bytes:
    made = io.BytesIO()
    data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as found, tarfile.open(fileobj=made, mode="w") as cut:
        for member in [one for one in found.getmembers() if one.isfile()][:_MEMBERS]:
            cut.addfile(member, found.extractfile(member))
    return zstandard.ZstdCompressor().compress(made.getvalue())
