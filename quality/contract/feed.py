"""A feed's file and the models that it implements become its contract.

Everything about a model's column that the file does not say comes from the model: type, unit, meaning, and rules with
codes that do not depend on position. Columns of the feed's own, which no model knows, are declared whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quality.contract.all_errors import Errors
from quality.contract.assemble import Whole, completed
from quality.contract.columns import TIME
from quality.contract.connector import Connector
from quality.contract.corrected import correction_mistakes
from quality.contract.feed_columns import Mapped, mapped_columns, placed_columns
from quality.contract.feed_file import FeedFile
from quality.contract.feed_rules import (
    FeedRule,
    changed_rule,
    figures,
    form_rule,
    known_rule,
    own_rule,
    pair_rule,
    range_rule,
)
from quality.contract.generated_rules import Tolerances
from quality.contract.interval import Interval
from quality.contract.model import Contract
from quality.contract.models import Model
from quality.contract.nearest import closest, what_to_write
from quality.contract.rules import Rule

# What the file and the contract call the same.
_SAME = {
    "version",
    "licence",
    "classification",
    "terms",
    "network",
    "first_day",
    "lag_days",
    "lookback_days",
    "ahead_days",
    "correction_column",
    "reference_since",
    "register_",
    "usual_since",
    "not_personal",
}


def from_feed(document: Mapping[str, Any], name: str, models: Mapping[str, Model], city_zone: str | None) -> Contract:
    """The contract of a feed's file. `name` is that of the file; `city_zone` the time zone of its city.

    Raises ValueError (pydantic's ValidationError and SeveralErrors among them) that says all that does not fit.
    """
    feed = FeedFile(**document)
    prefix, errors = feed.prefix or name.upper(), Errors()
    implemented = _models(feed, models, errors)
    interval = errors.of("interval", _interval, feed, implemented)
    meant = implemented if len(implemented) == len(feed.implements) else _meant(feed, models)
    known = feed if len(meant) == len(feed.implements) else _without_models(feed)
    mapped = mapped_columns(known, meant, errors)
    placed = placed_columns(mapped, known, city_zone, errors)
    if not errors.said:  # what is said of a column that has an error itself is not known
        errors.said += correction_mistakes(placed)
    rules = _rules(prefix, mapped, implemented, feed.rules, errors)
    errors.require_none()
    assert interval is not None  # else there is an error
    whole = Whole(
        prefix,
        tolerances=Tolerances(**feed.model_dump(include=set(Tolerances.model_fields))),
        correction_column=feed.correction_column,
        register=feed.reference_since is not None,
        rows_as_usual=feed.rows_as_usual,
        nulls_as_usual=feed.nulls_as_usual,
        interval=interval,
    )
    columns, all_rules = completed(placed, rules, whole, city_zone)
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
        **feed.model_dump(include=_SAME, exclude_none=True, by_alias=True),
    )


def _interval(feed: FeedFile, implemented: Sequence[Model]) -> Interval:
    """What a row is of. Only the feed knows which interval, and whether its stamp begins or ends it."""
    if feed.interval is not None:
        return Interval.parse(feed.interval)
    if any(model.time == "interval" for model in implemented):
        raise ValueError(
            "say what one row is of: instant, hour_beginning, hour_ending (the stamp is that of its end), "
            "10_minutes_beginning, day, month, quarter or year"
        )
    return Interval.parse("instant")


def _models(feed: FeedFile, models: Mapping[str, Model], errors: Errors) -> list[Model]:
    """The models that it implements; not those that there are not."""
    found = [errors.of("implements", _model, name, models) for name in feed.implements]
    return [model for model in found if model is not None]


def _meant(feed: FeedFile, models: Mapping[str, Model]) -> list[Model]:
    """The models that it means, by names that are nearly right: what is wrong in its columns can be said, too."""
    near = [name if name in models else closest(name, models) for name in feed.implements]
    return [models[name] for name in near if name is not None]


def _without_models(feed: FeedFile) -> FeedFile:
    """The feed with the columns of which it is known what they are, where its models are not."""
    own = {name: column for name, column in feed.columns.items() if name == TIME or column.type is not None}
    return feed.model_copy(update={"columns": own})


def _model(name: str, models: Mapping[str, Model]) -> Model:
    if name not in models:
        raise ValueError(f"there is no model {name!r}; {what_to_write(name, models)}")
    return models[name]


def _rules(
    prefix: str, mapped: Sequence[Mapped], implemented: Sequence[Model], said: Sequence[FeedRule], errors: Errors
) -> list[Rule]:
    """The rules of the models, as the feed changes them, and its own."""
    of_models = {rule.code: rule for rule in _model_rules(prefix, mapped, implemented, errors)}
    columns_hold, own, names = not errors.said, list[Rule](), set[str]()
    for number, one in enumerate(said):
        key, code = f"rules.{number}", f"{prefix}-{one.name}"
        if one.name in names or (code in of_models and not one.changes):
            errors.said.append(f"{key}.name: there is a rule {one.name} already; give this one another name")
        elif not one.changes:
            rule = errors.of(key, own_rule, prefix, one)
            own += [] if rule is None else [rule]
        elif code in of_models:
            changed = errors.of(key, changed_rule, of_models[code], one)
            of_models[code] = of_models[code] if changed is None else changed
        elif columns_hold:  # what comes with a column that has an error is not known
            known = [other.removeprefix(f"{prefix}-") for other in of_models]
            errors.said.append(f"{key}.name: it changes none of the models' rules; {what_to_write(one.name, known)}")
        names.add(one.name)
    off = {f"{prefix}-{one.name}" for one in said if one.changes and one.off}
    kept = [*(rule for code, rule in of_models.items() if code not in off), *own]
    return [_held_where_none_may_be_null(rule, mapped) for rule in kept]


def _model_rules(prefix: str, mapped: Sequence[Mapped], implemented: Sequence[Model], errors: Errors) -> Iterator[Rule]:
    """The rules that come with the columns."""
    for one in mapped:
        if one.what.range is not None:
            yield range_rule(prefix, one.name, one.what.unit, one.what.range)
        if one.what.known:
            yield known_rule(prefix, one.name, one.what.known)
        if one.what.form is not None:
            rule = errors.of(f"columns.{one.name}.form", form_rule, prefix, one.name, one.what.form)
            if rule is not None:
                yield rule
    there = {one.name for one in mapped}
    pairs = {rule.name: rule for model in implemented for rule in model.rules}
    yield from (pair_rule(prefix, rule) for rule in pairs.values() if set(rule.not_below) <= there)


def _held_where_none_may_be_null(rule: Rule, mapped: Sequence[Mapped]) -> Rule:
    """A rule about two columns that both need a value makes none of them null: the row is held back."""
    stay = {one.name for one in mapped if one.what.required or one.what.key}
    pair = {rule.kwargs.get("column_A"), rule.kwargs.get("column_B")}
    return rule.model_copy(update={"on_fail": "quarantine"}) if rule.on_fail == "void" and pair <= stay else rule
