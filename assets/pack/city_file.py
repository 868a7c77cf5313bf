"""The files city.yaml and metrics.yaml of a pack, as their author writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from assets.metrics.choice import MetricChoice
from assets.pack.corrections import Correction, one_of_each
from assets.pack.parameter_names import RECOVERY_BASE, RECOVERY_OTHER, REQUEST_TERMS
from assets.standards.choice import StandardChoice
from quality.contract.base import NAME, Day, FrozenModel, Said, text_form
from quality.contract.nearest import closest
from quality.contract.texts import PLATFORM, Tag, Texts
from quality.contract.variables import VARIABLE
from quality.language_tags import language_of_country, language_tag
from quality.usual_days import Calendar

_TERM = "question=7"
RESERVED = ("ledger", "madang")  # what the platform itself calls so, in the home and in the published file
_ZONES = (  # those that an editor proposes
    *("Asia/Seoul", "Asia/Tokyo", "Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Ulaanbaatar", "Asia/Almaty"),
    *("Asia/Ho_Chi_Minh", "Asia/Bangkok", "Asia/Jakarta", "Asia/Makassar", "Asia/Manila", "Asia/Singapore"),
    *("Asia/Kuala_Lumpur", "Asia/Brunei", "Asia/Kolkata", "Europe/Berlin", "Europe/London", "America/New_York", "UTC"),
)


class Holidays(FrozenModel):
    """Whose public holidays a city has: country and subdivision as the package `holidays` calls them."""

    country: str = Field(description="Two capitals, such as KR, as the package `holidays` has them.")
    subdivision: str | None = Field(default=None, description="State or province, where it has holidays of its own.")

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        Calendar(self.country, self.subdivision)
        return self


class Boundary(FrozenModel):
    """What the border of the city follows. Only cities of one kind are compared."""

    kind: Literal["administrative", "functional", "degree_of_urbanisation"] = Field(
        default="administrative",
        description="administrative: the city hall's; functional: with those who commute to it (OECD); "
        "degree_of_urbanisation: by how densely people live (UN).",
    )
    version: Said | None = Field(
        default=None, description="Which edition of the border areas.csv has, in quotes, such as '2024'."
    )


class CityConfig(FrozenModel):
    """city.yaml."""

    name: str = Field(pattern=NAME, description="The name of the folder, and of the city in tables.")
    title: Texts = Field(description="What people call the city.")
    country: str = Field(
        description="Two capitals (ISO 3166), such as VN.",
        json_schema_extra=text_form("^[A-Z]{2}$", "Write two capitals (ISO 3166), as in KR."),
    )
    timezone: str = Field(
        description="Zone of the city's clocks; days begin and end by it.",
        json_schema_extra=text_form("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", "Write a zone as Asia/Seoul.", *_ZONES),
    )
    languages: tuple[Tag, ...] = Field(min_length=1, description="Language tags; readers of others get the first.")
    written_in: Tag | None = Field(
        default=None, description="The language of texts without one, where it is not the first of `languages`."
    )
    area: str = Field(description="Code of the city's own row in areas.csv, in quotes.")
    owner: str = Field(description="Who answers for the pack.")
    first_day: Day = Field(
        description="No earlier day is worked on, and rows of earlier days are kept out. Days begin here."
    )
    nightly_at: str = Field(
        description="When the night begins, local time.",
        json_schema_extra=text_form("^([01][0-9]|2[0-3]):[0-5][0-9]$", "Write it as 04:10.", "04:10"),
    )
    boundary: Boundary = Field(default_factory=Boundary, description="The border of the city as a whole.")
    secrets: tuple[str, ...] = Field(
        default=(),
        description="Environment variables that hold keys of the feeds and do not begin with MADANG_; no secret.",
    )
    holidays: Holidays | None = Field(
        default=None, description="Whose public holidays it has; without them a day is a weekday or a weekend day."
    )

    @field_validator("languages")
    @classmethod
    def _tags(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(language_tag(tag) for tag in languages))

    @field_validator("secrets")
    @classmethod
    def _variables(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """The message does not repeat what stands there: it may be the secret."""
        if not all(map(VARIABLE.fullmatch, names)):
            raise ValueError("what stands there is not the name of an environment variable; write it in capitals")
        return names

    @field_validator("written_in")
    @classmethod
    def _tag(cls, written_in: str | None) -> str | None:
        return None if written_in is None else language_tag(written_in)

    @field_validator("country")
    @classmethod
    def _code(cls, country: str) -> str:
        if re.fullmatch("[A-Z]{2}", country) is None:
            raise ValueError(f"{country!r} is no code of a country; write its two capitals (ISO 3166), as in KR")
        return country

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        zones = _zones()
        if name not in zones:
            near = closest(name, zones) or closest(name.rpartition("/")[2], {z.rpartition("/")[2] for z in zones})
            full = next((zone for zone in sorted(zones) if near is not None and zone.endswith(near)), "Asia/Seoul")
            raise ValueError(f"{name!r} is not a time zone; write {full if near else 'it as in Asia/Seoul'}")
        return name

    @field_validator("nightly_at")
    @classmethod
    def _time(cls, text: str) -> str:
        if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
            raise ValueError(f"{text!r} is no time of a day; write it as 04:10, from 00:00 to 23:59")
        return text

    @model_validator(mode="after")
    def _no_country(self) -> CityConfig:
        for tag in self.languages:
            meant = language_of_country(self.country, tag)
            if meant is not None:
                raise ValueError(f"languages: {tag!r} is the country; its language is written {meant}")
        return self

    @property
    def plain(self) -> str:
        """The language of the pack's texts without one."""
        return self.written_in or self.languages[0]

    @property
    def shown(self) -> str:
        """Its title in the language of the platform's own messages, else in its first language."""
        return self.title.in_((PLATFORM, *self.languages))


@cache
def _zones() -> frozenset[str]:
    """The names of all zones: they are files, and looking for them takes longer than all else of a city.yaml."""
    return frozenset(available_timezones())


class Choices(FrozenModel):
    """metrics.yaml."""

    parameters: Mapping[str, Any] = Field(default_factory=dict, description="What some metrics need to know of a city.")
    standards: StandardChoice = Field(
        default_factory=StandardChoice, description="By which standards the city is judged: docs/standards.md."
    )
    corrections: tuple[Correction, ...] = Field(
        default=(), description="Networks that the platform corrects, each with a metric beside; docs/corrections.md."
    )
    metrics: Mapping[str, MetricChoice] = Field(
        default_factory=dict, description="The metrics that are published, with what the city chooses of each."
    )

    @field_validator("corrections")
    @classmethod
    def _never_mixed(cls, corrections: tuple[Correction, ...]) -> tuple[Correction, ...]:
        one_of_each(corrections)
        return corrections

    @model_validator(mode="after")
    def _readable(self) -> Choices:
        """What a mart takes apart. A term of "a week" ended every night of the mart with a crash of Python."""
        key, terms = f"parameters.{REQUEST_TERMS}", self.parameters.get(REQUEST_TERMS, [])
        if not isinstance(terms, list):
            raise ValueError(f"{key}: it is a list of kinds and days; write `[{_TERM}]`")
        for number, term in enumerate(terms):
            if not re.fullmatch(r".+= *[0-9]{1,4} *", str(term)):
                raise ValueError(f"{key}.{number}: {term!r} is no kind with its number of days; write `{_TERM}`")
        for name in (RECOVERY_BASE, RECOVERY_OTHER):
            years = self.parameters.get(name, [])
            if not isinstance(years, list) or not all(type(year) is int for year in years):
                raise ValueError(f"parameters.{name}: {years!r} is no list of years; write `[2018, 2019]`")
        return self
