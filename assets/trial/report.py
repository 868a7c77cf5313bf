"""A trial as a file for whoever delivers the data: what to mend, line by line, in their language."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from assets.trial.result import HeldBack, Trial
from assets.trial.wording import SENTENCES, Wording, plain_number
from quality.text import normalised

KINDS = (".csv", ".html")
_GENERATOR = '<meta name="generator" content="madang feed try">'
_COLUMNS = ("file", "line", "column", "value", "rule", "sentence")
_FORMULA = "=+-@\t\r＝＋－＠"  # with these begins what a spreadsheet computes
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def report_bytes(trial: Trial, kind: str) -> bytes:
    """The report as a file of one of KINDS."""
    wording = Wording(SENTENCES.language_for(trial.language), trial.contract)
    return _csv(trial, wording) if kind == ".csv" else _html(trial, wording).encode("utf-8")


def is_report(content: bytes, kind: str) -> bool:
    """Whether a file that is there is a report of this kind, in any language: it may be written again."""
    text = content[:4096].decode("utf-8-sig", "replace")
    if kind == ".html":
        return _GENERATOR in text
    header = text.split("\r\n", 1)[0]
    return any(header == ",".join(_labels(language)) for language in SENTENCES.languages())


def _labels(language: str) -> list[str]:
    return [Wording.word(language, name) for name in _COLUMNS]


def _csv(trial: Trial, wording: Wording) -> bytes:
    """UTF-8 with BOM, as spreadsheets want it. No cell is computed by them."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_labels(wording.language))
    for cells in _rows(trial):
        rows.writerow([_harmless(cell) for cell in cells])
    for sentence in _notes(trial, wording):
        rows.writerow(["", "", "", "", "", _harmless(sentence)])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    text = _plain(cell)
    return f"'{text}" if text.lstrip(" ")[:1] in tuple(_FORMULA) else text


def _plain(text: str) -> str:
    """In one line, without signs that nobody sees: they turn the direction of writing."""
    return "".join(sign if sign.isprintable() else " " for sign in normalised(text))


def _rows(trial: Trial) -> Iterator[tuple[str, ...]]:
    for one in trial.held:
        yield (_file(one), _line(one), one.delivered_as or one.column or "", one.value or "", one.rule, one.sentence)


def _file(one: HeldBack) -> str:
    return f"{one.delivery} > {one.member}" if one.member else one.delivery


def _line(one: HeldBack) -> str:
    return "" if one.line is None else plain_number(one.line)


def _notes(trial: Trial, wording: Wording) -> Iterator[str]:
    """Files that could not be read, and rules of which not all is listed."""
    for delivery in trial.deliveries:
        if delivery.failure is not None:
            yield f"{delivery.name}: {wording.label('unreadable', reason=delivery.failure)}"
    listed = Counter(one.rule for one in trial.held)
    for rule, count in trial.held_counts.items():
        if count > listed[rule]:
            yield wording.label("limited", rule=rule, shown=plain_number(listed[rule]), all=plain_number(count))
    if not trial.held and trial.readable:
        yield wording.label("nothing")


def _html(trial: Trial, wording: Wording) -> str:
    """One file that needs no other, runs nothing, and asks nobody."""
    language = wording.language
    direction = "rtl" if language.split("-")[0] in _RIGHT_TO_LEFT else "ltr"
    title, feed = wording.label("title"), trial.contract.title.in_((language,))
    labels = _labels(language)
    head = "".join(f"<th>{escape(label)}</th>" for label in labels)
    rows = "\n".join(_html_row(cells, labels) for cells in _rows(trial))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>" if trial.held else ""
    notes = "\n".join(f'<p class="note" dir="auto">{escape(_plain(text))}</p>' for text in _notes(trial, wording))
    style = (Path(__file__).parent / "report.css").read_text("utf-8")
    return f"""<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
{_GENERATOR}
<title>{escape(_plain(f"{title}: {feed}"))}</title>
<style>
{style}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p class="feed" dir="auto">{escape(_plain(_about(trial, feed)))}</p>
<dl>
{_counts(trial, wording)}
</dl>
{notes}
{table}
</body>
</html>
"""


def _about(trial: Trial, feed: str) -> str:
    names = [delivery.name for delivery in trial.deliveries]
    more = f" + {len(names) - 3}" if len(names) > 3 else ""
    return f"{feed} · {', '.join(names[:3])}{more}"


def _counts(trial: Trial, wording: Wording) -> str:
    without_day = sum(one.rows_undated + one.rows_outside for one in trial.deliveries)
    values = [one for one in trial.held if one.what == "value"]
    of_values = sum(trial.held_counts[rule] for rule in {one.rule for one in values})
    numbers = {
        "rows_read": sum(one.rows_read for one in trial.deliveries),
        "rows_kept": sum(day.rows_kept for day in trial.days),
        "rows_held": sum(day.rows_held for day in trial.days) + without_day,
        "values_void": of_values,
        "days_open": len(trial.open_days),
        "days_closed": len(trial.closed_days),
    }
    return "\n".join(
        f"<div><dt>{escape(wording.label(name))}</dt><dd>{plain_number(count)}</dd></div>"
        for name, count in numbers.items()
    )


def _html_row(cells: Sequence[str], labels: Sequence[str]) -> str:
    shown = [
        f'<td class="{name}" data-label="{escape(label)}"><bdi>{escape(_plain(cell))}</bdi></td>'
        if cell
        else f'<td class="{name}"></td>'
        for name, label, cell in zip(_COLUMNS, labels, cells, strict=True)
    ]
    return f"<tr>{''.join(shown)}</tr>"
