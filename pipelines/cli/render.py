"""What the terminal shows: rich tables made from plain rows. No query and no decision here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipelines.explain import Lineage
from pipelines.status import TableStatus
from pipelines.visible import visible

if TYPE_CHECKING:  # it imports all readers
    from pipelines.quarantine import HeldRow

VERDICTS = {"PASS": "green", "WARN": "yellow", "BLOCK": "bold red", "ERROR": "bold red", "NONE": "dim"}
STATES = {"ok": "green", "proxy": "green", "stale": "yellow", "absent": "dim"}


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}"


def scoreboard(latest: pl.DataFrame, titles: dict[str, str], city: str) -> Table:
    """The city's latest values against their targets, with how complete the data behind them is."""
    sources = set(latest["source"].drop_nulls()) if "source" in latest.columns else set()
    title = Text(f"{city}: latest values")
    if "simulated" in sources:  # nobody may take the simulated city for the real one
        title.append("  SIMULATED, not the real city", style="bold magenta")
    table = Table(title=title, title_justify="left", pad_edge=False, header_style="bold")
    table.add_column("metric", overflow="fold", ratio=1)
    for name in ("value", "unit", "target", "day", "data", "status"):
        table.add_column(name, justify="right" if name in ("value", "target", "data") else "left", no_wrap=True)
    for row in latest.iter_rows(named=True):
        style = "" if row["target"] is None else "red" if _missed(row) else "green"
        table.add_row(
            titles.get(row["metric"], row["metric"]),
            Text(number(row["value"]), style=style),
            row["unit"],
            number(row["target"]),
            str(row["period_start"]),
            _share(row["completeness"]),
            Text(row["status"], style=STATES.get(row["status"], "")),
        )
    return table


def reasons(latest: pl.DataFrame, titles: dict[str, str]) -> Group:
    """Why metrics are stale or absent, each reason once with the metrics it holds back."""
    too_few = pl.lit("too few days of the month or year yet; `madang explain` tells how many")
    held = latest.filter(pl.col("reason").is_not_null()).with_columns(
        reason=pl.when((pl.col("period") != "day") & (pl.col("status") == "absent"))
        .then(too_few)
        .otherwise(pl.col("reason").str.replace(r"^\d{4}-\d{2}-\d{2}: ", ""))
    )
    lines: list[Any] = []
    for state in ("stale", "absent"):
        for (reason,), rows in held.filter(pl.col("status") == state).group_by("reason", maintain_order=True):
            names = "; ".join(titles.get(str(m), str(m)) for m in rows["metric"])
            lines += [Text(f"{state}: {names}", style=STATES[state]), Text(f"    {reason}")]
    return Group(*lines)


def _share(completeness: float | None, digits: int = 0) -> str:
    """A share (0..1) in per cent; it is null where it is not known how much there should be."""
    return "not known" if completeness is None else f"{completeness:.{digits}%}"


def _missed(row: dict[str, Any]) -> bool:
    return row["value"] < row["target"] if row["direction"] == "higher" else row["value"] > row["target"]


def feeds(rows: Sequence[TableStatus]) -> Table:
    """The state of feeds and tables: newest day, verdict, for how long it has been closed."""
    table = Table(title="Feeds and tables", title_justify="left", pad_edge=False, header_style="bold")
    for name in ("table", "newest day", "verdict", "for", "last good", "closed in the last 30 days"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            f"{row.layer}.{row.table_name}",
            str(row.newest_day or "-"),
            Text(row.verdict, style=VERDICTS[row.verdict]),
            row.how_long,
            str(row.last_good or "-"),
            " ".join(row.closed_before[-3:]),
        )
    return table


def troubles(rows: Sequence[TableStatus]) -> Group:
    """What is wrong, a paragraph each."""
    lines: list[Any] = [] if rows else [Text("Nothing failed: every gate is open, every delivery could be read.")]
    for row in rows:
        lines.append(Text(f"{row.layer}.{row.table_name} {row.verdict}", style=VERDICTS[row.verdict]))
        lines += [Text(f"    {text}") for text in (row.reason, *row.failures, *row.outside) if text]
        lines += [Text(f"      e.g. {_sample(sample)}", style="dim") for sample in row.samples]
    return Group(*lines)


def _sample(sample: dict[str, Any]) -> str:
    return " · ".join(f"{name} {value}" for name, value in sample.items())


def failed(rows: pl.DataFrame) -> Group:
    """Deliveries that could not be read, one line each: the text names the file and says what to do."""
    found = rows.select(pl.format("  {}: {}", "feed", "detail")).to_series()
    return Group(Text("Deliveries that could not be read", style="bold red"), *[Text(text) for text in found])


def outside(rows: pl.DataFrame) -> Group:
    """Deliveries with rows of days that cannot be expected, one line each."""
    found = [Text(f"  {feed}: {name}: {detail}") for feed, name, detail in rows.iter_rows()]
    return Group(Text("Rows of days that cannot be expected", style="bold yellow"), *found)


def not_read(details: Sequence[str]) -> Group:
    """Files that no contract reads."""
    return Group(Text("Files that no contract reads", style="bold yellow"), *[Text(f"  {text}") for text in details])


def closed(rows: pl.DataFrame) -> Group:
    """Closed gates, one line each: what, when, and the rule with its count."""
    found = rows.select(pl.format("  {}.{} {} {}: {}", "layer", "table_name", "day", "verdict", "reason")).to_series()
    return Group(Text("Held back", style="bold red"), *[Text(text) for text in found])


def frame(rows: pl.DataFrame, title: str | None = None, limit: int = 200) -> Table:
    """Any frame as a table."""
    table = Table(title=title, title_justify="left", pad_edge=False, header_style="bold")
    for name in rows.columns:
        table.add_column(name, overflow="fold")
    for row in rows.head(limit).iter_rows():
        table.add_row(*["" if v is None else str(v) for v in row])
    if rows.height > limit:
        table.caption = f"{limit} of {rows.height} rows; narrow it down, or use --json"
    return table


def held_rows(rows: Sequence[HeldRow]) -> Group:
    """Quarantined rows: of each where it is from and what it breaks, then its text as delivered."""
    lines: list[Any] = []
    for row in rows:
        what = "row" if row.scope == "row" else f"value of {row.column}"
        place = "" if row.line is None else f", line {row.line} of {row.delivery or 'a delivery'}"
        rules = ", ".join(row.rules)
        heading = f"{row.city} {row.feed} {row.day}: {what} breaks {rules}{place} (batch {row.batch_id[:12]})"
        lines.append(Text(visible(heading), style="bold"))
        if row.value is not None:
            lines.append(Text(visible(f"    {row.value}")))
        lines.append(Text(visible(f"    {row.row}")) if row.row is not None else Text(visible(f"    {row.note}")))
    return Group(*lines)


def console(*, error: bool = False) -> Console:
    """Into a file or pipe, lines may be as wide as they like: nothing wraps a log."""
    found = Console(stderr=error)
    if not found.is_terminal:
        found.width = 400
    return found


def lineage(of_value: Lineage) -> Group:
    """A value with everything behind it."""
    value, definition = of_value.value, of_value.definition
    shown = f"{number(value['value'])} {value['unit']}" if value["value"] is not None else f"absent: {value['reason']}"
    lines: list[Any] = [
        Text(
            f"{definition['title_en']} · {of_value.area_name} · {value['period']} {value['period_start']}",
            style="bold",
        ),
        Text(shown if value["value"] is None else f"{shown}   [{value['status']}]"),
        Text(f"How: {definition['formula']}"),
    ]
    if definition["standard"]:
        parts = (definition["standard"], definition["edition"], definition["code"])
        code = " ".join(str(part) for part in parts if part)
        lines.append(Text(f"Standard: {code}{'' if definition['verified'] else ' (code not verified)'}"))
    if definition["caveat"]:
        lines.append(Text(f"Caveat: {definition['caveat']}", style="yellow"))
    lines.append(
        Text(
            f"Data: n = {value['n']}, completeness {_share(value['completeness'], 1)}, source {value['source']}, "
            f"first published {value['published_at']:%Y-%m-%d %H:%M} UTC"
        )
    )
    if value["target"] is not None:
        target_source = value.get("target_source")  # a file of an earlier version does not have it
        lines.append(
            Text(f"Target: {value['target']:g} {value['unit']}{f', from {target_source}' if target_source else ''}")
        )
    for rows, title in (
        (of_value.rules_failed, "Rules that did not hold"),
        (of_value.batches, "Batches"),
        (of_value.deliveries, "Deliveries"),
        (of_value.history, "As it was published"),
    ):
        if rows:
            lines.append(frame(pl.DataFrame(rows, infer_schema_length=None), title, limit=20))
    return Group(*lines)
