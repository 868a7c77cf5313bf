"""Which models the rows are of, and which delivered column is which column of theirs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assets.propose.cells import Cells
from assets.propose.times import written_times
from assets.propose.units import Setting, UnitFound, unit_of
from assets.propose.vocabulary import Meaning, Vocabulary
from quality.contract.columns import TIME
from quality.contract.models import ModelColumn

_LEAST_FIRST, _LEAST_MORE = 0.55, 0.9  # evidence for the first model, and for each further one
_LEAST_INSIDE, _LEAST_SAID = 0.9, 0.5  # share of values that are possible; the second where the header says the unit
_LEAST_WEIGHT = 0.39
_LONGEST_SECTOR = 26  # letters of west-north-west
_COUNTS = frozenset(
    ["people", "vehicles", "count", "trips", "places", "households", "payments"]
)  # no other unit is meant
_CORRECTED = re.compile(r"(?i)보정|correct|calibrat|validat|adjusted|확정")
_ALWAYS_COMMON = frozenset(["place", "area", "time", "name", "lat", "lon", "address", "kind", "state", "capacity"])
_TRUTHS = tuple(frozenset(pair.split()) for pair in ("0 1", "y n", "yes no", "true false", "t f", "예 아니오", "o x"))


@dataclass(frozen=True)
class Fit:
    """A delivered column that may be this column of a model."""

    name: str  # as delivered
    meaning: Meaning
    unit: UnitFound | None  # of numbers

    @property
    def column(self) -> str:
        """The column of the model."""
        return self.meaning.column


@dataclass(frozen=True)
class Match:
    """The models of the rows, and where their columns stand. `refused`: names that fit no value, and why not."""

    models: tuple[str, ...]
    fits: Mapping[str, Fit]  # column of a model -> where it stands
    refused: Mapping[str, str]


def is_truth(cells: Cells) -> bool:
    """Whether a column says yes or no."""
    some = {text.casefold() for text in cells.filled.unique().to_list()[:4]}
    return bool(some) and any(some <= truths for truths in _TRUTHS)


def index_columns(cells: Mapping[str, Cells], vocabulary: Vocabulary, said: str) -> bool:
    """Whether what is named as pollutants are indices: a column has the greatest of them, or a name says it."""
    names = dict[str, list[str]]()
    for name, column in cells.items():
        for meaning in vocabulary.meanings(column.header):
            if meaning.model == "air_quality" and meaning.column.startswith("aqi_") and column.numeric:
                names.setdefault(name, []).append(meaning.column)
    if len(names) < 3 or any(cells[name].header.unit is not None for name in names):
        return False
    values = [cells[name].numbers for name in names]
    for name, column in cells.items():
        if name not in names and column.numeric and column.whole:
            greatest = (
                values[0].to_frame("0").with_columns(s.alias(str(n)) for n, s in enumerate(values)).max_horizontal()
            )
            if float((greatest == column.numbers).mean() or 0) > 0.8:  # type: ignore[arg-type]
                return True
    word = any(word in said.casefold() for word in ("ispu", "indeks", "index", "indices", "지수", "指数", "指數"))
    return word and all(cells[name].whole for name in names)


class Matcher:
    """What each delivered column may be, tried once."""

    def __init__(
        self,
        cells: Mapping[str, Cells],
        vocabulary: Vocabulary,
        where: Setting,
        also: Mapping[str, Collection[str]],
        *,
        index: bool,
    ) -> None:
        self.vocabulary, self.where = vocabulary, where
        self.cells = cells
        self.refused: dict[str, str] = {}
        self.fits: dict[str, list[Fit]] = {}
        for name, column in cells.items():
            found = []
            for meaning in vocabulary.meanings(column.header, also.get(name, ())):
                if meaning.weight < _LEAST_WEIGHT or self._index_unfit(meaning, column, index=index):
                    continue
                fit = self._fit(name, column, meaning, where)
                if fit is not None:
                    found.append(fit)
            self.fits[name] = found

    def _index_unfit(self, meaning: Meaning, column: Cells, *, index: bool) -> bool:
        """An index never goes to a concentration, nor the other way."""
        if meaning.model != "air_quality":
            return False
        of_index = meaning.column.startswith("aqi_") and meaning.column != "aqi_category"
        if of_index:
            words = {m.column for m in self.vocabulary.meanings(column.header) if m.model == "air_quality"}
            return not index and meaning.column.removeprefix("aqi_") in words
        return index and f"aqi_{meaning.column}" in self.vocabulary.models["air_quality"].columns

    def _fit(self, name: str, cells: Cells, meaning: Meaning, where: Setting) -> Fit | None:
        column = self.vocabulary.column(meaning)
        if cells.filled.is_empty():
            return (
                Fit(name, meaning, UnitFound(None)) if not column.key and column.type in ("number", "integer") else None
            )
        if column.type in ("number", "integer"):
            return self._number(name, cells, meaning, column, where)
        if column.type == "boolean":
            return Fit(name, meaning, None) if is_truth(cells) else None
        if column.type in ("date", "timestamp") and meaning.column != TIME:
            return Fit(name, meaning, None) if written_times(cells.filled, far=True) is not None else None
        if column.form is not None and not cells.filled.head(200).str.contains(column.form).all():
            return None
        return Fit(name, meaning, None)

    def _number(self, name: str, cells: Cells, meaning: Meaning, column: ModelColumn, where: Setting) -> Fit | None:
        sectors = meaning.column.endswith("_direction") and not cells.numeric
        if sectors:
            short = bool((cells.filled.str.len_chars() <= _LONGEST_SECTOR).all())
            return Fit(name, meaning, UnitFound(None)) if short else None
        if not cells.numeric or (column.type == "integer" and not cells.whole):
            return None
        unit = unit_of(meaning.column, column, cells, where)
        sure = cells.header.unit is not None or column.unit in _COUNTS
        least = _LEAST_SAID if sure and meaning.weight >= 1 else _LEAST_INSIDE
        if unit is None or unit.inside < least:
            self.refused.setdefault(name, f"{meaning.column} of {meaning.model}: its unit or values do not fit")
            return None
        return Fit(name, meaning, unit)

    def evidence(self, model: str, names: Iterable[str]) -> float:
        """How much these columns speak for a model."""
        taken = dict[str, float]()
        for name in names:
            of_model = [fit for fit in self.fits[name] if fit.meaning.model == model]
            for fit in of_model[:1]:
                taken[fit.column] = max(taken.get(fit.column, 0.0), fit.meaning.weight * self._telling(fit.column))
        return sum(taken.values())

    def _telling(self, column: str) -> float:
        uses = self.vocabulary.uses[column]
        if column == TIME:
            return 0.02
        if column in _ALWAYS_COMMON:
            return 0.1
        return 0.25 if uses > 3 else 0.8 if uses > 1 else 1.0

    def match(self, *, timed: bool, skip: Collection[str], wanted: Collection[str] = ()) -> Match:
        """The best models, and their columns. `timed`: rows have a time; `skip`: columns that say it or nothing;
        `wanted`: models that a person chose."""
        names = [name for name in self.cells if name not in skip]
        models = list(wanted) or self._models(names, timed=timed)
        fits = self._assigned(models, names)
        if "air_quality" in models:
            self._mislabelled(fits, names)
        return Match(tuple(models), fits, self.refused)

    def _mislabelled(self, fits: dict[str, Fit], names: Collection[str]) -> None:
        """What is headed carbon dioxide and far below it is carbon monoxide, or else nitrogen dioxide."""
        for name in names:
            said = self.vocabulary.meanings(self.cells[name].header)
            if all(meaning.column != "co2" for meaning in said) or any(fit.name == name for fit in fits.values()):
                continue
            for other in ("co", "no2"):
                meaning = Meaning("air_quality", other, 0.5)
                fit = None if other in fits else self._fit(name, self.cells[name], meaning, self.where)
                if fit is not None:
                    fits[other] = fit
                    break

    def _models(self, names: Collection[str], *, timed: bool) -> list[str]:
        chosen, left = list[str](), list(names)
        while True:
            scores = {
                model: self.evidence(model, left) * self._suits(model, names, timed=timed)
                for model in self.vocabulary.models
                if model not in chosen
            }
            best = max(scores, key=lambda model: scores[model])
            if scores[best] < (_LEAST_MORE if chosen else _LEAST_FIRST):
                return chosen
            if chosen and (self.vocabulary.models[best].time == "register" or self._in_vain(best, chosen, left)):
                return chosen
            chosen.append(best)
            if self.vocabulary.models[best].time == "register" or len(chosen) == 4:
                return chosen
            taken = {name for name in left for fit in self.fits[name] if fit.meaning.model == best}
            left = [name for name in left if name not in taken]

    def _in_vain(self, model: str, chosen: Collection[str], left: Collection[str]) -> bool:
        """Whether a further model would add no figure."""
        figures = {
            fit.column
            for name in left
            for fit in self.fits[name][:3]
            if fit.meaning.model == model and fit.unit is not None and fit.column not in ("lat", "lon")
        }
        return not figures or not chosen

    def _suits(self, model: str, names: Collection[str], *, timed: bool) -> float:
        """A register has no time, and every other model has one; a place register needs places."""
        register = self.vocabulary.models[model].time == "register"
        if register and timed:
            return 0.25
        if register or timed:
            there = {fit.column for name in names for fit in self.fits[name] if fit.meaning.model == model}
            if model == "place" and "place" not in there:
                return 3.0 if {"name", "lat", "lon"} <= there else 0.1
            if model == "place":
                return (
                    4.0
                    if {"lat", "lon"} <= there and "place" in there
                    else 2.0
                    if "place" in there and "name" in there
                    else 1.0
                )
            return 1.0
        return 0.5

    def _assigned(self, models: Collection[str], names: Collection[str]) -> dict[str, Fit]:
        """Each column of the models gets the delivered column that fits it best, each of those once."""
        order = {model: number for number, model in enumerate(models)}
        pairs = [fit for name in names for fit in self.fits[name] if fit.meaning.model in order and fit.column != TIME]
        place_order = {name: number for number, name in enumerate(names)}
        pairs.sort(
            key=lambda fit: (
                -fit.meaning.weight,
                -self._code_like(fit),
                order[fit.meaning.model],
                place_order[fit.name],
            )
        )
        found, taken = dict[str, Fit](), set[str]()
        for fit in pairs:
            if fit.column not in found and fit.name not in taken:
                found[fit.column] = fit
                taken.add(fit.name)
        if (
            "place" not in found
            and "name" in found
            and any("place" in self.vocabulary.models[m].columns for m in models)
        ):
            found["place"] = found.pop("name")
        return found

    def _code_like(self, fit: Fit) -> float:
        """Of several columns that may be a place or area, the one with codes is its key."""
        if _CORRECTED.search(fit.name) is not None:  # before what it corrects
            return 0.3
        if fit.column not in ("place", "area", "industry", "line"):
            return 0.0 if fit.column != "name" else 0.01
        name = fit.name.casefold()
        code = any(word in name for word in ("id", "code", "코드", "번호", "编", "no", "_cd", "コード"))
        return (0.2 if code else 0.1) - 0.3 * (self.cells[fit.name].distinct <= 1)
