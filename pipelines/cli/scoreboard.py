"""What a night shows people of a city: its latest values and why others are absent, in one language.

Its words stand in `assets/metrics/sentences`, as those of reasons do. Messages for the operator are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from assets.metrics.reasons import SENTENCES, in_language
from assets.pack.city import City
from pipelines.cli import render
from pipelines.cli.fitted import FittedTable
from quality.contract.texts import PLATFORM, Texts
from quality.language_tags import nearest

_STYLES = {"ok": "green", "proxy": "green", "stale": "yellow", "absent": "dim"}
_COLUMNS = ("value", "unit", "target", "day", "data", "status")  # after the metric
_FIGURES = ("value", "target", "data")
_LEAST_NAME, _BETWEEN = 22, 2  # cells of a name; those between two columns
_MARKS = {",": "group", ".": "decimal"}
MOST_VALUES = 30  # that a night shows one by one: a screen
_MOST_TARGETS = 20
_REASONED = ("proxy", "stale", "absent")  # statuses that may have a reason, in the order in which they are shown
_OF_DAYS = ("no_valid_day", "too_few_")  # reasons of periods for which the days have not come yet


@dataclass(frozen=True)
class Board:
    """The words of one scoreboard. `language`: one of those there are words in; `titles`: of metrics, by id."""

    language: str
    city: str
    titles: Mapping[str, str]
    elsewhere: Mapping[str, int]  # how many titles are in which other language
    not_spoken: str | None = None  # the language that was wanted, where there are no words in it
    simulated: bool = False  # its figures are of the simulated city

    def word(self, name: str) -> str:
        return SENTENCES.part(self.language, "scoreboard")[name]

    def can_be_written(self, encoding: str) -> bool:
        """Whether a terminal or file of this encoding has all of its letters."""
        units = SENTENCES.part(self.language, "units").values()
        words = (*SENTENCES.part(self.language, "scoreboard").values(), *units, self.city, *self.titles.values())
        try:
            "".join(words).encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    def title(self, metric: object) -> str:
        return self.titles.get(str(metric)) or str(metric)

    def unit(self, unit: object) -> str | None:
        return None if unit is None else SENTENCES.part(self.language, "units").get(str(unit), str(unit))

    def figures(self, text: str) -> str:
        """A number as Python writes it, with the signs that this language has in it."""
        return "".join(self.word(_MARKS[sign]) if sign in _MARKS else sign for sign in text)


def board_for(city: City, metrics: Mapping[str, str], language: str | None, *, simulated: bool = False) -> Board:
    """The scoreboard for readers of a language, else of the first of the city's that there are words in, else English.

    metrics: those that are shown, with their published titles, for such as the pack does not have any more.
    """
    wanted = (*([] if language is None else [language]), *city.config.languages, PLATFORM)
    spoken = next(found for tag in wanted if (found := nearest(tag, SENTENCES.languages())) is not None)
    readers = (spoken, *wanted)
    titles, elsewhere = dict[str, str](), dict[str, int]()
    for metric, published in metrics.items():
        texts = city.metric_title(metric) if metric in city.metrics else Texts({PLATFORM: published})
        titles[metric], written_in = texts.in_(readers), texts.language(readers)
        if nearest(spoken, [written_in]) is None:
            elsewhere[written_in] = elsewhere.get(written_in, 0) + 1
    name = city.config.title.of_pack(city.config.plain).in_(readers)
    first = nearest(wanted[0], SENTENCES.languages())
    return Board(spoken, name, titles, elsewhere, wanted[0] if first is None else None, simulated)


@dataclass(frozen=True)
class _Fitting:
    """One table in two widths. A column that is asked to give way to all others has no cell left in 80: of English
    names of metrics nothing was shown."""

    wide: FittedTable
    narrow: FittedTable
    least: int  # cells that the wide one needs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console
        yield self.wide if options.max_width >= self.least else self.narrow


def scoreboard(latest: pl.DataFrame, board: Board) -> RenderableType:
    """The city's latest values against their targets, with how complete the data behind them is; its title alone where
    there is none. Where there is no room for names of metrics, units and completeness stand in a second line."""
    title = render.data(board.word("latest").format(city=board.city))
    if board.simulated:
        title.append(f"  {board.word('simulated')}", style="bold magenta")
    latest = latest.filter(pl.col("value").is_not_null())
    if latest.is_empty():
        return title
    wide, narrow = list[list[Text]](), list[list[Text]]()
    room = {name: cell_len(board.word(name)) for name in _COLUMNS}
    for row in latest.iter_rows(named=True):
        style = "" if row["target"] is None else "red" if _missed(row) else "green"
        cells = {
            "value": Text(board.figures(render.number(row["value"])), style=style),
            "unit": render.data(board.unit(row["unit"])),
            "target": Text(board.figures(render.number(row["target"]))),
            "day": render.data(row["period_start"]),
            "data": Text(_share(row["completeness"], board)),
            "status": _status(row["status"], board),
        }
        room = {name: max(room[name], cell.cell_len) for name, cell in cells.items()}
        name, over = render.data(board.title(row["metric"])), Text("\n")
        wide.append([name, *(cells[column] for column in _COLUMNS)])
        value, day = over.join([cells["value"], cells["unit"]]), over.join([cells["day"], cells["data"]])
        narrow.append([name, value, cells["target"], day, cells["status"]])
    notes = [board.word("about_data")] if latest["completeness"].null_count() else []
    notes += [] if board.not_spoken is None else [board.word("no_words").format(language=board.not_spoken)]
    notes += [
        board.word("other_language").format(count=count, language=_name_of(tag))
        for tag, count in board.elsewhere.items()
    ]

    def table(names: Sequence[str], rows: Sequence[Sequence[Text]]) -> FittedTable:
        heads = [Text(board.word(name)) for name in ("metric", *names)]
        right = frozenset(number for number, name in enumerate(names, 1) if name in _FIGURES)
        return FittedTable(heads, rows, title, Text("\n".join(notes)) if notes else None, right)

    return _Fitting(
        table(_COLUMNS, wide),
        table(("value", "target", "day", "status"), narrow),
        _LEAST_NAME + sum(room.values()) + _BETWEEN * len(room),
    )


def is_long(latest: pl.DataFrame) -> bool:
    """Whether the values are too many for the end of a night."""
    return latest["value"].count() > MOST_VALUES


def summary(latest: pl.DataFrame, board: Board, command: str) -> Group:
    """A screen of many values: those with a target, missed ones first, how many there are of each subject, and how many
    are stale or absent for which kind of reason. command: that which shows all of them."""
    valued = latest.filter(pl.col("value").is_not_null())
    aimed = valued.filter(pl.col("target").is_not_null())
    missed = pl.Series("missed", [_missed(row) for row in aimed.iter_rows(named=True)], pl.Boolean)
    first = aimed.with_columns(missed).sort("missed", descending=True, maintain_order=True).head(_MOST_TARGETS)
    counted = valued.group_by("subject").len().sort("subject").iter_rows()
    fields = " · ".join(f"{subject} {count}" for subject, count in counted)
    lines = [render.data(board.word("by_subject").format(subjects=fields))]
    held = dict[tuple[str, str], list[str]]()
    for row in latest.iter_rows(named=True):
        if row["reason"] is not None and row["status"] in _REASONED:
            held.setdefault((row["status"], _kind_of(row)), []).append(_reason(row, board))
    for (status, _), said in sorted(held.items(), key=lambda one: (_REASONED.index(one[0][0]), -len(one[1]))):
        more = " …" if len(set(said)) > 1 else ""
        lines.append(render.data(f"{board.word(status)} {len(said)}: {said[0]}{more}", _STYLES[status]))
    count = f"{first.height} / {valued.height}"
    lines.append(render.data(board.word("shown").format(count=count, command=f"`{command}`")))
    return Group(scoreboard(first, board), *lines)


def _kind_of(row: Mapping[str, Any]) -> str:
    """Absent values that are given one reason: those of longer periods, or of one code."""
    return "days" if _lacks_days(row) else str(row["reason_code"] or row["reason"])


def reasons(latest: pl.DataFrame, board: Board) -> Group:
    """Why metrics are stale or absent, or what has to be known of a value that there is, each reason once with its
    metrics and days."""
    held = dict[tuple[str, str], list[tuple[str, str]]]()
    for row in latest.iter_rows(named=True):
        if row["reason"] is not None and row["status"] in _REASONED:
            day, why = _day_and_reason(row, board)
            held.setdefault((row["status"], why), []).append((day, board.title(row["metric"])))
    lines = list[Text]()
    for state in _REASONED:
        for (status, why), of in held.items():
            if status == state:
                names, days = "; ".join(name for _, name in of), ", ".join(sorted({day for day, _ in of if day}))
                said = f"{days}: {why}" if days else why
                lines += [render.data(f"{board.word(status)}: {names}", _STYLES[status]), render.data(f"    {said}")]
    return Group(*lines)


def _reason(row: Mapping[str, Any], board: Board) -> str:
    """Why there is no value of the day that was due, after that day."""
    day, why = _day_and_reason(row, board)
    return f"{day}: {why}" if day else why


def _day_and_reason(row: Mapping[str, Any], board: Board) -> tuple[str, str]:
    """The day that was due, and why there is no value of it; no day where the days of a period have not come yet."""
    if _lacks_days(row):
        return "", board.word("too_few_days")
    published = str(row["reason"])
    day, colon, after = published.partition(": ") if row["status"] == "stale" else ("", "", published)
    day = day if colon else str(row["period_start"] or "")
    if row.get("reason_code") is not None:
        after = in_language(board.language, row["reason_code"], row["reason_gaps"] or ())
    elif after == "not made yet":
        after = board.word("not_made_yet")
    return day, after


def _lacks_days(row: Mapping[str, Any]) -> bool:
    """Whether a period has no value as its days are too few, and not because something was held back or never came."""
    code = row.get("reason_code")
    of_days = code is None or code.startswith(_OF_DAYS)
    return row["period"] != "day" and row["status"] == "absent" and of_days


def _name_of(tag: str) -> str:
    """What a language calls itself, or its tag."""
    found = nearest(tag, SENTENCES.languages())
    return tag if found is None else SENTENCES.part(found, "scoreboard")["language"]


def _share(value: Any, board: Board) -> str:
    return board.figures(render.share(value)) if value is not None else board.word("not_known")


def _status(status: str | None, board: Board) -> Text:
    said = board.word(status) if status in _STYLES else status
    return render.data(said, _STYLES.get(status or "", ""))


def _missed(row: Mapping[str, Any]) -> bool:
    if row["value"] is None:
        return False
    return row["value"] < row["target"] if row["direction"] == "higher" else row["value"] > row["target"]
