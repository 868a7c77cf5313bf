"""The date that stands in the name of a file."""

from __future__ import annotations

import re
from datetime import date

_FORMS = (
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[-_.]?(?P<m>0[1-9]|1[0-2])[-_.]?(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[-_.]?(?P<m>0[1-9]|1[0-2])(?!\d)",
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?!\d)",
)


def date_in_name(name: str) -> date | None:
    """The day, or the first day of the month or year, that a name has; None where it has none."""
    for form in _FORMS:
        for found in re.finditer(form, name):
            parts = found.groupdict()
            try:
                return date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
            except ValueError:
                continue
    return None
