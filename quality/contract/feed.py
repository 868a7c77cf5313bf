"""A feed's file and the models that it implements become its contract.

Everything about a model's column that the file does not say comes from the model: type, unit, meaning, and rules with
codes that do not depend on position. Columns of the feed's own, which no model knows, are declared whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from quality.contract.assemble import Whole, completed
from quality.contract.columns import DAY, TIME, Column, ColumnSpec
from quality.contract.connector import Connector
from quality.contract.feed_file import FeedColumn, FeedFile, RangeChange
from quality.contract.feed_rules import changed, figures, form_rule, known_rule, own_rule, pair_rule, range_rule
from quality.contract.generated_rules import Tolerances
from quality.contract.interval import Interval
from quality.contract.model import Contract
from quality.contract.models import Model, ModelColumn
from quality.contract.ngsi_names import ngsi_columns
from quality.contract.rules import Rule
from quality.contract.texts import PLATFORM, Texts
from quality.contract.time_formats import may_have_offset
from quality.units.conversion import UnitError
from quality.units.money import CURRENCY, currency_of

# What the file and the contract call the same.
_SAME = {
    "version",
    "licence",
    "classification",
    "network",
    "lag_days",
    "lookback_days",
    "ahead_days",
    "correction_column",
    "reference_since",
    "usual_since",
}
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
}
# Of a feed that implements no model, too.
_TIME = ModelColumn(
    type="timestamp",
    key=True,
    required=True,
    meaning="Beginning of the interval, or the instant, in the city's own time",
)


@dataclass(frozen=True)
class _Mapped:
    """A column of the table: what it is, and where the feed has it."""

    name: str
    what: ModelColumn
    said: FeedColumn


def from_feed(document: Mapping[str, Any], name: str, models: Mapping[str, Model], city_zone: str | None) -> Contract:
    """The contract of a feed's file. `name` is that of the file; `city_zone` the time zone of its city.

    Raises ValueError (pydantic's ValidationError among them) that says what does not fit.
    """
    feed = FeedFile(**document)
    implemented = [_model(name, models) for name in feed.implements]
    mapped = [_ranged(one, feed.ranges) for one in _mapped(feed, implemented)]
    interval = _interval(feed, implemented)
    prefix = feed.prefix or name.upper()
    rules = list(changed(list(_rules(prefix, mapped, implemented)), prefix, feed.rules))
    rules += [own_rule(prefix, rule) for rule in feed.rules if not rule.changes]
    whole = Whole(
        prefix,
        tolerances=Tolerances(**feed.model_dump(include=set(Tolerances.model_fields))),
        correction_column=feed.correction_column,
        register=feed.reference_since is not None,
        rows_as_usual=feed.rows_as_usual,
        nulls_as_usual=feed.nulls_as_usual,
        interval=interval,
    )
    columns, all_rules = completed(_columns(mapped, feed, city_zone), rules, whole, city_zone)
    return Contract(
        name=name,
        prefix=prefix,
        title=feed.title,
        description=feed.purpose,
        usage=feed.usage,
        limitations=feed.limitations,
        owner=feed.owner,
        grain=feed.row or " and ".join(model.row for model in implemented),
        columns=columns,
        rules=all_rules,
        profile=figures(feed.rules),
        models=feed.implements,
        connector=Connector(files=feed.files, services=feed.services) if feed.files or feed.services else None,
        interval=None if feed.reference_since is not None else interval.name,
        every=feed.every or interval.every,
        **feed.model_dump(include=_SAME, exclude_none=True),
    )


def _interval(feed: FeedFile, implemented: Sequence[Model]) -> Interval:
    """What a row is of. Only the feed knows which interval, and whether its stamp begins or ends it."""
    if feed.interval is not None:
        return Interval.parse(feed.interval)
    if any(model.time == "interval" for model in implemented):
        raise ValueError(
            "interval: say what one row is of: instant, hour_beginning, hour_ending (the stamp is that of its end), "
            "10_minutes_beginning, day, month, quarter or year"
        )
    return Interval.parse("instant")


def _model(name: str, models: Mapping[str, Model]) -> Model:
    if name not in models:
        raise ValueError(f"implements: there is no model {name!r}{_nearest(name, models)}")
    return models[name]


def _mapped(feed: FeedFile, implemented: Sequence[Model]) -> Iterator[_Mapped]:
    """The columns of the table, those of models first and in their order."""
    of_models: dict[str, ModelColumn] = {}
    for model in implemented:
        of_models |= {name: column for name, column in model.columns.items() if name not in of_models}
    if TIME in feed.columns and TIME not in of_models:
        of_models = {TIME: _TIME} | of_models
    by_itself = _broker_columns(feed, implemented)
    for name, what in of_models.items():
        said = feed.columns.get(name) or by_itself.get(name)
        if said is not None:
            if said.type is not None or said.meaning:
                raise ValueError(
                    f"columns.{name}: its type and meaning are those of the model; say what is special in `note`, or "
                    "give the column another name"
                )
            yield _Mapped(name, _said_otherwise(name, what, said), said)
    for name, said in feed.columns.items():
        if name not in of_models:
            yield _Mapped(name, _own(name, said, of_models), said)


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
    if said.known is not None:
        other["known"] = said.known
    if said.form is not None:
        other["form"] = said.form
    return what.model_copy(update=other) if other else what


def _ranged(one: _Mapped, ranges: RangeChange | None) -> _Mapped:
    """The column with what the feed says of all ranges; what it says of this one goes before."""
    if ranges is None or one.what.range is None:
        return one
    said = {} if one.said.range is None else one.said.range.model_dump(exclude_unset=True)
    change = RangeChange(**ranges.model_dump(exclude_unset=True, exclude={"least", "most", "reason"}) | said)
    return replace(one, what=one.what.model_copy(update={"range": change.of(one.what)}))


def _own(name: str, said: FeedColumn, of_models: Mapping[str, ModelColumn]) -> ModelColumn:
    """A column that no model of the feed has."""
    if said.type is None or not said.meaning:
        raise ValueError(
            f"columns.{name}: no model of this feed has such a column{_nearest(name, of_models)}; for one of the "
            "feed's own say `type` and `meaning`"
        )
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


def _rules(prefix: str, mapped: Sequence[_Mapped], implemented: Sequence[Model]) -> Iterator[Rule]:
    """The rules that come with the columns."""
    for one in mapped:
        if one.what.range is not None:
            yield range_rule(prefix, one.name, one.what.unit, one.what.range)
        if one.what.known:
            yield known_rule(prefix, one.name, one.what.known)
        if one.what.form is not None:
            yield form_rule(prefix, one.name, one.what.form)
    there = {one.name for one in mapped}
    pairs = {rule.name: rule for model in implemented for rule in model.rules}
    yield from (pair_rule(prefix, rule) for rule in pairs.values() if set(rule.not_below) <= there)


def _columns(mapped: Sequence[_Mapped], feed: FeedFile, city_zone: str | None) -> list[Column]:
    columns = [_placed(one, feed, city_zone) for one in mapped]
    if all(column.name not in (DAY, TIME) for column in columns):
        about = "First day on which the register holds"
        columns.append(Column(name=DAY, type="date", required=True, description=Texts({PLATFORM: about})))
    return columns


def _placed(one: _Mapped, feed: FeedFile, city_zone: str | None) -> Column:
    """The column; what is wrong with it is said with its place in the file."""
    try:
        return _column(one, feed, city_zone)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ").removeprefix(f"column {one.name}: ")
        raise ValueError(f"columns.{one.name}: {said}") from error


def _names(what: ModelColumn) -> Texts | None:
    """What people call a model's column: in each language the first of the headers that occur."""
    return Texts({language: words[0] for language, words in what.synonyms.items()}) if what.synonyms else None


def _column(one: _Mapped, feed: FeedFile, city_zone: str | None) -> Column:
    said, what = one.said, one.what
    if not said.from_:
        raise ValueError(f"columns.{one.name}: it stands nowhere in the delivery; say its name there in `from`")
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


def _nearest(name: str, names: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
