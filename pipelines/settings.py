"""Settings from the environment, read when asked for and never at import. Nothing is opened here."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """MADANG_HOME, MADANG_CITIES, MADANG_SOURCE and MADANG_DROP."""

    model_config = SettingsConfigDict(env_prefix="MADANG_", env_ignore_empty=True, frozen=True)

    home_dir: Path = Field(default=Path("var"), validation_alias="MADANG_HOME")
    cities_dir: Path = Field(default=REPOSITORY / "cities", validation_alias="MADANG_CITIES")
    source: str = "files"
    # one drop folder for one city; with several cities, the folder that holds one folder for each
    drop_dir: Path | None = Field(default=None, validation_alias="MADANG_DROP")

    @property
    def home(self) -> Home:
        return Home(self.home_dir.resolve())

    def packs(self) -> list[Path]:
        return sorted(p.parent for p in self.cities_dir.glob("*/city.yaml"))

    def drop_of(self, city: str) -> Path | None:
        if self.drop_dir is None:
            return None
        own = self.drop_dir / city
        return (own if own.is_dir() else self.drop_dir).resolve()
