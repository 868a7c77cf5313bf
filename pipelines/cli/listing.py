"""Rows as every command prints them: a table for people, JSON or CSV. There is no other way to print a table.

All cells are data: they are never read as markup, and a control of the terminal is shown as a symbol (`visible`).
JSON and CSV have all columns and all rows, without loss; people see as much as fits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipelines.cli.csv_text import print_csv
from pipelines.cli.json_text import in_encoding, json_text
from pipelines.cli.options import Stop, print_json

if TYPE_CHECKING:
    import polars as pl
    from rich.console import RenderableType

    from pipelines.cli.fitted import FittedTable

MOST_ROWS = 200  # on a screen


class Form(Enum):
    """For whom rows are printed."""

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"


def form_of(as_json: bool, as_csv: bool) -> Form:
    """The form that is asked for. Raises Stop where two are asked for at once."""
    if as_json and as_csv:
        raise Stop("--json and --csv exclude each other: choose one", 2)
    return Form.JSON if as_json else Form.CSV if as_csv else Form.PEOPLE


@dataclass(frozen=True)
class Listing:
    """Rows under names. `rows` may be read once: those of a query come as they are printed."""

    names: Sequence[str]
    rows: Iterable[Sequence[Any]]

    @classmethod
    def of_frame(cls, frame: pl.DataFrame) -> Listing:
        return cls(frame.columns, frame.iter_rows())

    @classmethod
    def of_records(cls, kind: type, records: Sequence[Any]) -> Listing:
        """Instances of a dataclass, by the fields of its type: also where there is none."""
        return cls.of_rows([one.name for one in fields(kind)], [asdict(record) for record in records])

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Listing:
        return cls(names, ([row[name] for name in names] for row in rows))


def print_listing(
    listing: Listing,
    form: Form,
    people: Callable[[], Iterable[RenderableType]] | None = None,
    *,
    title: str = "",
    around: Callable[[list[dict[str, Any]]], Any] | None = None,
) -> None:
    """Print the rows in the form that is asked for.

    people: what is shown on a screen; None: all columns under `title`. around: the JSON, where it holds more than rows.
    """
    if form is Form.CSV:
        print_csv(listing.names, listing.rows)
    elif form is Form.JSON and around is not None:
        print_json(around([dict(zip(listing.names, row, strict=True)) for row in listing.rows]))
    elif form is Form.JSON:
        _print_objects(listing)
    else:
        from pipelines.cli import render

        out = render.console()
        for part in people() if people is not None else [table_of(listing, title)]:
            out.print(part)


def table_of(listing: Listing, title: str = "", most: int = MOST_ROWS) -> FittedTable:
    """All columns, and the first rows, as a table for people."""
    from pipelines.cli import render

    rows = iter(listing.rows)
    shown = list(islice(rows, most))
    more = next(rows, None) is not None
    note = f"the first {most} rows; narrow it down, or use --json or --csv" if more else None
    return render.plain_table(listing.names, shown, title or None, note)


def _print_objects(listing: Listing) -> None:
    """A JSON list, an object a line, as they come."""
    encoding, before = sys.stdout.encoding or "utf-8", "["
    for row in listing.rows:
        sys.stdout.write(in_encoding(before + json_text(dict(zip(listing.names, row, strict=True))), encoding))
        before = ",\n"
    sys.stdout.write("]\n" if before != "[" else "[]\n")
