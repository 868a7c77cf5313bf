"""What failed last night as Dagster's pages show it: a sentence, then a block for each table. The words of `status`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipelines.runbook import Section
from pipelines.status import NO_BATCH, TableStatus
from pipelines.visible import markdown_text, visible
from quality.verdict import OPEN

NOTHING = "Nothing failed: the gate of every table's newest day is open, and every delivery could be read."
# Dagster shows a text at once if it is shorter than this, and behind a button else; with the addresses of its links.
LONGEST_BLOCK = 1_000
LISTED = 3  # rules, failures or remarks of one table
TITLES = 5  # of metrics
WORDS = 150  # signs of a text of the data
_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_SERVICES = ("SERVICE-", "SECRET-")


def headline(rows: Sequence[TableStatus], left_out: Sequence[str] = ()) -> str:
    """How much is wrong, in one sentence. `left_out`: packs and feeds that cannot be read, and why."""
    troubles = [row for row in rows if row.is_trouble]
    if not troubles and not left_out:
        return nothing_failed(rows)
    counts = (
        (sum(_is_closed(row) for row in troubles), "gate is closed", "gates are closed"),
        (
            sum(row.deliveries_failed > 0 for row in troubles),
            "feed has deliveries that failed",
            "feeds have deliveries that failed",
        ),
        (sum(_did_not_come(row) for row in troubles), "feed did not come", "feeds did not come"),
        (sum(bool(row.stopped) for row in troubles), "feed is stopped", "feeds are stopped"),
        (sum(bool(row.outside) for row in troubles), "feed has rows of other days", "feeds have rows of other days"),
        (sum(row.unfinished for row in troubles), "table is not finished", "tables are not finished"),
        (len(left_out), "pack or feed cannot be read", "packs or feeds cannot be read"),
    )
    said = ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in counts if count)
    metrics = len({(row.city, title) for row in troubles for title in row.metrics})
    concerned = f"; {metrics} metric{'s' if metrics > 1 else ''} may lack a value" if metrics else ""
    return f"{said[0].upper()}{said[1:]}{concerned}."


def nothing_failed(rows: Sequence[TableStatus]) -> str:
    """That all is well now, and which earlier days are closed all the same: the last run may have been about them."""
    closed = [
        visible(f"{row.city} {row.layer}.{row.table_name} {', '.join(row.closed_before[-LISTED:])}")
        for row in rows
        if row.closed_before
    ]
    return (
        NOTHING if not closed else f"{NOTHING} Closed earlier, in the last 30 days: {'; '.join(_some(closed, TITLES))}."
    )


def blocks(rows: Sequence[TableStatus], left_out: Sequence[str] = ()) -> dict[str, str]:
    """By name of the table, what is wrong with it, in Markdown that Dagster shows at once; all texts letter by letter.

    `left_out`: packs and feeds that cannot be read, and why; they come first.
    """
    found = {
        f"not read {number}": f"{_words(text, 600)}\n\n{Section.NOT_READ.link}"
        for number, text in enumerate(left_out, start=1)
    }
    return found | {visible(f"{row.city} {row.layer}.{row.table_name}"): _block(row) for row in rows if row.is_trouble}


def _block(row: TableStatus) -> str:
    """As much of a table's trouble as Dagster shows at once: fewer or shorter lines where they are long."""
    for listed, titles, words in ((LISTED, TITLES, WORDS), (2, 3, 100), (1, 2, 60)):
        text = "\n\n".join(_paragraphs(row, listed, titles, words))
        if len(text) < LONGEST_BLOCK:
            break
    return text


def _paragraphs(row: TableStatus, listed: int, titles: int, words: int) -> Iterator[str]:
    yield f"**{_standing(row)}**"
    remarks = [rule.finding for rule in row.rules] or [row.reason] * bool(row.reason)
    remarks += [*row.failures, *row.outside]
    yield "\n".join(f"- {_words(text, words)}" for text in _some(remarks, listed))
    if row.metrics:
        yield f"Metrics made of it: {'; '.join(_words(title, words) for title in _some(row.metrics, titles))}."
    run = [f"[Run](/runs/{row.run_id})"] if _RUN.fullmatch(row.run_id or "") else []
    yield " · ".join([*run, *(section.link for section in sections(row))])


def _standing(row: TableStatus) -> str:
    """Verdict and day, for how long, and the last good day."""
    newest = markdown_text(row.verdict) + (f" for {row.newest_day}" if row.newest_day else "")
    how_long = f", {row.how_long}" if row.how_long else ""
    since = f", since {row.since}" if row.since else ""
    return f"{newest}{how_long}{since}; last good day: {row.last_good or 'none yet'}"


def sections(row: TableStatus) -> list[Section]:
    """What the runbook has on the troubles of a table, the gravest first."""
    of_service = [code.startswith(_OF_SERVICES) for code in row.failure_codes]
    of_kinds: Mapping[Section, bool] = {
        Section.GATE_CLOSED: row.verdict == "BLOCK",
        Section.GATE_COULD_NOT_JUDGE: _is_closed(row) and row.verdict != "BLOCK",
        Section.UNFINISHED: row.unfinished,
        Section.SERVICE: any(of_service),
        Section.DELIVERY_FAILED: row.deliveries_failed > 0 and not (of_service and all(of_service)),
        Section.MISSING: _did_not_come(row),
        Section.STOPPED: bool(row.stopped),
        Section.OTHER_DAYS: bool(row.outside),
    }
    return [section for section, fits in of_kinds.items() if fits]


def _is_closed(row: TableStatus) -> bool:
    return row.verdict not in (*OPEN, NO_BATCH)


def _did_not_come(row: TableStatus) -> bool:
    never = row.verdict == NO_BATCH and not row.deliveries_failed and not row.stopped
    return row.not_come is not None or never


def _some(texts: Sequence[str], most: int) -> list[str]:
    more = len(texts) - most
    return [*texts[:most], *([f"and {more:,} more (madang status)"] if more > 0 else [])]


def _words(text: str, limit: int) -> str:
    return markdown_text(visible(text, limit))
