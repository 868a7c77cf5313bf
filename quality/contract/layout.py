"""How the bytes of a delivery are laid out, and what its rows need before they have the columns of a contract.

One vocabulary for files of a drop folder and for replies of services. What cannot be is refused when the contract is
read; what a delivery does not have is refused by the readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from quality.contract import layout_checks as checks
from quality.contract.base import FrozenModel
from quality.contract.layout_rows import Matches, Pivot, SeriesLayout, Unpivot
from quality.language_tags import language_tag

RESHAPING = ("constants", "fill", "drop", "where", "where_not", "sum", "unpivot", "pivot", "join")  # rows of any origin
_TEXT_ONLY = ("delimiter", "quote", "escape", "loose_quotes", "unquoted", "unnamed_extra_fields")
_TABLE_ONLY = (
    *_TEXT_ONLY,
    "widths",
    "sheet",
    "skip_rows",
    "skip_to",
    "comment_prefix",
    "header_rows",
    "names",
    "headers_repeat",
    "units_row",
    "footer",
    "from_head",
)

Text = Annotated[str, BeforeValidator(checks.text)]
Pattern = Annotated[str, AfterValidator(checks.pattern)]
Groups = Annotated[str, AfterValidator(checks.groups)]
Sign = Annotated[str, AfterValidator(checks.sign)]
Encoding = Annotated[str, AfterValidator(checks.encoding)]
Language = Annotated[str, BeforeValidator(language_tag)]
Template = Annotated[str, AfterValidator(checks.template)]
Names = Annotated[tuple[str, ...], AfterValidator(checks.names)]
Width = Annotated[tuple[int, int] | int, BeforeValidator(checks.width)]
Condition = Annotated[str | tuple[str, ...] | Matches, BeforeValidator(checks.condition)]


class Layout(FrozenModel):
    """How deliveries of one feed are laid out. CSV or XLSX is decided by the bytes, never by the name."""

    kind: Literal["table", "json", "geojson", "reply"] = "table"
    member: str | None = None  # glob of the files meant in an archive
    sheet: Annotated[str | int | None, BeforeValidator(checks.sheet)] = (
        None  # of a spreadsheet: name, glob or number (1 is the first)
    )
    encodings: tuple[Encoding, ...] = ()  # those that are tried; none: those of `languages`
    languages: tuple[Language, ...] = ()  # of the city, as language tags: which text is to be expected
    # how a line has fields
    delimiter: Annotated[str, AfterValidator(checks.delimiter)] = ","
    quote: Annotated[str, AfterValidator(checks.quote)] = '"'
    escape: Sign | None = None  # stands before a quote or delimiter that belongs to the field
    loose_quotes: bool = False  # spaces around quoted fields; quotes inside of them that are not doubled
    unquoted: str | None = None  # the column whose texts hold the delimiter without quotes
    widths: Mapping[str, Width] = Field(default_factory=dict)  # characters of each column, or first and last
    # Fields that may follow without a name, always empty: card-subway since 2020-09 has 7 under 6 names.
    unnamed_extra_fields: int = Field(default=0, ge=0)
    # what stands around the rows
    skip_rows: int = Field(default=0, ge=0)  # lines (CSV) or rows (XLSX) before the header
    skip_to: Pattern | None = None  # ... or all before the first that begins so
    comment_prefix: str | None = Field(default=None, min_length=1)
    header_rows: int | None = Field(default=None, ge=0, le=10)  # None: 1, or 0 where names are given
    names: Names = ()
    headers_repeat: bool = False  # the header comes again on every page of a report
    units_row: Annotated[bool | Mapping[str, str], BeforeValidator(checks.units_row)] = (
        False  # a row after the header that names units; or those it has to name
    )
    footer: Annotated[int | str, BeforeValidator(checks.footer)] = 0  # rows at the end, or how the first of them begins
    records: str | None = None  # json: dotted path to the array of records, None = top level
    series: SeriesLayout | None = None
    # values that stand in no row
    from_name: Groups | None = None  # named groups on the name of the file, member or sheet
    from_head: Groups | None = None  # named groups on what stands before the header
    constants: Mapping[str, Text] = Field(default_factory=dict)
    # what becomes of the rows, in this order
    fill: Mapping[str, Text] = Field(default_factory=dict)  # column -> what an empty value means
    drop: tuple[str, ...] = ()  # columns that are left out
    where: Mapping[str, Condition] = Field(default_factory=dict)  # rows that are kept
    where_not: Mapping[str, Condition] = Field(default_factory=dict)  # rows that are left out
    sum: Mapping[str, Pattern] = Field(default_factory=dict)  # new column -> which columns it is the sum of
    unpivot: Unpivot | None = None
    pivot: Pivot | None = None
    join: Mapping[str, Template] = Field(default_factory=dict)  # new column -> text with {COLUMN} names in it

    @model_validator(mode="after")
    def _fits(self) -> Layout:
        declared = self.declared() - {"kind", "languages"}

        def refuse(reason: str, *keys: str) -> None:
            if found := sorted(declared & set(keys)):
                raise ValueError(f"{', '.join(found)}: {reason}")

        if self.kind == "reply":
            refuse("`kind: reply` takes no other keys, write them in `layout` of the service", *declared)
        if self.kind != "table":
            refuse(f"only for tables, and kind is {self.kind!r}", *_TABLE_ONLY)
        if self.kind != "json":
            refuse("only for `kind: json`", "records", "series")
        if self.widths:
            refuse("not with `widths`, which say where columns stand and what they are called", "names", *_TEXT_ONLY)
            checks.no_overlap(self.positions)
        if self.quote == "none":
            refuse("there are no quotes (`quote: none`)", "escape", "loose_quotes")
        if "delimiter" in declared and self.delimiter in (self.quote, self.escape):
            refuse(f"{self.delimiter!r} cannot be the quote or the escape, too", "delimiter")
        if self.unquoted is not None:
            refuse("not with `unquoted`: nobody could tell a further field from a part of one", "unnamed_extra_fields")
        if self.unquoted is not None and self.names and self.unquoted not in self.names:
            refuse(f"{self.unquoted!r} is none of `names`", "unquoted")
        if self.skip_to is not None:
            refuse("not with `skip_to`, which finds the header by itself", "skip_rows")
        if self.header_rows == 0 and not self.names and not self.widths:
            refuse("without a header the columns need `names` (or `widths`)", "header_rows")
        names, head = checks.group_names(self.from_name), checks.group_names(self.from_head)
        checks.named_once({"constants": self.constants, "from_name": names, "from_head": head, "join": self.join})
        return self

    @property
    def header_lines(self) -> int:
        """How many rows the header has."""
        given = self.names or self.widths
        return (0 if given else 1) if self.header_rows is None else self.header_rows

    @property
    def positions(self) -> dict[str, tuple[int, int]]:
        """First character (from 0) of each column of fixed width, and the one behind its last."""
        found, end = dict[str, tuple[int, int]](), 0
        for name, width in self.widths.items():
            start, end = (end, end + width) if isinstance(width, int) else (width[0] - 1, width[1])
            found[name] = (start, end)
        return found

    def spoken(self, languages: Sequence[str]) -> Layout:
        """The same for a city of these languages, unless it names its own."""
        return self if self.languages else self.model_copy(update={"languages": tuple(languages)})

    def declared(self) -> set[str]:
        """The keys with another value than without them."""
        fields = type(self).model_fields.items()
        return {name for name, field in fields if getattr(self, name) != field.get_default(call_default_factory=True)}
