"""Columns that are one figure of several kinds, places or topics: what makes rows of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from assets.propose.cells import Cells
from assets.propose.names import header_of, squeezed, words_of
from assets.propose.time_parts import parts_of_time
from assets.propose.vocabulary import Meaning, Vocabulary
from assets.propose.wide import Wide
from quality.contract.columns import TIME

_LEAST_KINDS, _LEAST_COLUMNS, _MOST_NAMED = 3, 3, 40
_SEXES = frozenset(["male", "female", "남자", "여자", "남", "여", "남성", "여성", "men", "women", "total", "계"])


def names_figure(vocabulary: Vocabulary, text: str, least: float = 0.6) -> bool:
    """Whether a text is the name of a figure of a model."""

    def figure(meaning: Meaning) -> bool:
        column = vocabulary.column(meaning)
        return column.type in ("number", "integer") and not column.key and meaning.weight >= least

    return any(figure(meaning) for meaning in vocabulary.meanings(header_of(text)))


def figure_in_name(vocabulary: Vocabulary, name: str) -> str | None:
    """The words of a name of a file that are the name of a figure, such as `search trend`; None where none are."""
    words = words_of(name)
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            text = " ".join(words[start : start + length])
            if len(squeezed(text)) > 2 and names_figure(vocabulary, text, least=0.8):
                return text
    return None


def kinds_of_figures(cells: Mapping[str, Cells], vocabulary: Vocabulary) -> Wide | None:
    """Names of two parts, a kind and a figure: `robbery cases` and `robbery cleared` beside `theft cases`."""
    kinds: dict[str, set[str]] = defaultdict(set)
    columns, sign = list[str](), ""
    for name, column in cells.items():
        found = re.fullmatch(r"(.+)([ _])([^ _]+)", name)
        if found is None or not column.numeric or names_figure(vocabulary, name, least=0.4):
            continue
        if names_figure(vocabulary, found[3], least=0.4):
            kinds[found[1]].add(found[3])
            columns.append(name)
            sign = found[2]
    measures = next(iter(kinds.values()), set[str]())
    if len(kinds) < _LEAST_KINDS or any(of != measures for of in kinds.values()):
        return None
    group = "sex" if {kind.casefold() for kind in kinds} <= _SEXES else "kind"
    named = "|".join(re.escape(measure) for measure in sorted(measures))
    return Wide(group, f"(?P<{group}>.+){re.escape(sign)}(?P<value>{named})", tuple(columns), tuple(sorted(measures)))


def _times(cells: Mapping[str, Cells], vocabulary: Vocabulary) -> set[str]:
    """The columns that a model calls its time."""
    return {
        name
        for name, column in cells.items()
        if any(meaning.column == TIME for meaning in vocabulary.meanings(column.header))
    }


def one_figure(cells: Mapping[str, Cells], vocabulary: Vocabulary, figure: str) -> Wide | None:
    """Numbers that no name explains but that of the file: a column for each place or topic."""
    parts = {*parts_of_time(cells).values(), *_times(cells, vocabulary)}
    numbers = [name for name, column in cells.items() if column.numeric and not column.coded and not column.constant]
    numbers = [name for name in numbers if name not in parts]
    texts = [name for name, column in cells.items() if not column.numeric and not column.filled.is_empty()]
    if len(numbers) < _LEAST_COLUMNS or not (texts or parts) or len(texts) > 2:
        return None
    if any(vocabulary.meanings(cells[name].header) for name in numbers):
        return None
    meaning = vocabulary.meanings(header_of(figure))[0]
    columns = vocabulary.models[meaning.model].columns
    groups = ("topic", "place", "area", "kind")
    group = next((key for key in groups if key in columns), None)
    if group is None:
        return None
    shapes = {re.sub(r"\d+", "0", name) for name in numbers}
    if len(shapes) == 1 and len(numbers) > _MOST_NAMED and "0" in next(iter(shapes)):
        pattern = re.escape(next(iter(shapes))).replace("0", r"\d+")
    else:
        pattern = "|".join(re.escape(name) for name in numbers)
    return Wide(group, f"(?P<{group}>{pattern})", tuple(numbers), text=figure)
