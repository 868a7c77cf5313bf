"""Where the files of one tier lie: the one that is read, and the versions that are kept. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FILE = "madang.duckdb"
OPEN, PARTNER = "open", "partner"


class FileFolder(Protocol):
    """A folder with a published file and its versions: of a home (the internal file), or of a tier."""

    @property
    def published(self) -> Path:
        """The folder itself."""
        ...

    @property
    def published_file(self) -> Path:
        """What is read."""
        ...

    @property
    def versions(self) -> Path:
        """What is kept."""
        ...


@dataclass(frozen=True)
class TierFolder:
    """The files of a tier that leave the home: `open`, or `partner/<name>`."""

    tier: str
    published: Path

    @property
    def published_file(self) -> Path:
        return self.published / FILE

    @property
    def versions(self) -> Path:
        return self.published / "versions"

    @property
    def of_partner(self) -> bool:
        """Whether it is for one partner alone."""
        return self.tier != OPEN


def tier_folder(home: FileFolder, tier: str) -> TierFolder:
    """The folder of a tier of this home."""
    return TierFolder(tier, home.published / tier)


def tier_folders(home: FileFolder) -> Iterator[TierFolder]:
    """The tiers of which there are files."""
    for path in (home.published / OPEN, *sorted((home.published / PARTNER).glob("*"))):
        if path.is_dir():
            yield tier_folder(home, str(path.relative_to(home.published)))
