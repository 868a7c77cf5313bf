"""What `madang feed try` shows: what was seen, the first rows, the rules, the days, and what is held back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from assets.trial.result import HeldBack, Trial, TriedDelivery, TriedRule
from pipelines.cli.render import VERDICTS, data, plain_table

_MOST_FILES, _MOST_NAMES, _MOST_DAYS = 20, 20, 10


def shown(trial: Trial, most: int, width: int) -> Group:
    """All of a trial, for a terminal of so many signs; of each rule at most so many rows that are held back."""
    lines = [*_deliveries(trial), *_columns(trial)]
    if trial.days:
        lines += [
            Text(),
            *_first_rows(trial, width),
            Text(),
            *_rules(trial.rules),
            Text(),
            *_held(trial, most),
            *_days(trial),
        ]
    return Group(*lines)


def _deliveries(trial: Trial) -> Iterator[Text]:
    for one in trial.deliveries[:_MOST_FILES]:
        yield data(_seen(one), "bold red" if one.failure else "bold")
        for text in (*one.guesses, *(f"converted {unit}" for unit in one.units)):
            yield data(f"    {text}")
    if (more := len(trial.deliveries) - _MOST_FILES) > 0:
        yield Text(f"and {more:,} more files; --json has them all")


def _seen(one: TriedDelivery) -> str:
    if one.failure is not None:
        return f"cannot be read: {one.failure}"
    if one.same_as is not None:
        return f"{one.name}: the same bytes as {one.same_as}, which counts"
    days = "" if one.first_day is None else f", {one.first_day} to {one.last_day}"
    counts = [f"{one.rows_read:,} rows{days}"]
    counts += [", ".join(one.encodings)] if one.encodings else []
    for number, what in (
        (one.rows_undated, "without a day"),
        (one.rows_outside, "of days that cannot be expected"),
        (one.rows_blank, "blank"),
    ):
        counts += [f"{number:,} {what}"] if number else []
    return f"{one.name}: {'; '.join(counts)}"


def _columns(trial: Trial) -> Iterator[Text]:
    not_read = list(dict.fromkeys(name for one in trial.deliveries for name in one.not_read))
    if not_read and not trial.shows_values:
        yield data(f"delivered and not read: {len(not_read)} columns")
    elif not_read:
        yield data(f"delivered and not read: {_some(not_read)}")
    if trial.no_value:
        yield data(f"without any value: {_some(trial.no_value)}", "yellow")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _first_rows(trial: Trial, width: int) -> Iterator[Any]:
    """As a table; one that is wider than the terminal is turned, with as many rows as fit."""
    if not trial.shows_values:
        yield Text("The first rows are not shown: the feed is private; --values shows them.")
        return
    title = "First rows, as they are stored"
    units = {column.name: column.spec.unit for column in trial.contract.columns}
    names = [name if units[name] in (None, "1") else f"{name} ({units[name]})" for name in trial.rows.columns]
    rows = [[_cell(value) for value in row] for row in trial.rows.iter_rows()]
    columns = list(zip(names, *rows, strict=True))
    if sum(_wide(column) for column in columns) + 1 <= width:
        yield plain_table(names, rows, title)
        return
    left, fitting = width - _wide(names) - 1, list[list[str]]()
    for row in rows:
        left -= _wide(row)
        if left >= 0 or not fitting:
            fitting.append(row)
    heads = ["column", *(f"row {number}" for number in range(1, len(fitting) + 1))]
    yield plain_table(heads, zip(names, *fitting, strict=True), title)


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _wide(cells: Sequence[str]) -> int:
    return max(cell_len(cell) for cell in cells) + 3  # the line and spaces beside it


def _rules(rules: Sequence[TriedRule]) -> Iterator[Text]:
    """Those that hold by their codes; those that rows break, or that do not hold, in full."""
    bite = [rule for rule in rules if rule.status in ("fail", "error") or rule.unexpected]
    unjudged = [rule for rule in rules if rule.status == "not_judged"]
    hold = [rule.code for rule in rules if rule not in bite and rule not in unjudged]
    yield Text(f"Rules: {len(hold)} hold, {len(bite)} bite, {len(unjudged)} are not judged here", style="bold")
    if hold:
        yield data(f"  hold: {', '.join(hold)}")
    if unjudged:
        codes = ", ".join(rule.code for rule in unjudged)
        yield data(f"  not judged here, as they compare with earlier days, which only a home has: {codes}")
    for rule in bite:
        style = "" if rule.status == "pass" else "yellow" if rule.severity != "critical" else "bold red"
        yield data(f"  {rule.code}: {rule.title}", style)
        yield data(f"    {_found(rule)}")


def _found(rule: TriedRule) -> str:
    parts = list[str]()
    if rule.share is not None:
        parts.append(f"{rule.unexpected:,} of {rule.evaluated:,} rows ({rule.share:.2%}) break it")
        parts.append(f"{rule.tolerance:.2%} of a day's rows may")
    if rule.on_fail is not None:
        parts.append(
            {
                "quarantine": "such a row is held back",
                "void": "such a value is set to null",
                "flag": "such a row stays",
            }[rule.on_fail]
        )
    if rule.failed_days:
        days, first = len(rule.failed_days), rule.failed_days[0]
        parts.append(f"does not hold on {first}" if days == 1 else f"does not hold on {days:,} days, the first {first}")
    if rule.observed and rule.share is None:
        parts.append(rule.observed)
    parts.append(
        {"critical": "closes the day", "warning": "warns", "info": "is noted"}[rule.severity]
        if rule.failed_days
        else "within the tolerance"
    )
    return "; ".join(parts)


def _held(trial: Trial, most: int) -> Iterator[Text]:
    if not trial.held:
        return
    yield Text("What to mend", style="bold")
    by_rule = dict[str, list[HeldBack]]()
    for one in trial.held:
        by_rule.setdefault(one.rule, []).append(one)
    for rule, found in by_rule.items():
        for one in found[:most]:
            yield data(f"  {_place(one)}: {one.sentence} [{rule}]")
        count = trial.held_counts.get(rule, len(found))
        if count > most:
            yield data(f"  ... {most} of {count:,} of {rule}", "dim")


def _place(one: HeldBack) -> str:
    member = f" > {one.member}" if one.member else ""
    line = "" if one.line is None else f":{one.line}"
    column = "" if one.column is None else f" {one.delivered_as or one.column}"
    return f"{one.delivery}{member}{line}{column}"


def _days(trial: Trial) -> Iterator[Text]:
    rows = {
        "read": sum(one.rows_read for one in trial.deliveries),
        "kept": sum(day.rows_kept for day in trial.days),
        "held back": sum(day.rows_held for day in trial.days),
        "without a day": sum(one.rows_undated for one in trial.deliveries),
        "of days that cannot be expected": sum(one.rows_outside for one in trial.deliveries),
        "repeated": sum(day.gave_way.repeated for day in trial.days),
        "contradicted": sum(day.gave_way.contradicted for day in trial.days),
        "replaced by a later file": sum(day.gave_way.replaced for day in trial.days),
        "parts that were added up": sum(day.gave_way.merged for day in trial.days),
    }
    said = [f"{count:,} {what}" for what, count in rows.items() if count or what in ("read", "kept", "held back")]
    opened, closed = len(trial.open_days), len(trial.closed_days)
    yield data(
        f"{opened + closed:,} days: {opened:,} open, {closed:,} closed; rows: {', '.join(said)}",
        "bold green" if not closed else "bold red",
    )
    if trial.days_not_judged:
        yield Text(f"  {trial.days_not_judged:,} earlier days are not judged here", style="yellow")
    for day in trial.closed_days[:_MOST_DAYS]:
        yield data(f"  {day.day} {day.verdict}: {day.reason}", VERDICTS[day.verdict])
    if closed > _MOST_DAYS:
        yield Text(f"  and {closed - _MOST_DAYS:,} more days")
