"""Rows that a feed can have -> the texts of its delivered columns, before any layout."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from quality.contract.columns import Column
from quality.contract.layout import Layout
from quality.contract.model import Contract
from quality.contract.time_formats import WORDS, timed
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.fields import Field
from simulator.deliver.moments import Clock, as_moment, parts_of_format
from simulator.deliver.numbers import Scale
from simulator.deliver.words import Words

ROW = "_row"  # which of the rows of the world it is
_CLOCK = re.compile("%[-_0]?[HIklMSpPTR]")
_NO_FIELD = Field()


@dataclass(frozen=True)
class WrittenTexts:
    """`frame`: texts by delivered name, and ROW; `rows`: the values that are read from them, and ROW."""

    frame: pl.DataFrame
    rows: pl.DataFrame


def texts_of(
    contract: Contract,
    rows: pl.DataFrame,
    sources: Mapping[str, str],
    fields: Mapping[str, Field],
    layout: Layout,
    zone: str,
) -> WrittenTexts:
    """Each column as it is written. Rows with a time that the provider's clock shows twice are left out."""
    rows = rows.with_row_index(ROW)
    written = dict[str, pl.Series]()
    columns = [column for column in contract.delivered if column.spec.sources and column.name in rows.columns]
    for column in sorted(columns, key=lambda column: column.type != "timestamp"):
        source = sources[column.name]
        if source in written:  # read from the same cells as another one: what it is follows from that
            rows = rows.drop(column.name)
            continue
        values = rows[column.name]
        if column.type in ("date", "timestamp"):
            written |= _times(column, rows, source, fields, layout, zone)
        else:
            written[source] = _plain(column, values, fields.get(source, _NO_FIELD))
        unit = _unit_of(column, source)
        if unit is not None:
            name, text = unit
            if name in written and written[name][0] != text:
                raise CannotDeliverError(f"its columns are to say two units in one column, {name!r}")
            written[name] = pl.Series([text] * rows.height, dtype=pl.String)
    frame = pl.DataFrame([rows[ROW], *(texts.alias(name) for name, texts in written.items())])
    for column in columns:
        frame, rows = _of_others(column, sources[column.name], frame, rows, layout)
    return _told_apart(frame, rows, written)


def _of_others(
    column: Column, source: str, frame: pl.DataFrame, rows: pl.DataFrame, layout: Layout
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A text that `join` makes of columns which the feed has by themselves says what these say, as a place that is
    called by its latitude and longitude."""
    parsed = list(string.Formatter().parse(layout.join.get(source, "")))
    parts = [name for _, name, *_ in parsed if name is not None]
    if column.type != "string" or not parts or not set(parts) <= set(frame.columns):
        return frame, rows
    pieces = [piece for text, name, *_ in parsed for piece in (pl.lit(text), *([pl.col(name)] if name else []))]
    frame = frame.with_columns(pl.concat_str(pieces).alias(source))
    words = Words(column)
    return frame, rows.with_columns(frame[source].map_elements(words.read, return_dtype=pl.String).alias(column.name))


def _told_apart(frame: pl.DataFrame, rows: pl.DataFrame, written: Mapping[str, pl.Series]) -> WrittenTexts:
    lost = [name for name, texts in written.items() if (texts == _TWICE).any()]
    for name in lost:
        frame = frame.filter(pl.col(name).ne_missing(_TWICE))
    return WrittenTexts(frame, rows.filter(pl.col(ROW).is_in(frame[ROW].implode())) if lost else rows)


_TWICE = "\0"  # a time of an hour that comes twice


def _plain(column: Column, values: pl.Series, field: Field) -> pl.Series:
    """Words, numbers and truths; what is missing as the provider says it."""
    spec = column.spec
    if column.type == "string":
        words = Words(column)
        texts = {value: words.delivered(value) for value in values.drop_nulls().unique()}
    elif column.type == "boolean":
        said = {after: before for before, after in reversed(list(spec.values.items()))}
        texts = {value: said.get(str(value).lower(), str(value).lower()) for value in (True, False)}
    elif column.type == "array":
        texts = {}
    else:
        scale = Scale(column, 8 if field.longest is None else field.longest - 2)
        found = {value: scale.written(value) for value in values.drop_nulls().unique()}
        texts = {value: None if one is None else one.text for value, one in found.items()}
    if column.type == "array" or not texts:
        plain = pl.Series([None] * values.len(), dtype=pl.String)
    else:
        plain = values.replace_strict(texts, default=None, return_dtype=pl.String)
    missing = next((text for text in spec.sentinels if text), None)
    return plain.fill_null(missing) if missing is not None else plain


def _unit_of(column: Column, source: str) -> tuple[str, str] | None:
    """The delivered column in which rows say their unit, and what they say."""
    spec = column.spec
    if not spec.unit_from:
        return None
    at = spec.sources.index(source)
    said = spec.unit_from[at if len(spec.unit_from) == len(spec.sources) else 0]
    return f"{source}{said}" if said.startswith(".") else said, spec.delivered_unit or spec.unit or ""


def _times(
    column: Column, rows: pl.DataFrame, source: str, fields: Mapping[str, Field], layout: Layout, zone: str
) -> dict[str, pl.Series]:
    """A time as one text, or as the parts from which `join` makes it."""
    clock, form = Clock(column, zone), None
    instants = f"{column.name}_utc"
    pairs = rows.select(column.name, pl.col(instants) if instants in rows.columns else pl.lit(None).alias("utc"))
    different = pairs.unique(maintain_order=True).rows()
    shown = {pair: None if pair[0] is None else clock.delivered(as_moment(pair[0]), pair[1]) for pair in different}
    template = layout.join.get(source)
    names = [source] if template is None else [n for _, n, *_ in string.Formatter().parse(template) if n]
    forms = _forms(template, clock.form) if template is not None else [clock.form]
    at_24 = timed(clock.form) and any(_hours_end_at_24(fields.get(name)) for name in names)
    missing = next((text for text in column.spec.sentinels if text), None)
    texts = dict[tuple[object, ...], list[str | None]]()
    for pair in different:
        moment = shown[pair]
        if pair[0] is None:
            texts[pair] = [missing if template is None else None] * len(names)
        elif moment is None:
            texts[pair] = [_TWICE] * len(names)
        else:
            texts[pair] = _parts(clock, moment, template, forms, [fields.get(name) for name in names], at_24)
    form = [texts[pair] for pair in pairs.iter_rows()]
    return {name: pl.Series([one[at] for one in form], dtype=pl.String) for at, name in enumerate(names)}


def _parts(
    clock: Clock,
    moment: datetime,
    template: str | None,
    forms: Sequence[str] | None,
    fields: Sequence[Field | None],
    at_24: bool,
) -> list[str | None]:
    if forms is not None:
        texts = [clock.text(moment, form, at_24=at_24) for form in forms]
    else:
        whole = clock.text(moment, clock.form, at_24=at_24)
        pattern = "".join(
            re.escape(text) + ("" if name is None else "(.+?)")
            for text, name, *_ in string.Formatter().parse(template or "")
        )
        match = re.fullmatch(pattern, whole)
        if match is None:
            raise CannotDeliverError(f"a time is written as {whole!r}, and `join` makes {template!r}")
        texts = list(match.groups())
    return [_allowed(text, field) for text, field in zip(texts, fields, strict=True)]


def _allowed(text: str, field: Field | None) -> str:
    """A part of a time in the way in which the layout has it: 0 for 00, JAN for Jan."""
    ways = (text, text.lstrip("0") or "0", text.upper(), text.lower(), text.zfill(2))
    found = text if field is None else next((way for way in ways if field.allows(way)), None)
    if found is None:
        raise CannotDeliverError(f"its layout has no place for a time that is written as {text!r}")
    return found


def _hours_end_at_24(field: Field | None) -> bool:
    """Whether the layout has a column for 24:00 and none for 00:00; months and years have neither."""
    return not _any_allowed(field, ("00", "0")) and _any_allowed(field, ("24",))


def _any_allowed(field: Field | None, texts: Sequence[str]) -> bool:
    return field is None or (field.texts is None and not field.fits) or any(field.allows(text) for text in texts)


def _forms(template: str, form: str) -> list[str] | None:
    """The format of each part of a template whose parts stand side by side; None where signs stand between them."""
    parsed = list(string.Formatter().parse(template))
    beside = any(name is not None and not text for text, name, *_ in parsed[1:])
    if not beside or form in WORDS:
        return None
    left, forms = list(parts_of_format(form)), list[str]()
    names = [name for _, name, *_ in parsed if name is not None]
    literals = [text for text, *_ in parsed[1:]]
    for number, _ in enumerate(names):
        after = literals[number] if number < len(literals) else ""
        taken = [left.pop(0)] if left else []
        parts_left = sum(part.startswith("%") for part in left)
        while left and not (after and left[0] == after):
            last = number == len(names) - 1
            if not after and not last and (parts_left <= len(names) - number - 1 or _CLOCK.match(left[0])):
                break
            taken.append(left.pop(0))
            parts_left = sum(part.startswith("%") for part in left)
        if after and left:
            left.pop(0)
        forms.append("".join(taken))
    return forms
