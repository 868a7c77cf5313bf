"""What the terminal shows: rich tables made from plain rows. No query and no decision here.

All texts of rows are data: they become `Text`, which is never read as markup, with `visible` signs. A row may hold null
anywhere: a report that cannot be printed would hide what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipelines.visible import LONGEST, visible

if TYPE_CHECKING:
    from datetime import datetime

    # they import all readers, and a query needs none
    import polars as pl

    from pipelines.city_status import CityStatus
    from pipelines.cli.all_cities import CityEnd
    from pipelines.quarantine import HeldRow
    from pipelines.status import TableStatus
    from pipelines.warned import Warned

VERDICTS = {"PASS": "green", "WARN": "yellow", "BLOCK": "bold red", "ERROR": "bold red", "NONE": "dim"}
MOST_LINES = 50  # of one list
MOST_WARNINGS = 20


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


def feeds(rows: Sequence[TableStatus]) -> Table:
    """The state of feeds and tables: newest day, verdict, for how long it has been closed."""
    simulated = sorted({row.city for row in rows if row.source == "simulated"})
    which = f"; {', '.join(simulated)}:" if any(row.source != "simulated" for row in rows) and simulated else ""
    title = simulated_or_not(f"Feeds and tables{which}", simulated=bool(simulated))
    table = Table(title=title, title_justify="left", pad_edge=False, header_style="bold")
    for name in ("city", "table", "newest day", "verdict", "for", "last good", "closed in the last 30 days"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            data(row.city),
            data(f"{row.layer}.{row.table_name}"),
            data(row.newest_day or "-"),
            data(row.verdict, _style(row)),
            row.how_long,
            data(row.last_good or "-"),
            " ".join(row.closed_before[-3:]),
        )
    return table


def cities(lines: Sequence[CityStatus]) -> Table:
    """How each city stands, a line each; those that were never run stand in the sentence below alone."""
    title = simulated_or_not("Cities", simulated=any(one.source == "simulated" for one in lines))
    table = Table(title=title, title_justify="left", pad_edge=False, header_style="bold")
    counts = ("pass", "warn", "held", "failed", "not come")
    for name in ("city", "state", "fetched (UTC)", *counts, "days", "published (UTC)", "source"):
        table.add_column(name, overflow="fold", justify="right" if name in counts else "left")
    for one in lines:
        if one.state == "never run":
            continue
        days = [str(day) for day in (one.oldest_day, one.newest_day) if day is not None]
        style = {"well": "green", "not all well": "yellow"}.get(one.state, "bold red")
        numbers = (one.passed, one.warned, one.held, one.failed, one.not_come)
        table.add_row(
            data(one.city),
            data(one.state, style),
            _minute(one.fetched_at),
            *(Text(f"{number:,}" if number else "") for number in numbers),
            data(" to ".join(dict.fromkeys(days))),
            _minute(one.published_at),
            data(one.source),
        )
    return table


def _minute(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"


def troubles(rows: Sequence[TableStatus], left_out: Sequence[str], well: str) -> Group:
    """What is wrong, a paragraph each. `left_out`: packs and feeds that cannot be read, and why. `well`: what is said
    where nothing is."""
    lines: list[Any] = [data(f"not read: {text}", "bold red") for text in left_out]
    lines += [] if rows or left_out else [data(well)]
    for row in rows:
        newest = f"newest day {row.newest_day} {row.verdict}" if row.newest_day else row.verdict
        lines.append(data(f"{row.city} {row.layer}.{row.table_name}: {newest}", _style(row)))
        lines += [
            data(f"    {text}") for text in (row.reason, *row.failures[:MOST_LINES], *row.outside[:MOST_LINES]) if text
        ]
        if len(row.failures) > MOST_LINES:
            lines.append(Text(f"    and {len(row.failures) - MOST_LINES:,} more; see ledger.attempt"))
        lines += [data(f"      e.g. {_sample(sample)}", "dim") for sample in row.samples]
        if row.metrics:
            lines.append(data(f"    metrics made of it: {'; '.join(row.metrics)}", "dim"))
    return Group(*lines)


def _style(row: TableStatus) -> str:
    return VERDICTS.get(row.verdict, "bold red" if row.is_broken else "")


def _sample(sample: Any) -> str:
    return " · ".join(f"{name} {value}" for name, value in sample.items()) if isinstance(sample, dict) else str(sample)


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


def frame(rows: pl.DataFrame, title: str | None = None, limit: int = 200) -> Table:
    """Any frame as a table."""
    return plain_table(rows.columns, rows.head(limit).iter_rows(), title, rows.height if rows.height > limit else None)


def plain_table(
    names: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None, of: int | None = None
) -> Table:
    """Rows of any values as a table. `of`: how many rows there are, where these are not all."""
    table = Table(
        title=None if title is None else data(title), title_justify="left", pad_edge=False, header_style="bold"
    )
    for name in names:
        table.add_column(data(name), overflow="fold")
    for row in rows:
        table.add_row(*[data(value) for value in row])
    if of is not None:
        table.caption = Text(f"{table.row_count} of {of:,} rows; narrow it down, or use --json")
    return table


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


def ends_of_cities(ends: Sequence[CityEnd]) -> Table:
    """How each city ended, a line each."""
    table = Table(title="All cities", title_justify="left", pad_edge=False, header_style="bold")
    for name in ("city", "days", "ended", "seconds", "what is not well"):
        table.add_column(name, overflow="fold", justify="right" if name == "seconds" else "left")
    for end in ends:
        night = end.night or {}
        days = [str(night[name]) for name in ("from", "to") if name in night]
        style = "green" if end.is_well else "yellow" if end.exit_code == 3 else "bold red"
        table.add_row(
            data(end.city),
            data(" to ".join(dict.fromkeys(days))),
            data(end.state, style),
            f"{end.seconds:,.0f}",
            data(end.why),
        )
    return table


def console(*, error: bool = False) -> Console:
    """Into a file or pipe, lines may be as wide as they like: nothing wraps a log."""
    found = Console(stderr=error, markup=False, emoji=False, highlight=False)
    if not found.is_terminal:
        found.width = 400
    return found
