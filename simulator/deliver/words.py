"""Texts as they are stored -> texts as they are delivered."""

from __future__ import annotations

import re

from quality.contract.columns import Column
from quality.text import normalised


class Words:
    """How the texts of one column are delivered."""

    def __init__(self, column: Column) -> None:
        self.column = column

    def delivered(self, stored: str) -> str | None:
        """The text from which this one is read; None where there is none."""
        before = [text for text, after in self.column.spec.values.items() if after == stored]
        for text in (*reversed(before), normalised(stored)):
            if text and self.read(text) == stored:
                return text
        return None

    def read(self, text: str) -> str | None:
        """What is read from a text, as `assets/ingest` does it."""
        spec = self.column.spec
        if spec.remove is not None:
            text = re.sub(spec.remove, "", text).strip()
        return None if text in ("", *spec.sentinels) else spec.values.get(text, text)
