"""Settings from the environment, read when asked for and never at import. Nothing is opened here."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.home import Home

Source = Literal["live", "files", "simulated"]
REPOSITORY = Path(__file__).resolve().parent.parent  # the checkout, or the site-packages of a wheel
SHIPPED = Path(__file__).resolve().parent / "shipped"  # files from outside the packages, which a wheel has there


class SettingsError(ValueError):
    """A setting that cannot be used; its text is one sentence that names the variable and what to write instead."""


class Settings(BaseSettings):
    """MADANG_HOME, MADANG_CITIES, MADANG_DROP, MADANG_SOURCE, MADANG_SIMULATOR, MADANG_FETCH_MINUTES, MADANG_ALERT_URL,
    MADANG_ALERT_MAIL, MADANG_PING_URL, MADANG_SITE.

    Raises SettingsError for a value that cannot be used, and for a name of an earlier version.
    """

    model_config = SettingsConfigDict(
        env_prefix="MADANG_", env_prefix_target="all", env_ignore_empty=True, populate_by_name=True, frozen=True
    )

    home_dir: Path = Field(default=Path("var"), validation_alias="HOME")
    # a wheel has no packs: where it is installed, those of the folder that a command is given in
    cities_dir: Path = Field(default_factory=lambda: _cities_of(REPOSITORY), validation_alias="CITIES")
    # the drop folder of the city, or the folder that holds one for each city: pipelines/drop.py decides
    drop_dir: Path | None = Field(default=None, validation_alias="DROP")
    # files where a drop folder is set, else the simulated city; real services are only asked on request
    source: Source = Field(default_factory=lambda given: "simulated" if given.get("drop_dir") is None else "files")
    simulator_address: str | None = Field(default=None, validation_alias="SIMULATOR")
    # the simulated city's drop folder, for feeds that no service has; a city alone may write there
    simulator_drop: Path | None = Field(default=None, validation_alias="SIMULATOR_DROP")
    # the bound on all fetching of a night; what has not been asked by then is asked the next night
    fetch_minutes: float = Field(default=60, gt=0)
    # where to tell of troubles (pipelines/alerts.py); often the address itself is a secret
    alert_url: SecretStr | None = Field(default=None, validation_alias="ALERT_URL")
    alert_mail: SecretStr | None = Field(default=None, validation_alias="ALERT_MAIL")
    # of a service outside that tells when it is asked no longer (pipelines/watch.py)
    ping_url: SecretStr | None = Field(default=None, validation_alias="PING_URL")
    # whether the open file has its pages beside it; a home that programs alone read can do without
    site: bool = True
    _drop_is_given: bool = PrivateAttr(default=False)

    def __init__(self, **given: Any) -> None:
        _refuse_retired_names()
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = first["loc"][0] if first["loc"] else "settings"
            raise SettingsError(f"MADANG_{str(name).upper()}={first['input']}: {first['msg']}") from None
        self._drop_is_given = given.get("drop_dir") is not None

    @cached_property
    def home(self) -> Home:
        """The paths below the home."""
        return Home(self.home_dir.resolve())

    @property
    def drop_is_given(self) -> bool:
        """The drop folder comes from the command, for its city, and not from the environment, for all cities."""
        return self._drop_is_given

    def packs(self) -> list[Path]:
        """The folders of all city packs, in the order of their names."""
        return pack_folders(self.cities_dir)


def _cities_of(code: Path) -> Path:
    return code / "cities" if (code / "cities").is_dir() else Path("cities")


def pack_folders(cities_dir: Path | str | None) -> list[Path]:
    """The folders of all city packs below this one, in the order of their names; none without one.

    Every folder is one, but those whose name begins with `.` or `_`: a pack that lacks its city.yaml is named.
    """
    if cities_dir is None or not Path(cities_dir).is_dir():
        return []
    return sorted(p for p in Path(cities_dir).iterdir() if p.is_dir() and not p.name.startswith((".", "_")))


def _refuse_retired_names() -> None:
    if os.environ.get("MADANG_EMBEDDED"):
        raise SettingsError("MADANG_EMBEDDED has a new name: set MADANG_SIMULATOR instead")
    if os.environ.get("MADANG_SOURCE") == "embedded":
        raise SettingsError("MADANG_SOURCE=embedded has a new name: set MADANG_SOURCE=simulated instead")
