"""Columns that may be about persons, for a proposal to ask about; the words are those of landing."""

from __future__ import annotations

from assets.personal.names import named_of_persons
from assets.propose.cells import Cells, is_mail_or_phone


def may_be_personal(cells: Cells) -> bool:
    """Whether the name of a column or the form of its texts says that it may be about persons."""
    return named_of_persons(cells.header.name) is not None or is_mail_or_phone(cells.filled)
