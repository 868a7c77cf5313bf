"""Files in the shapes of real portals, typed in by a test, under `madang feed new`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.models import models
from assets.pack.city_file import CityConfig
from assets.propose.look import look
from assets.propose.proposal import Proposal, propose
from assets.propose.seen import Look
from tests.support.proposals.reading import Delivered, Read, read

_FIXED = {"name": "x", "title": "x", "area": "0", "owner": "o", "first_day": "1900-01-01", "nightly_at": "04:00"}


def city(country: str, timezone: str, *languages: str) -> CityConfig:
    """A city of this country."""
    return CityConfig(**_FIXED, country=country, timezone=timezone, languages=languages)  # type: ignore[arg-type]


SEOUL = city("KR", "Asia/Seoul", "ko", "en")
TAIPEI = city("TW", "Asia/Taipei", "zh-Hant", "en")
HANOI = city("VN", "Asia/Ho_Chi_Minh", "vi", "en")
JAKARTA = city("ID", "Asia/Jakarta", "id", "en")
ALMATY = city("KZ", "Asia/Almaty", "kk", "ru", "en")
BANGKOK = city("TH", "Asia/Bangkok", "th", "en")
MADRID = city("ES", "Europe/Madrid", "es", "en")
LONDON = city("GB", "Europe/London", "en")
CHICAGO = city("US", "America/Chicago", "en")


@dataclass(frozen=True)
class Tried:
    """What was seen and proposed of a delivery, and what its own files are under the proposal."""

    seen: Look
    proposal: Proposal
    read: Read

    @property
    def models(self) -> set[str]:
        """Those that it implements."""
        said = self.proposal.document.get("implements", ())
        return {said} if isinstance(said, str) else set(said)

    @property
    def rows(self) -> int:
        """How many rows its files have."""
        return sum(parsed.rows.height + parsed.undated.height for parsed in self.read.parsed)

    def first(self, *columns: str) -> tuple[Any, ...]:
        """The values of the first row; times as texts."""
        values = self.read.typed(columns).row(0)[2:]
        return tuple(str(value) if hasattr(value, "isoformat") else value for value in values)


def tried(files: Mapping[str, str | bytes], where: CityConfig) -> list[Tried]:
    """Each proposal for a delivery: a file, or several in one folder. Raises PermanentFailure as `feed new` does."""
    with _written(files) as path:
        found = []
        for seen in look(path, where.languages):
            proposal = propose(seen, "x", where, models())
            delivered = [Delivered(file.name, file.read_bytes()) for file in seen.files]
            found.append(Tried(seen, proposal, read(proposal.document, "x", where, delivered)))
        return found


def one(content: str | bytes, where: CityConfig, name: str = "delivery.csv") -> Tried:
    """The only proposal for a file, which keeps every row."""
    (found,) = tried({name: content}, where)
    assert found.read.failure is None, found.read.failure
    assert found.rows > 0
    assert found.read.kept == 1
    return found


@contextmanager
def _written(files: Mapping[str, str | bytes]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    try:
        for name, content in files.items():
            path = folder / "delivery" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        yield path if len(files) == 1 else folder / "delivery"  # pyright: ignore[reportPossiblyUnboundVariable]
    finally:
        shutil.rmtree(folder)
