"""Views over the tables of metrics: values with names beside them, and reasons in the languages of the cities."""

from __future__ import annotations

from collections.abc import Iterable

from assets.metrics import reasons
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_REASON, METRIC_VALUE, subject_table
from assets.publication.reference_columns import MART_AREA, MART_TEXT
from assets.publication.texts import COUNTED, REASON
from warehouse.published.connect import literal
from warehouse.published.unions import QueryView


def subject_views(subjects: Iterable[str]) -> list[QueryView]:
    """metric.<subject> for each of these: the values of its metrics with the names of metrics and areas."""
    return [QueryView(subject_table(subject), _of_subject(subject)) for subject in sorted(set(subjects))]


def reason_view() -> QueryView:
    """metric.reason: the sentence of each value that has a reason, in every language, made from mart.text when asked.

    DuckDB's format fills the gaps. A word for what is counted is said in the language, too.
    """
    gaps = max(len(reason.gaps) for reason in reasons.REASONS.values())
    words = reasons.word_gaps()
    filled = ", ".join(
        f"coalesce({f'w{gap}.text, ' if gap in words else ''}v.reason_gaps[{gap + 1}], '-')" for gap in range(gaps)
    )
    joins = " ".join(
        f"LEFT JOIN {MART_TEXT.sql} w{gap} ON w{gap}.city = v.city AND w{gap}.kind = {literal(COUNTED)}"
        f" AND w{gap}.language = t.language AND w{gap}.key = v.reason_gaps[{gap + 1}]"
        f" AND v.reason_code IN ({', '.join(literal(code) for code in codes)})"
        for gap, codes in words.items()
    )
    return QueryView(
        METRIC_REASON,
        "SELECT v.city, v.area, v.metric, v.period, v.period_start, t.language,"
        f" format(t.text, {filled}) AS text FROM {METRIC_VALUE.sql} v JOIN {MART_TEXT.sql} t"
        f" ON t.city = v.city AND t.kind = {literal(REASON)} AND t.key = v.reason_code {joins}",
    )


def _of_subject(subject: str) -> str:
    return (
        "SELECT v.*, a.name AS area_name, d.title, d.direction"
        f" FROM {METRIC_VALUE.sql} v JOIN {METRIC_DEFINITION.sql} d ON d.city = v.city AND d.metric = v.metric"
        f" LEFT JOIN {MART_AREA.sql} a ON a.city = v.city AND a.area = v.area WHERE d.subject = {literal(subject)}"
    )
