"""Parts of hidden cells in which the attacker has found nothing out: the same part is not asked for again.

A part is what sums connect; what is outside of it says nothing about it (`attack`). So its verdict follows from its own
numbers alone: how far each cell can move and must, who is alone in it, and the sums between them. They are the name of
the part. After a changed day most of three years has the names that it had.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from assets.disclosure.programs import Columns, Floats
from assets.disclosure.unknowns import Unknowns

NAME_BYTES = 16
_DIGITS = 11  # sums that were added in another order differ beyond; the attacker himself forgives a millionth


class Proved:
    """Names of parts that were asked and are safe. `used`: those that a look has asked for since.

    key: of the home; a name without one could be found again by trying what few people may be.
    """

    def __init__(self, names: Iterable[bytes] = (), key: bytes = b"") -> None:
        self._names, self._key = set(names), key
        self.used = set[bytes]()

    def open_columns(self, of: Unknowns) -> tuple[Columns, dict[int, bytes]]:
        """The columns of parts that are not known to be safe, and the names of these parts."""
        names = part_names(of, self._key)
        todo = {part: name for part, name in names.items() if name not in self._names}
        self.used.update(name for part, name in names.items() if part not in todo)
        return np.flatnonzero(np.isin(of.part, list(todo))).astype(np.intp), todo

    def add(self, names: Iterable[bytes]) -> None:
        """Nobody finds anything out in these parts."""
        own = set(names)
        self._names |= own
        self.used |= own


def part_names(of: Unknowns, key: bytes = b"") -> dict[int, bytes]:
    """By part, a hash of all that its verdict follows from; of the same part in another table it is the same."""
    if not len(of.cell):
        return {}
    columns = np.argsort(of.part, kind="stable")
    first = np.searchsorted(of.part[columns], np.arange(int(of.part.max()) + 2))
    place = np.empty(len(columns), np.int64)  # of a column within its part
    place[columns] = np.arange(len(columns)) - first[of.part[columns]]
    said = np.column_stack(
        [
            *(without_last_digits(one) for one in (of.start, of.down, of.up, of.need_down, of.need_up, of.largest)),
            *(one.astype(np.float64) for one in (of.asked, of.alone, of.counts, of.broken)),
            _first_places(of, columns, place),
        ]
    )[columns]
    matrix = of.matrix
    within, factors = place[matrix.indices], without_last_digits(matrix.data)
    # Rows are in the order of what is in them, as the numbers of sums differ from night to night.
    mixed = (within.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) ^ factors.view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    part_of_row = of.part[matrix.indices[matrix.indptr[:-1]]] if matrix.shape[0] else np.zeros(0, np.int32)
    content = np.add.reduceat(mixed, matrix.indptr[:-1]) if matrix.shape[0] else np.zeros(0, np.uint64)
    rows = np.lexsort((content, part_of_row))
    lengths = np.diff(matrix.indptr)[rows]
    entries = _ranges(matrix.indptr[:-1][rows], lengths)
    within, factors = within[entries], factors[entries]
    row_first = np.searchsorted(part_of_row[rows], np.arange(len(first)))
    ends = np.concatenate([[0], np.cumsum(lengths)])
    names = dict[int, bytes]()
    for part in np.unique(of.part):
        low, high = row_first[part], row_first[part + 1]
        inside = slice(ends[low], ends[high])
        digest = blake2b(digest_size=NAME_BYTES, key=key[:64])
        for one in (said[first[part] : first[part + 1]], lengths[low:high], within[inside], factors[inside]):
            digest.update(len(one).to_bytes(8, "little"))
            digest.update(np.ascontiguousarray(one).tobytes())
        names[int(part)] = digest.digest()
    return names


def _first_places(of: Unknowns, columns: Columns, place: NDArray[np.int64]) -> Floats:
    """Of each column the place of the first one of the same person, as their numbers mean nothing; -1 of nobody."""
    found = np.full(len(columns), -1.0)
    own = columns[of.person[columns] >= 0]
    _, first, back = np.unique(of.person[own], return_index=True, return_inverse=True)
    found[own] = place[own[first]][back]
    return found


def _ranges(starts: NDArray[np.int32], lengths: NDArray[np.int32]) -> Columns:
    """The numbers of all ranges, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return (np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)).astype(np.intp)


def without_last_digits(numbers: Floats) -> Floats:
    """Without the last digits, which depend on the order in which numbers were added."""
    mantissa, exponent = np.frexp(numbers)
    return np.ldexp(np.round(mantissa, _DIGITS), exponent) + 0.0  # no -0.0
