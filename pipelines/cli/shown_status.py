"""What `madang status` shows of cities and tables. No query and no decision here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from pipelines.cli.fitted import FittedTable
from pipelines.cli.render import MOST_LINES, VERDICTS, data, simulated_or_not

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.city_status import CityStatus
    from pipelines.status import TableStatus


def feeds(rows: Sequence[TableStatus]) -> FittedTable:
    """The state of feeds and tables: newest day, verdict, for how long it has been closed."""
    simulated = sorted({row.city for row in rows if row.source == "simulated"})
    which = f"; {', '.join(simulated)}:" if any(row.source != "simulated" for row in rows) and simulated else ""
    title = simulated_or_not(f"Feeds and tables{which}", simulated=bool(simulated))
    heads = ("city", "table", "newest day", "verdict", "for", "last good", "closed in the last 30 days")
    cells = [
        [
            data(row.city),
            data(f"{row.layer}.{row.table_name}"),
            data(row.newest_day or "-"),
            data(row.verdict, _style(row)),
            data(row.how_long),
            data(row.last_good or "-"),
            data(" ".join(row.closed_before[-3:])),
        ]
        for row in rows
    ]
    return FittedTable([data(head) for head in heads], cells, title, may_go=(5, 6))


def cities(lines: Sequence[CityStatus]) -> FittedTable:
    """How each city stands, a line each; those that were never run stand in the sentence below alone."""
    title = simulated_or_not("Cities", simulated=any(one.source == "simulated" for one in lines))
    counts = ("pass", "warn", "held", "failed", "not come")
    heads = ("city", "state", "fetched (UTC)", *counts, "days", "published (UTC)", "source")
    cells = list[list[Text]]()
    for one in lines:
        if one.state == "never run":
            continue
        days = [str(day) for day in (one.oldest_day, one.newest_day) if day is not None]
        style = {"well": "green", "not all well": "yellow"}.get(one.state, "bold red")
        numbers = (one.passed, one.warned, one.held, one.failed, one.not_come)
        cells.append(
            [
                data(one.city),
                data(one.state, style),
                data(_minute(one.fetched_at)),
                *(Text(f"{number:,}" if number else "") for number in numbers),
                data(" to ".join(dict.fromkeys(days))),
                data(_minute(one.published_at)),
                data(one.source),
            ]
        )
    right = frozenset(n for n, head in enumerate(heads) if head in counts)
    return FittedTable([data(head) for head in heads], cells, title, right=right, may_go=(2, 9, 10))


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


def never_made(rows: Sequence[TableStatus]) -> Iterator[Text]:
    """What no night has made yet, a line for each reason."""
    by_reason = dict[str, list[str]]()
    for row in rows:
        by_reason.setdefault(row.reason, []).append(f"{row.city} {row.layer}.{row.table_name}")
    for reason, names in by_reason.items():
        yield data(f"never made, as {reason.removeprefix('held back, because ')}: {', '.join(names)}", "yellow")


def _style(row: TableStatus) -> str:
    return VERDICTS.get(row.verdict, "bold red" if row.is_broken else "")


def _sample(sample: Any) -> str:
    return " · ".join(f"{name} {value}" for name, value in sample.items()) if isinstance(sample, dict) else str(sample)
