"""The tables of a tier that have values of private feeds in them: each value by its mask, or not at all.

A masked value is as one that is absent: no value, no count, no sentence about its rows; `conf_status` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assets.metrics.measured import SAID_OF_VALUES
from assets.publication.latest import PERIOD_BEFORE
from assets.publication.metric_columns import METRIC_LATEST, METRIC_VALUE, STATUS_OF
from assets.tiers.masks import FREE, KEY, LICENCE_CODE, NOT_KNOWN, WITHHELD_CODE, hidden, withheld_sentence
from warehouse.published.connect import literal, quoted
from warehouse.published.spec import PublishedColumn, TableSpec

CONF_STATUS = PublishedColumn(
    "conf_status",
    "VARCHAR",
    "Whether the value may be seen (SDMX CONF_STATUS): F (free); A (of too few), C (one of few says most of it), D (it "
    "would give another one away) or N (not for this file, or of how many is not known). Null where there is none",
)
# Columns that stay inside: of which batch and run a value is, is asked there, and the names of batches follow from what
# is in them.
INSIDE = frozenset({"batch_ids", "run_id"})
WITHHELD = "((city, metric) IN (FROM withheld_metrics))"  # whether a row stays for the licence of its metric
_AREA_DAY = "mart.area_day"
_OF_ROW = ("city", "metric", "period", "period_start")
_SAME = " AND ".join(f"m.{name} = v.{name}" for name in KEY)


@dataclass(frozen=True)
class AllowedTable:
    """A table of a tier: the columns of the internal file that it has, those `more` that it has beside them, and the
    query for its rows; None of a view, which is made by `view`, or else as it is inside."""

    name: str
    columns: tuple[str, ...]
    rows: str | None
    more: tuple[PublishedColumn, ...] = ()
    view: str | None = None
    public: str | None = None  # the rows of public feeds of a table that has others, too; a condition may follow
    shared: bool = False  # whether `rows` of a metric are the same in each tier that may see it
    # the same rows in short: city, metric, period, period_start, whether it has a mask (`masked`) and `said`, a hash of
    # all else that decides about it. Rows of private metrics without a mask are among them.
    hashed: str | None = None
    by_day: bool = False  # whether it has rows of days, each with its day: those of earlier months change seldom


def values_table(source: str, of_cities: str) -> AllowedTable:
    """metric.value: of public feeds as it is inside, of private ones that the tier gets by their masks. Of the others
    it has no rows: metric.latest says that they are withheld, and two million rows that say no more took 3 s a tier."""
    hide = hidden()
    join = "JOIN masks m ON m._row = v._row"
    found = _masked(METRIC_VALUE, source, of_cities, hide, "allowed", join, {})
    names, of_row = ", ".join(map(quoted, found.columns)), ", ".join(_OF_ROW)
    # A masked row follows from the row inside and its mask: hashed so, it takes a third of what all columns of it took.
    # Public and private rows are hashed in one pass: in two, those of private metrics read all two million again.
    inside = (
        f"SELECT {of_row}, hash({names}) AS _inside, rowid AS _row FROM {source}.{METRIC_VALUE.sql} WHERE {of_cities}"
    )
    hashed = (
        f"SELECT v.* EXCLUDE (_inside, _row), m._row IS NOT NULL AS masked, hash(_inside, m.conf_status) AS said"
        f" FROM ({inside}) v LEFT {join}"
    )
    return replace(found, shared=True, hashed=hashed)


def latest_table(source: str, of_cities: str) -> AllowedTable:
    """metric.latest: the same, and the change since the period before where that may be seen, too."""
    before = " ".join(f"WHEN '{period}' THEN INTERVAL {length}" for period, length in PERIOD_BEFORE.items())
    earlier = " AND ".join(f"b.{name} = v.{name}" for name in KEY if name != "period_start")
    joins = (
        f"LEFT JOIN masks m ON {_SAME} LEFT JOIN masks b ON {earlier}"
        f" AND b.period_start = v.period_start - CASE v.period {before} END"
    )
    hide = hidden()
    changed = f"CASE WHEN v._hide OR v._before IS DISTINCT FROM '{FREE}' THEN NULL ELSE v.{{}} END"
    more = {name: changed.format(name) for name in ("previous", "change", "change_percent")}
    more["met"] = "CASE WHEN v._hide THEN NULL ELSE v.met END"
    # why there is no newer value is a text about the rows of the feed; for which day there is none is said
    more["reason"] = (
        f"CASE WHEN v._hide THEN {literal(withheld_sentence())} WHEN v.value IS NOT NULL"
        " THEN CASE WHEN v.status = 'stale' THEN CAST(TRY_CAST(left(v.reason, 10) AS DATE) AS VARCHAR) END"
        " ELSE v.reason END"
    )
    found = _masked(
        METRIC_LATEST, source, of_cities, hide, "private_metrics", joins, more, ", b.conf_status AS _before"
    )
    gone = {**_gone(LICENCE_CODE), **dict.fromkeys(("previous", "change", "change_percent", "met"), "NULL")}
    chosen = ", ".join(f"{gone.get(name, quoted(name))} AS {quoted(name)}" for name in found.columns)
    licensed = (
        f"SELECT {chosen}, '{NOT_KNOWN}' AS {CONF_STATUS.name} FROM {source}.{METRIC_LATEST.sql}"
        f" WHERE {of_cities} AND {WITHHELD}"
    )
    return replace(found, rows=f"{found.rows} UNION ALL BY NAME {licensed}")


def _masked(
    spec: TableSpec,
    source: str,
    of_cities: str,
    hide: str,
    among: str,
    joins: str,
    more: dict[str, str],
    extra: str = "",
) -> AllowedTable:
    """A table of values, with its rows of private metrics that are in the temporary table `among`."""
    names, gone = tuple(name for name in spec.names if name not in INSIDE), _gone(WITHHELD_CODE)
    # beside a value that is there a sentence could only be about its rows, but for what its network is worth
    worth = ", ".join(map(literal, SAID_OF_VALUES))
    texts: dict[str, str] = dict.fromkeys(
        ("reason", "reason_code", "reason_gaps"),
        f" WHEN v.value IS NOT NULL AND coalesce(v.reason_code NOT IN ({worth}), true) THEN NULL",
    )
    of_value = {
        name: f"CASE WHEN v._hide THEN {text}{texts.get(name, '')} ELSE v.{quoted(name)} END"
        for name, text in gone.items()
    }
    of_value |= more
    chosen = ", ".join(f"{of_value.get(name, f'v.{quoted(name)}')} AS {quoted(name)}" for name in names)
    status = f"CASE WHEN v.value IS NOT NULL THEN v._conf WHEN v._hide THEN '{NOT_KNOWN}' END AS {CONF_STATUS.name}"
    free = f"CASE WHEN value IS NOT NULL THEN '{FREE}' END AS {CONF_STATUS.name}"
    table = f"{source}.{spec.sql}"
    # public rows first and as they lie inside: the join of all rows with the masks would take three times as long
    public = (
        f"SELECT {', '.join(map(quoted, names))}, {free} FROM {table}"
        f" WHERE {of_cities} AND (city, metric) NOT IN (FROM private_metrics)"
    )
    own = f"{of_cities} AND NOT {WITHHELD}"
    private = f"(SELECT *, rowid AS _row FROM {table} SEMI JOIN {among} USING (city, metric) WHERE {own}) v"
    conf = f"coalesce(m.conf_status, '{NOT_KNOWN}') AS _conf"
    judged = f"(SELECT v.*, {conf}, {hide} AS _hide{extra} FROM {private} {joins}) v"
    return AllowedTable(str(spec), names, f"SELECT {chosen}, {status} FROM {judged}", (CONF_STATUS,), None, public)


def _gone(code: str) -> dict[str, str]:
    """What a value that a tier may not have has in its columns: nothing, and the reason."""
    gone = dict.fromkeys(("value", "n", "expected", "completeness", "quality", "method", "target_source"), "NULL")
    # when it was first published as it is says on which day somebody came to a neighbourhood of one or two, or left it
    return gone | {
        "published_at": "NULL",
        "status": "'absent'",
        "reason": literal(withheld_sentence(code)),
        "reason_code": literal(code),
        "reason_gaps": "[]::VARCHAR[]",
        "notation": "'C'",
    }


def area_day_view(metrics: Sequence[str]) -> AllowedTable:
    """mart.area_day as a view over metric.value, which has the masks: written out it took a third of a tier's work."""
    names = ("city", "area", "area_level", "day", *(c for m in metrics for c in (m, STATUS_OF.format(m))))
    columns = [
        f"max({column}) FILTER (metric = {literal(metric)}) AS {quoted(name.format(metric))}"
        for metric in metrics
        for column, name in (("value", "{}"), ("status", STATUS_OF))
    ]
    query = (
        f"CREATE VIEW {_AREA_DAY} AS SELECT city, area, area_level, period_start AS day, {', '.join(columns)}"
        f" FROM {METRIC_VALUE.sql} WHERE period = 'day' GROUP BY city, area, area_level, period_start"
    )
    return AllowedTable(_AREA_DAY, names, None, view=query)
