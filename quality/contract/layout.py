"""How the bytes of a delivery are laid out, and what its rows need before they have the columns of a contract.

One vocabulary for files of a drop folder and for replies of services. What cannot be is refused when the contract is
read; what a delivery does not have is refused by the readers.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from quality.contract.base import FrozenModel

RESHAPING = ("fill", "sum", "unpivot", "join")  # keys that are for rows of any origin


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class LayoutPart(FrozenModel):
    """A part of a layout. A key that it does not know is refused with the one that may be meant."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        for key in given if isinstance(given, Mapping) else ():
            if key not in cls.model_fields:
                near = get_close_matches(str(key), cls.model_fields, 1)
                meant = f"write {near[0]!r}" if near else f"there are {', '.join(cls.model_fields)}"
                raise ValueError(f"there is no key {key!r}; {meant}")
        return given


class SeriesLayout(LayoutPart):
    """Rows that carry arrays of equally spaced values (living population: the 168 hours of a week)."""

    arrays: Mapping[str, str] = Field(min_length=1)  # array in the source -> label; those not in a file are not there
    length: int = Field(ge=1)
    start_pattern: Pattern  # one group on the name that gives the start, e.g. r"(\d{8})_"
    start_format: str
    step_minutes: int = Field(ge=1)
    label_column: str = "group"
    value_column: str = "value"
    time_column: str = "time"

    @model_validator(mode="after")
    def _told_apart(self) -> SeriesLayout:
        if re.compile(self.start_pattern).groups != 1:
            raise ValueError(f"start_pattern {self.start_pattern!r} needs exactly one group, such as r'(\\d{{8}})_'")
        if len(set(self.arrays.values())) != len(self.arrays):
            raise ValueError("two arrays of a series have the same label; their values could not be told apart")
        return self


class Unpivot(LayoutPart):
    """Columns that become rows (wide to long). What a group of `columns` matches in a column's name is a value.

    The group `value` says what is measured: there is one column for each text that it matches; without it there is one,
    named as `value` says.
    """

    columns: Pattern  # on whole names
    value: str | None = None
    drop_nulls: bool = False  # cells without a value are no rows: the days 29 to 31 of a month's row

    @model_validator(mode="after")
    def _groups(self) -> Unpivot:
        groups = re.compile(self.columns).groupindex
        if "value" in groups and self.value is not None:
            raise ValueError("the columns of values are named by the group `value` or by the key `value`, not by both")
        if not groups.keys() - {"value"}:
            raise ValueError(
                f"`columns` {self.columns!r} needs a group with a name, such as (?P<hour>\\d+): the rows that come out "
                "could not be told apart"
            )
        if self.value_name in groups and self.value is not None:
            raise ValueError(f"{self.value!r} is a group of `columns` and cannot be the column of values, too")
        return self

    @property
    def value_name(self) -> str:
        """The name of the column of values, where no group names it."""
        return self.value or "value"


class Layout(LayoutPart):
    """How deliveries of one feed are laid out. CSV or XLSX is decided by the bytes, never by the name."""

    kind: Literal["table", "json", "geojson", "reply"] = "table"
    member: str | None = None  # glob of the files meant in an archive
    encodings: tuple[str, ...] = ()  # those that are tried; none: those of `languages`
    languages: tuple[str, ...] = ()  # of the city, as language tags: which text is to be expected
    delimiter: str = ","
    skip_rows: int = Field(default=0, ge=0)  # lines (CSV) or rows (XLSX) before the header
    # Fields that may follow without a name, always empty: card-subway since 2020-09 has 7 under 6 names.
    unnamed_extra_fields: int = Field(default=0, ge=0)
    records: str | None = None  # json: dotted path to the array of records, None = top level
    series: SeriesLayout | None = None
    fill: Mapping[str, str] = Field(default_factory=dict)  # column -> what an empty value means
    sum: Mapping[str, Pattern] = Field(default_factory=dict)  # new column -> which columns it is the sum of
    unpivot: Unpivot | None = None
    join: Mapping[str, str] = Field(default_factory=dict)  # new column -> text with {COLUMN} names in it

    @field_validator("encodings")
    @classmethod
    def _encodings(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                codecs.lookup(name)
            except LookupError:
                raise ValueError(f"there is no encoding {name!r}; write it as utf-8, cp949, big5 or cp1252") from None
        return names

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, sign: str) -> str:
        if len(sign) != 1 or not sign.isascii() or sign in '"\r\n\0':
            raise ValueError(f"delimiter {sign!r} must be one ASCII character, not a quote or a line end")
        return sign

    @model_validator(mode="after")
    def _fits(self) -> Layout:
        if self.series and self.kind != "json":
            raise ValueError("series are read from kind 'json' only")
        declared = self.declared() - {"kind", "languages"}
        if self.kind == "reply" and declared:
            names = ", ".join(sorted(declared))
            raise ValueError(f"kind 'reply' takes no other keys: write {names} in `layout` of the service")
        return self

    def spoken(self, languages: Sequence[str]) -> Layout:
        """The same for a city of these languages, unless it names its own."""
        return self if self.languages else self.model_copy(update={"languages": tuple(languages)})

    @property
    def reshapes(self) -> bool:
        """Whether rows become others once they are read."""
        return not self.declared().isdisjoint(RESHAPING)

    def declared(self) -> set[str]:
        """The keys with another value than without them."""
        return {
            name
            for name, field in type(self).model_fields.items()
            if getattr(self, name) != field.get_default(call_default_factory=True)
        }
