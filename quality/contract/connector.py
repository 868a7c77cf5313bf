"""Where a feed comes from: a drop folder, services that are asked over HTTP, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from quality.contract.base import Day, FrozenModel, Number, Truth, Whole, text_form
from quality.contract.layout import RESHAPING, Layout
from quality.contract.variables import VARIABLE

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
    "max_pull_mib",
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
    if not written.isprintable():
        raise ValueError(f"{written!r} has a sign that no file's name has; write it as in air/*.csv")
    return written


def _root(written: str) -> str:
    """A folder below the city's drop folder, or beside it: a pack does not read what else there is on the machine."""
    parts = PurePosixPath(written).parts
    beside = parts[1:] if parts[:1] == ("..",) and len(parts) > 1 else parts
    if ".." in beside or written.startswith(("/", "~")) or re.match(r"[A-Za-z]:", written) or "\\" in written:
        raise ValueError(
            f"{written!r} leaves the drop folders; write a folder of its own, or one beside it as ../korea"
        )
    if not written.isprintable():
        raise ValueError(f"{written!r} cannot be the name of a folder; write it in letters and digits")
    return written


# In schemas the same in one expression.
_BELOW = text_form(
    r"^(?![/~])(?![A-Za-z]:)(?![^\\]*\\)(?!([^/]*/)*\.\.(/|$))\s*\S",
    "Write it from the drop folder on, as in air/*.csv.",
)
_Pattern = Annotated[str, AfterValidator(_pattern), Field(json_schema_extra=_BELOW)]


class Files(FrozenModel):
    """A drop folder. `layout` says how its files are read: format, encoding, rows to skip."""

    of: Literal["drop", "ledger"] = Field(
        default="drop",
        description="Who delivers them: partners, into the drop folder, or the home's own ledger, which says of each "
        "night that is over what it did.",
    )
    root: Annotated[str, AfterValidator(_root)] = Field(
        default=".",
        description="Folder below the city's drop folder, or beside it as ../korea: the only way out of it.",
    )
    paths: tuple[_Pattern, ...] = Field(description='Patterns below the folder, such as ["air/*.csv"].', min_length=1)
    exclude: tuple[_Pattern, ...] = Field(default=(), description="Patterns of files that are left out.")
    layout: Layout = Field(default=Layout(), description="How the files are laid out, where they are no plain CSV.")


class Service(FrozenModel):
    """A service that is asked over HTTP; live and simulated differ in the base address alone.

    `ask` is what is asked for, in the protocol's own terms. Its texts may hold {day:%Y%m%d}, {next_day},
    {day_begins}, {day_ends}, {quarter}, {each}, {hour:02d} and the names of secrets; what a protocol knows is in its
    module.
    """

    protocol: str = Field(description="The protocol that it speaks.")
    address: str = Field(
        description="Base address of the real service, without keys.",
        json_schema_extra={"examples": ["https://data.example.org"]},
    )
    ask: Mapping[str, Any] = Field(
        default_factory=dict, description="What is asked for, in the protocol's own terms; {day:%Y%m%d} is the day."
    )
    secrets: Mapping[str, str] = Field(
        default_factory=dict,
        description="Name in `ask` to the environment variable that holds the secret: MADANG_KEY_CITY.",
    )
    each: tuple[str, ...] = Field(default=(), description="One request for each of these, as {each} in `ask`.")
    hours: tuple[Whole, ...] = Field(default=(), description="One request for each of these hours, as {hour:02d}.")
    stamped: Truth = Field(
        default=False, description="Rows have no time of their own: each gets `_asked_at`, the service's clock."
    )
    snapshot: Truth = Field(
        default=False, description="It tells what is now, whatever day is asked for: it is asked once a night."
    )
    since: Day | None = Field(default=None, description="The first day for which it is asked in this version.")
    until: Day | None = Field(default=None, description="The last day for which it is asked in this version.")
    again_days: Whole = Field(
        default=0, ge=0, description="So many days before the due day are asked for once more: corrections come late."
    )
    page_size: Whole | None = Field(
        default=None, ge=1, description="Rows asked for at once; without it as many as the protocol allows."
    )
    parallel: Whole = Field(default=1, ge=1, le=16, description="Requests at a time.")
    per_second: Number | None = Field(default=None, gt=0, description="At most so many requests in a second.")
    per_day: Whole | None = Field(default=None, ge=1, description="At most so many requests in a day.")
    timeout_s: Number = Field(default=20, gt=0, description="Seconds for one reply, to the last byte.")
    deadline_s: Number = Field(default=300, gt=0, description="Seconds for all requests of one day, retries included.")
    attempts: Whole = Field(default=3, ge=1, le=10, description="How often one request is tried.")
    max_mib: Whole = Field(default=64, ge=1, description="The largest reply, in MiB.")
    max_pull_mib: Whole = Field(default=256, ge=1, description="All replies of one pull together, in MiB.")
    echo: Mapping[str, str] = Field(
        default_factory=dict, description='Delivered column to what its rows repeat of `ask`, such as "{each}".'
    )
    same_rows: Truth = Field(
        default=False, description="The source has the very same row more than once: rows are counted as they come."
    )
    layout: Layout = Field(default=Layout(), description="What its rows need before they have the columns of the feed.")

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
            if not VARIABLE.fullmatch(variable):
                said = f"secrets.{name} is not the name of an environment variable"
                raise ValueError(f"{said}; write its name in capitals, as in MADANG_KEY_CITY, and no secret")
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
    def of_ledger(self) -> bool:
        """Whether the home itself delivers it."""
        return self.files is not None and self.files.of == "ledger"

    @property
    def kind(self) -> str:
        """The protocol of its services, or `files`."""
        return self.services[0].protocol if self.services else "files"
