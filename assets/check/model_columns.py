"""Columns of models that a feed lacks or may have mistaken. Suspicious, never wrong: a feed may know better."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assets.check.where import column_loc, mistake_at
from assets.models import models
from assets.pack.city import PackFiles
from quality.contract.columns import TIME, Column
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.models import Model

_CONSTANT = "say where it stands; where all rows are of one, `layout: {constants: {site: its name}}` and `place: site`"


def model_column_warnings(pack: PackFiles) -> Iterator[Mistake]:
    """Columns that every row of a model has and the feed has not, and headers that are those of another column."""
    known = models()
    for path, contract in pack.contracts.items():
        for model in (known[name] for name in contract.models):
            yield from _lacking(path, contract, model)
            if pack.config is not None:
                yield from _mistaken(path, contract, model, pack.config.languages[0])


def _lacking(path: Path, contract: Contract, model: Model) -> Iterator[Mistake]:
    has = {column.name for column in contract.columns}
    for name, column in model.columns.items():
        if column.required and name != TIME and name not in has:
            what = f"each row of {model.name} has a {name!r}, and this feed names none"
            yield mistake_at(path, ("columns",), what, _CONSTANT if name == "place" else "", warning=True)


def _mistaken(path: Path, contract: Contract, model: Model, language: str) -> Iterator[Mistake]:
    """In Indonesian files `pm10` is an index. Who says the unit of a column has looked."""
    for column in contract.columns:
        if column.name not in model.columns or column.spec.delivered_unit is not None:
            continue
        other = _usual_column(column, model, language)
        if other is not None and not any(one.name == other for one in contract.columns):
            said, unit = model.columns[other], model.columns[column.name].unit
            what = f"in files in {language!r} this header is usually that of {other} ({said.meaning})"
            hint = f"name the column {other}" + (f", or say that it comes in `unit: {unit}`" if unit else "")
            yield mistake_at(path, column_loc(path, column.name), what, hint, warning=True)


def _usual_column(column: Column, model: Model, language: str) -> str | None:
    """The one other column of the model that has a header of this one among its headers of a language; None where
    this column has one of them itself, or several columns do."""
    headers = set(column.spec.sources)
    usual = [name for name, one in model.columns.items() if headers & set(one.synonyms.get(language, ()))]
    return usual[0] if len(usual) == 1 and usual[0] != column.name else None
