"""Settings from the environment, read when asked for and never at import. Nothing is opened here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.home import Home

Source = Literal["live", "files", "embedded"]
REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """MADANG_HOME, MADANG_CITIES, MADANG_SOURCE, MADANG_DROP, MADANG_EMBEDDED and MADANG_FETCH_MINUTES."""

    model_config = SettingsConfigDict(env_prefix="MADANG_", env_ignore_empty=True, frozen=True)

    home_dir: Path = Field(default=Path("var"), validation_alias="MADANG_HOME")
    cities_dir: Path = Field(default=REPOSITORY / "cities", validation_alias="MADANG_CITIES")
    # None: files where a drop folder is set, else the embedded city. Real services are only asked on request.
    given_source: Source | None = Field(default=None, validation_alias="MADANG_SOURCE")
    # one drop folder for one city; with several cities, the folder that holds one folder for each
    drop_dir: Path | None = Field(default=None, validation_alias="MADANG_DROP")

    embedded_url: str | None = Field(default=None, validation_alias="MADANG_EMBEDDED")
    # the bound on all fetching of a night; what has not been asked by then is asked the next night
    fetch_minutes: float = Field(default=60, gt=0)

    @property
    def source(self) -> Source:
        return self.given_source or ("embedded" if self.drop_dir is None else "files")

    @property
    def kind(self) -> str:
        """The source as ledger and metrics name it."""
        return "simulated" if self.source == "embedded" else self.source

    @property
    def home(self) -> Home:
        return Home(self.home_dir.resolve())

    def packs(self) -> list[Path]:
        return sorted(p.parent for p in self.cities_dir.glob("*/city.yaml"))
