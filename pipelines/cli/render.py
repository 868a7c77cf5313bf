"""What the terminal shows: tables and paragraphs made from plain rows. No query and no decision here.

All texts of rows are data: they become `Text`, which is never read as markup, with `visible` signs. A row may hold null
anywhere: a report that cannot be printed would hide what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.text import Text

from pipelines.cli.csv_text import text_of
from pipelines.cli.fitted import FittedTable
from pipelines.cli.wrapping import room
from pipelines.visible import LONGEST, visible

if TYPE_CHECKING:
    # they import all readers, and a query needs none
    import polars as pl

    from pipelines.cli.all_cities import CityEnd
    from pipelines.quarantine import HeldRow
    from pipelines.warned import Warned

VERDICTS = {"PASS": "green", "WARN": "yellow", "BLOCK": "bold red", "ERROR": "bold red", "NONE": "dim"}
MOST_LINES = 50  # of one list
MOST_WARNINGS = 20
_WITHOUT_BOUND = 100_000  # cells


def number(value: Any) -> str:
    """A figure in few digits; "-" without one."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return visible(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}"


def data(value: object, style: str = "", limit: int = LONGEST) -> Text:
    """A value of the data, as it stands; empty for null."""
    return Text("" if value is None else visible(value, limit), style=style)


def share(value: Any, digits: int = 0) -> str:
    """A share (0..1) in per cent; it is null where it is not known how much there should be."""
    return f"{value:.{digits}%}" if isinstance(value, int | float | Decimal) else "not known"


def simulated_or_not(text: str, *, simulated: bool) -> Text:
    """A text that says so where it is of the simulated city, so that nobody takes it for the real one."""
    line = data(text)
    return line.append("  SIMULATED, not the real city", style="bold magenta") if simulated else line


def failed(city: str, rows: pl.DataFrame) -> Group:
    """Deliveries that could not be read, one line each: the text names the file and says what to do."""
    found = [f"{city} {row['feed']}: {row['detail']}" for row in rows.head(MOST_LINES).iter_rows(named=True)]
    return _listed("Deliveries that could not be read", found, rows.height)


def outside(city: str, rows: pl.DataFrame) -> Group:
    """Deliveries with rows of days that cannot be expected, one line each."""
    found = [
        f"{city} {row['feed']}: {row['delivery']}: {row['detail']}"
        for row in rows.head(MOST_LINES).iter_rows(named=True)
    ]
    return _listed("Rows of days that cannot be expected", found, rows.height, "bold yellow")


def not_due(city: str, details: Sequence[str]) -> Group:
    """Rows of days before those that a night looks at."""
    found = [f"{city} {text}" for text in details[:MOST_LINES]]
    return _listed("Rows that the night does not use", found, len(details), "bold yellow")


def not_read(city: str, details: Sequence[str]) -> Group:
    """Files that no contract reads."""
    found = [f"{city} {text}" for text in details[:MOST_LINES]]
    return _listed("Files that no contract reads", found, len(details), "bold yellow")


def closed(city: str, rows: pl.DataFrame) -> Group:
    """Closed gates, one line each: what, when, and the rule with its count."""
    line = "{city} {layer}.{table_name} {day} {verdict}: {reason}"
    found = [line.format(city=city, **row) for row in rows.head(MOST_LINES).iter_rows(named=True)]
    return _listed("Held back", found, rows.height)


def worth_a_look(found: Sequence[Warned]) -> Group:
    """Warnings, a line for each table and rule: the data is admitted, and somebody should see why it is remarked on."""
    shown = [one.sentence for one in found[:MOST_WARNINGS]]
    return _listed("Worth a look", shown, len(found), "bold yellow", "madang ledger")


def crashed(texts: Sequence[str]) -> Group:
    """Steps that crashed, one line each."""
    return _listed("Crashed", texts[:MOST_LINES], len(texts))


def _listed(title: str, found: Sequence[str], count: int, style: str = "bold red", where: str = "") -> Group:
    lines = [Text(title, style=style), *[data(f"  {text}") for text in found]]
    if count > len(found):
        places = f"`{where}`" if where else "`madang status` and `madang ledger`"
        lines.append(Text(f"  and {count - len(found):,} more; see {places}"))
    return Group(*lines)


def plain_table(
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str | None = None,
    note: str | None = None,
    may_go: Sequence[str] = (),
) -> FittedTable:
    """Rows of any values as a table; a column of figures alone stands to the right."""
    listed = [list(row) for row in rows]
    right = frozenset(n for n in range(len(names)) if _are_figures([row[n] for row in listed if len(row) > n]))
    return FittedTable(
        [data(name) for name in names],
        [[data(None if value is None else text_of(value)) for value in row] for row in listed],
        None if title is None else data(title, "bold"),
        None if note is None else data(note),
        right,
        [list(names).index(name) for name in may_go],
    )


def _are_figures(values: Sequence[Any]) -> bool:
    given = [value for value in values if value is not None]
    return bool(given) and all(isinstance(one, int | float | Decimal) and not isinstance(one, bool) for one in given)


def batches(found: pl.DataFrame, most: int = 60) -> Group:
    """Rows of ledger.batch with their verdicts, then why those that were not admitted without a word were not."""
    heads = {"rows_read": "read", "rows_kept": "kept", "rows_quarantined": "held back", "rows_replaced": "replaced"}
    heads |= {"rows_repeated": "repeated", "rows_contradicted": "contradicted"}
    rows = found.head(most).to_dicts()
    cells = [
        [row["day"], row["city"], f"{row['layer']}.{row['table_name']}", row["verdict"], row["state"]]
        + [_shown_rows(row, name) for name in heads]
        for row in rows
    ]
    more = found.height - len(rows)
    note = f"{len(rows)} of {found.height:,}; narrow it down, or use --json or --csv" if more > 0 else None
    names = ["day", "city", "table", "verdict", "state", *heads.values()]
    may_go = ("state", "held back", "replaced", "repeated", "contradicted")
    reasons = [
        data(f"{row['day']} {row['city']} {row['layer']}.{row['table_name']}: {row['reason']}")
        for row in rows
        if row["reason"] and row["verdict"] != "PASS"
    ]
    return Group(plain_table(names, cells, "Batches", note, may_go), *reasons)


def _shown_rows(row: Mapping[str, Any], name: str) -> int | None:
    """A batch that is held keeps no row: nobody sees any of it."""
    return 0 if name == "rows_kept" and row["state"] == "held" else row[name]


def publications(found: pl.DataFrame) -> FittedTable:
    """Rows of `versions`, a line each, and what was put back by which rollback."""
    rows = [
        [
            row["version"],
            row["action"] if row["restored"] is None else f"{row['action']} to {row['restored']}",
            f"{row['published_at']:%Y-%m-%d %H:%M}",
            row["values_total"],
            row["values_changed"],
            None if row["size_bytes"] is None else round(row["size_bytes"] / 1e6, 1),
            " and ".join(word for word in ("live", "kept") if row[word]) or "gone",
        ]
        for row in found.iter_rows(named=True)
    ]
    names = ["version", "action", "published (UTC)", "values", "changed", "MB", "file"]
    return plain_table(names, rows, "Publications")


def held_rows(rows: Sequence[HeldRow]) -> Group:
    """Quarantined rows: of each where it is from and what it breaks, then its text as delivered."""
    lines: list[Any] = []
    for row in rows:
        what = "row" if row.scope == "row" else f"value of {row.column}"
        place = "" if row.line is None else f", line {row.line} of {row.delivery or 'a delivery'}"
        rules = ", ".join(row.rules)
        heading = f"{row.city} {row.feed} {row.day}: {what} breaks {rules}{place} (batch {row.batch_id[:12]})"
        lines.append(data(heading, "bold"))
        if row.value is not None:
            lines.append(data(f"    {row.value}"))
        lines.append(data(f"    {row.note if row.row is None else row.row}"))
    return Group(*lines)


def ends_of_cities(ends: Sequence[CityEnd]) -> FittedTable:
    """How each city ended, a line each."""
    heads, cells = ("city", "days", "ended", "seconds", "what is not well"), list[list[Text]]()
    for end in ends:
        night = end.night or {}
        days = [str(night[name]) for name in ("from", "to") if name in night]
        style = "green" if end.is_well else "yellow" if end.exit_code == 3 else "bold red"
        said = data(" to ".join(dict.fromkeys(days)))
        cells.append([data(end.city), said, data(end.state, style), data(f"{end.seconds:,.0f}"), data(end.why)])
    return FittedTable([data(head) for head in heads], cells, data("All cities", "bold"), right=frozenset({3}))


def console(*, error: bool = False) -> Console:
    """A terminal, or a file or pipe: there lines are as wide as COLUMNS says, and without it nothing wraps a log."""
    found = Console(stderr=error, markup=False, emoji=False, highlight=False)
    if not found.is_terminal:
        found.width = room() or _WITHOUT_BOUND
    return found
