"""How the bytes of a delivery are laid out, and what its rows need before they have the columns of a contract.

One vocabulary for files of a drop folder and for replies of services. What cannot be is refused when the contract is
read; what a delivery does not have is refused by the readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from quality.contract import layout_checks as checks
from quality.contract.base import FrozenModel, Truth, Whole
from quality.contract.layout_rows import Matches, Pivot, SeriesLayout, Unpivot
from quality.contract.texts import Tag
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

SIGN = r"[^\r\n\0]"  # in schemas; see layout_checks.sign
Filled = Annotated[str, Field(min_length=1)]
AtLeast0, AtLeast1 = Annotated[int, Field(ge=0)], Annotated[int, Field(ge=1)]

Text = Annotated[str, BeforeValidator(checks.text, json_schema_input_type=str)]
Pattern = Annotated[str, AfterValidator(checks.regular_expression)]
Groups = Annotated[str, AfterValidator(checks.groups), Field(json_schema_extra={"pattern": r"\(\?P<"})]
Sign = Annotated[str, AfterValidator(checks.sign)]
_SHEET: Any = Union[Filled, AtLeast1, None]  # noqa: UP007 - as an object, not as a type
Sheet = Annotated[str | int | None, BeforeValidator(checks.sheet, json_schema_input_type=_SHEET)]
Encoding = Annotated[
    str,
    AfterValidator(checks.encoding),
    Field(json_schema_extra={"examples": ["utf-8", "cp949", "big5", "gb18030", "cp1252", "cp1251", "cp874", "cp1258"]}),
]
Language = Annotated[str, BeforeValidator(language_tag, json_schema_input_type=Tag)]
Template = Annotated[str, AfterValidator(checks.template)]
Names = Annotated[tuple[str, ...], AfterValidator(checks.names)]
Width = Annotated[
    tuple[int, int] | int, BeforeValidator(checks.width, json_schema_input_type=tuple[AtLeast1, AtLeast1] | AtLeast1)
]
Condition = Annotated[
    str | tuple[str, ...] | Matches,
    BeforeValidator(
        checks.condition, json_schema_input_type=str | Annotated[tuple[str, ...], Field(min_length=1)] | Matches
    ),
]


class Layout(FrozenModel):
    """How deliveries of one feed are laid out. CSV or XLSX is decided by the bytes, never by the name."""

    kind: Literal["table", "json", "geojson", "ngsi_ld", "sensorthings", "gtfs", "reply"] = Field(
        default="table",
        description="table is CSV or XLSX, decided by the bytes; ngsi_ld and sensorthings are saved entities and "
        "observations in any form; gtfs is a timetable, a zip or a folder of tables; reply is what a service of this "
        "feed answered.",
    )
    table: str | None = Field(
        default=None,
        pattern="^[a-z_]+$",
        description="Of gtfs: timetable (stop_times with all that other tables say), calendar (each day of each "
        "service), or a table by its name. Left out: timetable.",
    )
    member: str | None = Field(default=None, description="Pattern of the files meant in an archive.")
    sheet: Sheet = Field(default=None, description="Of a spreadsheet: a name, a pattern or a number; 1 is the first.")
    encodings: tuple[Encoding, ...] = Field(default=(), description="Exactly these are tried.")
    languages: tuple[Language, ...] = Field(
        default=(), description="Tags that say which text is to be expected, where it is not that of the city."
    )
    # how a line has fields
    delimiter: Annotated[str, AfterValidator(checks.delimiter)] = Field(
        default=",",
        description="One sign, or whitespace for any number of spaces and tabs.",
        json_schema_extra={"pattern": f"^({SIGN}|whitespace)$", "examples": [";", "\t", "|", "whitespace"]},
    )
    quote: Annotated[str, AfterValidator(checks.quote)] = Field(
        default='"',
        description="One sign, or none where quotes are letters like others.",
        json_schema_extra={"pattern": f"^({SIGN}|none)$", "examples": ["'", "none"]},
    )
    escape: Sign | None = Field(
        default=None,
        description="Stands before a quote or delimiter that belongs to the field.",
        json_schema_extra={"pattern": f"^{SIGN}$"},
    )
    loose_quotes: Truth = Field(
        default=False, description="Spaces stand around quoted fields, or quotes inside of them are not doubled."
    )
    unquoted: str | None = Field(
        default=None, description="The one column whose texts hold the delimiter without quotes."
    )
    widths: Mapping[str, Width] = Field(
        default_factory=dict, description="Fixed width: column to its number of characters, or to [first, last] from 1."
    )
    unnamed_extra_fields: Whole = Field(
        default=0, ge=0, description="Fields that may follow without a name, always empty."
    )
    # what stands around the rows
    skip_rows: Whole = Field(default=0, ge=0, description="Lines or rows before the header.")
    skip_to: Pattern | None = Field(
        default=None, description="All before the first row that begins so is left out: a regular expression."
    )
    comment_prefix: str | None = Field(
        default=None, min_length=1, description="Lines that begin so are left out.", examples=["#"]
    )
    header_rows: Whole | None = Field(
        default=None, ge=0, le=10, description="Rows of the header; their texts are joined. 1, or 0 with `names`."
    )
    names: Names = Field(
        default=(), description="The names of all columns, where there is no header; {00..23} is written out."
    )
    headers_repeat: Truth = Field(default=False, description="The header comes again on every page and is left out.")
    units_row: Annotated[
        bool | Mapping[str, str], BeforeValidator(checks.units_row, json_schema_input_type=bool | Mapping[str, str])
    ] = Field(default=False, description="The row after the header names units; or the units that it has to name.")
    footer: Annotated[int | str, BeforeValidator(checks.footer, json_schema_input_type=AtLeast0 | Filled)] = Field(
        default=0, description="Rows at the end that are left out, or a regular expression of how the first begins."
    )
    records: str | None = Field(
        default=None, description="Of JSON: dotted path to the records, also through lists, or to arrays of one length."
    )
    series: SeriesLayout | None = Field(
        default=None, description="Of JSON: records carry arrays of equally spaced values."
    )
    # values that stand in no row
    from_name: Groups | None = Field(
        default=None, description="Regular expression on the name of the file; its named groups become columns."
    )
    from_head: Groups | None = Field(
        default=None, description="The same on what stands before the header and in comments."
    )
    constants: Mapping[str, Text] = Field(
        default_factory=dict, description="Columns that no file has, and their text: {station: Kwitang}."
    )
    # what becomes of the rows, in this order
    fill: Mapping[str, Text] = Field(
        default_factory=dict, description="Column to the text that stands for an empty value."
    )
    drop: tuple[str, ...] = Field(default=(), description="Columns that are left out, because they are not wanted.")
    where: Mapping[str, Condition] = Field(
        default_factory=dict, description="Rows that are kept: column to a text, a list, or {matches: expression}."
    )
    where_not: Mapping[str, Condition] = Field(
        default_factory=dict, description="Rows that are left out, such as totals; written as `where`."
    )
    sum: Mapping[str, Pattern] = Field(
        default_factory=dict,
        description="New column to a regular expression on the names of those that it is the sum of.",
    )
    unpivot: Unpivot | None = Field(default=None, description="Columns that become rows: wide to long.")
    pivot: Pivot | None = Field(default=None, description="Rows that become columns: long to wide.")
    join: Mapping[str, Template] = Field(
        default_factory=dict, description='New column to a text with columns in it: {time: "{date} {hour}"}.'
    )

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
        if self.kind != "gtfs":
            refuse("only for `kind: gtfs`", "table")
        if self.kind == "gtfs":
            refuse("not for `kind: gtfs`, whose files are known by their names", "member", "encodings")
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
