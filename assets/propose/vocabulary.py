"""The words by which models call their columns, and what a delivered name may mean by them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from assets.propose.names import NEUTRAL, Header, header_of, path_ends, squeezed, words_in, words_of
from quality.contract.models import Model, ModelColumn

# Words that may mean nearly anything: alone they say little.
_VAGUE = words_in(
    """value values total amount count counts type status state category date name id max min level
    height length price unit group sensor model kind class code no number location area total sum index source
    source channel data sector quantity free energy power time year duration distance volume flow speed calls n
    p t u h dt 계 인원 발생 종류"""
)
# Columns that mean the same in every model that has them.
_SHARED = words_in("place area time name lat lon address line direction vehicle_type mode")
_GREATEST = frozenset(
    ["max", "maximum", "highest", "peak", "최고", "최대", "最高", "最大", "tertinggi", "maks", "maxima"]
)
_LEAST = frozenset(["min", "minimum", "lowest", "최저", "최소", "最低", "最小", "terendah", "minima"])
_LEAST_LETTERS = 3  # shorter names are codes that several things have


@dataclass(frozen=True)
class Meaning:
    """What a delivered column may be. `weight`: how surely, 0 to 1."""

    model: str
    column: str
    weight: float


@dataclass(frozen=True)
class Vocabulary:
    """The words of all models."""

    models: Mapping[str, Model]
    common: frozenset[str] = field(default=frozenset())

    @cached_property
    def _words(self) -> Mapping[str, Mapping[tuple[str, str], float]]:
        found: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        for model in self.models.values():
            for name, column in model.columns.items():
                for text in _texts(name, column):
                    word, key = squeezed(header_of(text).said), (model.name, name)
                    found[word][key] = max(found[word].get(key, 0.0), 1.0)
                    whole = squeezed(text)  # with what stands in brackets, as in 풍향(16방위)
                    found[whole].setdefault(key, 1.0)
        for word in list(found):  # what one model calls a place is a place for another, too
            for name in {name for _, name in found[word] if name in _SHARED}:
                for model in self.models.values():
                    if name in model.columns:
                        found[word].setdefault((model.name, name), 0.85)
        return found

    @cached_property
    def uses(self) -> Counter[str]:
        """In how many models a column of this name is."""
        return Counter(name for model in self.models.values() for name in model.columns)

    def column(self, meaning: Meaning) -> ModelColumn:
        """The column of the model."""
        return self.models[meaning.model].columns[meaning.column]

    def meanings(self, header: Header, also: Iterable[str] = ()) -> list[Meaning]:
        """What a column of such a name may be, the likeliest first."""
        found: dict[tuple[str, str], float] = {}
        if header.silent and header.said == header.name:
            return []
        for text in (header.said, *(() if header.silent else (header.name,)), *also):
            for key, weight in self._of_text(text).items():
                found[key] = max(found.get(key, 0.0), weight)
        order = sorted(found, key=lambda key: -found[key])
        return [Meaning(model, column, found[model, column]) for model, column in order]

    def _of_extreme(self, words: list[str]) -> dict[tuple[str, str], float]:
        """What the greatest or least of something is: maxTemp is temperature_max where the model has it."""
        for marks, end in ((_GREATEST, "_max"), (_LEAST, "_min")):
            if marks & set(words):
                rest = "".join(word for word in words if word not in marks)
                return {
                    (model, f"{column}{end}"): 0.7 * _weight(rest)
                    for model, column in self._words.get(rest, ())
                    if f"{column}{end}" in self.models[model].columns
                }
        return {}

    def _of_text(self, text: str) -> dict[tuple[str, str], float]:
        found: dict[tuple[str, str], float] = {}
        for depth, end in enumerate(path_ends(text)):
            word = squeezed(end)
            for key in self._words.get(word, ()):
                weight = self._words[word][key] * _weight(word) * (1.0 if depth == 0 else 0.9)
                found[key] = max(found.get(key, 0.0), weight)
            if found:
                return found
        words = words_of(text)
        telling = [word for word in words if word not in NEUTRAL]
        found |= self._of_extreme(telling)
        if telling and telling != words:
            for key in self._words.get("".join(telling), ()):
                found[key] = 0.7 * _weight("".join(telling))
        parent = text.rpartition(".")[0]
        if not found and parent and words_of(text.rpartition(".")[2])[:1] and words[-1] in NEUTRAL:
            found = {key: 0.9 * weight for key, weight in self._of_text(parent).items()}
        return found


def _texts(name: str, column: ModelColumn) -> Iterable[str]:
    yield name
    for words in column.synonyms.values():
        yield from words
    if column.attribute is not None and column.attribute not in ("location", "id"):
        yield column.attribute
        yield from column.attribute_also


def _weight(word: str) -> float:
    if word in _VAGUE:
        return 0.4
    if word.isascii() and len(word) < _LEAST_LETTERS:
        return 0.4 if len(word) == 1 else 0.8
    return 1.0
