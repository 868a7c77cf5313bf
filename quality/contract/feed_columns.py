"""The columns of a feed: those of its models, as its file has them, and those of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quality.contract.all_errors import Errors
from quality.contract.columns import DAY, TIME, Column, ColumnSpec
from quality.contract.feed_file import FeedFile
from quality.contract.feed_file_columns import FeedColumn, RangeChange
from quality.contract.models import Model, ModelColumn
from quality.contract.nearest import what_to_write
from quality.contract.ngsi_names import ngsi_columns
from quality.contract.regex import wrong_regex
from quality.contract.texts import PLATFORM, Texts
from quality.contract.time_formats import may_have_offset, timed
from quality.units.conversion import UnitError
from quality.units.money import CURRENCY, currency_of

# How a cell is read: what the file and the specification of a column call the same.
_READING = {
    "calendar",
    "optional",
    "zero_is_missing",
    "zero_is_missing_with",
    "decimal",
    "remove",
    "values",
    "combine",
    "repeats",
    "reason",
    "corrects",
}
# Keys that say nothing of a column of another type.
_OF_TIMES, _OF_NUMBERS = (
    ("format", "zone", "calendar"),
    ("decimal", "zero_is_missing", "zero_is_missing_with", "combine", "corrects"),
)
LONGEST_COLUMN = 80  # as other parts of names
_OWN_NAME = re.compile(r"[^\W\d_]\w*")  # letters of any language, digits and underscores: as it stands in SQL
# Of a feed that implements no model, too.
_TIME = ModelColumn(
    type="timestamp",
    key=True,
    required=True,
    meaning="Beginning of the interval, or the instant, in the city's own time",
)


@dataclass(frozen=True)
class Mapped:
    """A column of the table: what it is, and where the feed has it."""

    name: str
    what: ModelColumn
    said: FeedColumn


def mapped_columns(feed: FeedFile, implemented: Sequence[Model], errors: Errors) -> list[Mapped]:
    """The columns of the table, those of models first and in their order; not those with an error."""
    of_models: dict[str, ModelColumn] = {}
    for model in implemented:
        of_models |= {name: column for name, column in model.columns.items() if name not in of_models}
    if TIME in feed.columns and TIME not in of_models:
        of_models = {TIME: _TIME} | of_models
    there = {**_broker_columns(feed, implemented), **feed.columns}
    order = [*(name for name in of_models if name in there), *(name for name in feed.columns if name not in of_models)]
    found = [errors.of(f"columns.{name}", _mapped, name, there[name], of_models, feed.ranges) for name in order]
    known = {name.casefold(): name for name in of_models}
    for name in feed.columns:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            errors.said.append(
                f"columns.{name}: it differs from {other} in capital letters alone; give it another name"
            )
        if name not in of_models and TIME in feed.columns and name in (DAY, f"{TIME}_utc"):
            errors.said.append(f"columns.{name}: it is computed from `{TIME}`; take it out, or give it another name")
    return [one for one in found if one is not None]


def _mapped(name: str, said: FeedColumn, of_models: Mapping[str, ModelColumn], ranges: RangeChange | None) -> Mapped:
    """One column. Raises ValueError."""
    if name not in of_models:
        return _ranged(Mapped(name, _own(name, said, of_models), said), ranges)
    if said.type is not None or said.meaning:
        raise ValueError(
            "type and meaning are those of the model; say what is special in `note`, or give the column another name"
        )
    return _ranged(Mapped(name, _said_otherwise(name, of_models[name], said), said), ranges)


def _broker_columns(feed: FeedFile, implemented: Sequence[Model]) -> dict[str, FeedColumn]:
    """Where columns stand in what a broker of Smart Data Models delivers; what the file says goes before."""
    if all(service.protocol != "ngsi_ld" for service in feed.services):
        return {}
    entries = [ngsi_columns(model) for model in reversed(implemented)]
    return {name: FeedColumn(**entry) for of_model in entries for name, entry in of_model.items()}


def _said_otherwise(name: str, what: ModelColumn, said: FeedColumn) -> ModelColumn:
    """A model's column as a feed has it."""
    other: dict[str, Any] = {}
    if what.unit == CURRENCY:
        try:
            other["unit"] = currency_of(said.unit)
        except UnitError as error:
            raise ValueError(f"columns.{name}.unit: {error}") from error
    if said.required is not None:
        other["required"] = said.required
    if said.range is not None:
        if not said.range.reason:
            raise ValueError(f"columns.{name}.range: it is another than the model's: say why in `reason`")
        other["range"] = said.range.of(what)
    span = other.get("range", what.range)
    if said.required and span is not None and span.on_fail == "void":  # a null would be no value that is there
        other["range"] = span.model_copy(update={"on_fail": "quarantine"})
    if said.known is not None:
        other["known"] = said.known
    if said.form is not None:
        other["form"] = said.form
    return what.model_copy(update=other) if other else what


def _ranged(one: Mapped, ranges: RangeChange | None) -> Mapped:
    """The column with what the feed says of all ranges; what it says of this one goes before."""
    if ranges is None or one.what.range is None:
        return one
    said = {} if one.said.range is None else one.said.range.model_dump(exclude_unset=True)
    change = RangeChange(**ranges.model_dump(exclude_unset=True, exclude={"least", "most", "reason"}) | said)
    return replace(one, what=one.what.model_copy(update={"range": change.of(one.what)}))


def _own(name: str, said: FeedColumn, of_models: Mapping[str, ModelColumn]) -> ModelColumn:
    """A column that no model of the feed has."""
    if not _OWN_NAME.fullmatch(name):
        raise ValueError("a name is of letters, digits and underscores and begins with a letter; write it so")
    if len(name) > LONGEST_COLUMN:
        raise ValueError(f"a name has at most {LONGEST_COLUMN} signs; write a shorter one")
    if unicodedata.normalize("NFKC", name) != name:
        raise ValueError(f"it looks like {unicodedata.normalize('NFKC', name)!r} and is another; write it so")
    if said.type is None or not said.meaning:
        hint = what_to_write(name, of_models)
        other = f"{hint}, or for" if of_models else "for"
        raise ValueError(f"no model of this feed has such a column; {other} one of its own say `type` and `meaning`")
    if said.type in ("number", "integer") and said.unit is None:
        raise ValueError(f"columns.{name}.unit: a number needs its unit; where it has none write `unit: '1'`")
    return ModelColumn(
        type=said.type,
        unit=said.unit,
        meaning=said.meaning.shown,
        null=said.null or "not delivered",
        key=said.key,
        required=said.required or False,
        range=None if said.range is None else said.range.of(None),
        known=said.known or (),
        form=said.form,
    )


_OF_PERIODS = ("month", "quarter", "year")


def placed_columns(mapped: Sequence[Mapped], feed: FeedFile, city_zone: str | None, errors: Errors) -> list[Column]:
    """The columns of the contract; a register has its day, too, also one that is a table of many years or months."""
    found = [errors.of(f"columns.{one.name}", _column, one, feed, city_zone) for one in mapped]
    columns = [column for column in found if column is not None]
    days = {DAY} if feed.reference_since is not None and feed.interval in _OF_PERIODS else {DAY, TIME}
    if all(one.name not in days for one in mapped):
        about = "First day on which the register holds"
        columns.append(Column(name=DAY, type="date", required=True, description=Texts({PLATFORM: about})))
    return columns


def _names(what: ModelColumn) -> Texts | None:
    """What people call a model's column: in each language the first of the headers that occur."""
    return Texts({language: words[0] for language, words in what.synonyms.items()}) if what.synonyms else None


def _idle_key(said: FeedColumn, what: ModelColumn) -> str | None:
    """A key of the column that changes nothing there; its author has something else in mind."""
    given = {name for name in said.model_fields_set if getattr(said, name)}
    of_times = given.intersection(_OF_TIMES) if what.type not in ("date", "timestamp") else ()
    of_numbers = given.intersection(_OF_NUMBERS) if what.type not in ("number", "integer") else ()
    of_gases = given.intersection(["gases_at"]) if what.substance is None else ()
    return next(iter(sorted([*of_times, *of_numbers, *of_gases])), None)


def _has_clock(interval: str | None) -> bool:
    """Whether a row is of an hour or of minutes."""
    return interval is not None and interval.endswith(("_beginning", "_ending"))


def _column(one: Mapped, feed: FeedFile, city_zone: str | None) -> Column:
    said, what = one.said, one.what
    idle = _idle_key(said, what)
    if idle is not None:
        kind = "no gas" if idle == "gases_at" else f"of type {what.type}"
        raise ValueError(f"columns.{one.name}.{idle}: the column is {kind}, of which it says nothing; take it out")
    wrong = None if said.remove is None else wrong_regex(said.remove)
    if wrong is not None:
        raise ValueError(f"columns.{one.name}.remove: {said.remove!r} is no regular expression: {wrong}; mend it")
    if not said.from_:
        raise ValueError("it stands nowhere in the delivery; say its name there in `from`")
    dates = all("%" in form and not timed(form) for form in said.format)  # without a format, too
    if one.name == TIME and _has_clock(feed.interval) and dates:
        raise ValueError(
            f"columns.{TIME}.format: rows of `interval: {feed.interval}` have a time of day, and the format has none; "
            "write it as in '%Y-%m-%d %H:%M', or `interval: day`"
        )
    zoned = said.zone is not None or any(may_have_offset(form) for form in said.format)
    spec = ColumnSpec(
        sources=said.from_,
        unit=what.unit,
        delivered_unit=said.unit,
        unit_from=said.unit_from,
        substance=what.substance,
        gases_at=(said.gases_at or feed.gases_at) if what.substance is not None else None,
        sentinels=said.missing or (feed.missing if what.type in ("number", "integer") else ()),
        formats=said.format,
        delivered_zone=said.zone,
        zone=city_zone if zoned else None,
        names=said.names or _names(what),
        **said.model_dump(include=_READING),
    )
    return Column(
        name=one.name,
        type=what.type,
        description=(said.meaning or Texts({PLATFORM: what.meaning})).followed_by(said.note),
        required=what.required,
        key=what.key,
        classification=said.classification,
        spec=spec,
    )
