"""A town whose feeds are typed in, as a trial and as a night read them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from assets.pack.city import City
from assets.trial.town import bare_city, feed_contract
from quality.contract.model import Contract

TODAY = date(2026, 4, 1)
HEAD = "title: T\npurpose: P\nowner: O\nlicence: L\n"
AIR = f"""{HEAD}
implements: air_quality
network: reference
interval: hour_beginning
files: {{paths: ["air/*.csv"]}}
columns:
  place: site
  time: {{from: at, format: "%Y-%m-%d %H:%M"}}
  pm25: {{from: fine, unit: mg/m3}}
  pm10: coarse
"""


@dataclass(frozen=True)
class Town:
    """A pack of one feed and its drop folder."""

    folder: Path
    drop: Path
    feed: Path

    @property
    def city(self) -> City:
        return bare_city(self.folder)

    @property
    def contract(self) -> Contract:
        return feed_contract(self.feed, self.city)


def town(
    root: Path, feed: str, files: Mapping[str, str | bytes], *, name: str = "air", zone: str = "Asia/Tokyo",
    languages: tuple[str, ...] = ("en",),
) -> Town:  # fmt: skip
    """A town with this feed and these files in its drop folder."""
    folder, drop = root / "cities" / "town", root / "drop"
    (folder / "feeds").mkdir(parents=True)
    config = {"name": "town", "title": "Town", "country": "XX", "timezone": zone, "languages": list(languages)}
    config |= {"area": "1", "owner": "town", "first_day": date(2020, 1, 1), "nightly_at": "04:00"}
    (folder / "city.yaml").write_text(yaml.safe_dump(config), "utf-8")
    (folder / "feeds" / f"{name}.yaml").write_text(feed, "utf-8")
    for path, content in files.items():
        target = drop / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return Town(folder, drop, folder / "feeds" / f"{name}.yaml")


def zipped(**members: str) -> bytes:
    """A zip of CSV files, each by its name without the ending."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return made.getvalue()
