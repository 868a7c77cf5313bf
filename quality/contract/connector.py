"""Where a feed comes from: a drop folder, services that are asked over HTTP, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from quality.contract.base import FrozenModel
from quality.contract.layout import RESHAPING, Layout

# How a service is asked; what it answers is the same.
HOW_ASKED = (
    "address",
    "secrets",
    "again_days",
    "page_size",
    "parallel",
    "per_second",
    "per_day",
    "timeout_s",
    "deadline_s",
    "attempts",
    "max_mib",
    "echo",
    "same_rows",
)


def _pattern(written: str) -> str:
    """A pattern that stays below the folder: one that does not would stop the other feeds of its city, too."""
    parts = PurePosixPath(written).parts
    if not written.strip():
        raise ValueError("no file is named; write a pattern, as in air/*.csv")
    if ".." in parts or written.startswith(("/", "~")) or re.match(r"[A-Za-z]:", written):
        raise ValueError(f"{written!r} leaves the drop folder; write it from the drop folder on, as in air/*.csv")
    if "\\" in written:
        raise ValueError(f"{written!r} has \\ between folders; write /")
    return written


_Pattern = Annotated[str, AfterValidator(_pattern)]


class Files(FrozenModel):
    """A drop folder. `layout` says how its files are read: format, encoding, rows to skip."""

    root: str = "."  # relative to the drop folder; what lies outside must be declared here, in the pack
    paths: tuple[_Pattern, ...]
    exclude: tuple[_Pattern, ...] = ()
    layout: Layout = Layout()

    @field_validator("paths")
    @classmethod
    def _some(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        if not paths:
            raise ValueError('no file is named; write a pattern, as in ["air/*.csv"]')
        return paths


class Service(FrozenModel):
    """A service that is asked over HTTP; live and simulated differ in the base address alone.

    `ask` is what is asked for, in the protocol's own terms. Its texts may hold {day:%Y%m%d}, {next_day},
    {day_begins}, {day_ends}, {quarter}, {each}, {hour:02d} and the names of secrets; what a protocol knows is in its
    module.
    """

    protocol: str  # the name of the protocol that it speaks
    address: str  # base address of the real service
    ask: Mapping[str, Any] = Field(default_factory=dict)
    secrets: Mapping[str, str] = Field(default_factory=dict)  # name in `ask` -> environment variable that holds it
    each: tuple[str, ...] = ()  # one request for each of these values
    hours: tuple[int, ...] = ()  # ... and of these hours of the day
    stamped: bool = False  # its rows have no time of their own: each gets `_asked_at`, the service's clock
    snapshot: bool = False  # tells what is now, whatever day is asked for: asked once a night
    since: date | None = None  # the days for which the service is asked in this version
    until: date | None = None
    again_days: int = Field(default=0, ge=0)  # so many days before are asked once more: corrections come late
    page_size: int | None = Field(default=None, ge=1)  # rows asked for at once, None: what the protocol allows
    parallel: int = Field(default=1, ge=1, le=16)  # requests at a time
    per_second: float | None = Field(default=None, gt=0)
    per_day: int | None = Field(default=None, ge=1)
    timeout_s: float = Field(default=20, gt=0)  # for one reply, from the first byte sent to the last received
    deadline_s: float = Field(default=300, gt=0)  # for all requests of one day together, retries included
    attempts: int = Field(default=3, ge=1, le=10)
    max_mib: int = Field(default=64, ge=1)
    echo: Mapping[str, str] = Field(default_factory=dict)  # source name -> what its rows repeat of `ask`: "{each}"
    same_rows: bool = False  # the source has the very same row more than once: rows are counted, not different rows
    layout: Layout = Layout()  # what its rows need before they have the columns of the contract

    @model_validator(mode="after")
    def _layout_of_its_own(self) -> Service:
        others = sorted(self.layout.declared() - {"languages", *RESHAPING})
        if others and self.protocol != "http_file":
            raise ValueError(f"layout: {', '.join(others)} is for files; what {self.protocol} answers is known")
        if self.layout.kind == "reply":
            raise ValueError("layout: kind 'reply' is for a drop folder")
        return self

    @field_validator("secrets")
    @classmethod
    def _variables(cls, secrets: Mapping[str, str]) -> Mapping[str, str]:
        """The message does not repeat what stands there: it may be the secret."""
        for name, variable in secrets.items():
            if not re.fullmatch("[A-Z_][A-Z0-9_]*", variable):
                said = f"secrets.{name} is not the name of an environment variable"
                raise ValueError(f"{said}; write its name in capitals, as in CITY_KEY, and no secret")
        return secrets

    def serves(self, day: date) -> bool:
        """Whether the service is asked for this day in this version."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Connector(FrozenModel):
    """Where a feed comes from: a drop folder, services, or both."""

    files: Files | None = None
    services: tuple[Service, ...] = ()  # versions of one service, by the days they serve

    @model_validator(mode="after")
    def _something(self) -> Connector:
        if self.files is None and not self.services:
            raise ValueError("a connector needs `files`, `services` or both")
        return self

    def delivered_in(self, languages: Sequence[str]) -> Connector:
        """The same for a city of these languages: layouts that do not name languages get them.

        They decide which encodings are tried, and so which rows come out: they are part of the contract's hash.
        """
        files = self.files
        if files is not None and files.layout.kind != "reply":
            files = files.model_copy(update={"layout": files.layout.spoken(languages)})
        services = tuple(
            s.model_copy(update={"layout": s.layout.spoken(languages)}) if s.protocol == "http_file" else s
            for s in self.services
        )
        return self.model_copy(update={"files": files, "services": services})

    def service(self, day: date) -> Service | None:
        """The version of the service that is asked for this day; None if there is none."""
        return next((s for s in self.services if s.serves(day)), None)

    @property
    def kind(self) -> str:
        """The protocol of its services, or `files`."""
        return self.services[0].protocol if self.services else "files"
