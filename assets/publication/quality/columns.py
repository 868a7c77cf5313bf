"""The tables of what the gates found: each judged table by day, what broke, deliveries, corrections, and the way of a
value. No column holds a row of data, a text that somebody delivered, or a text of an error.
"""

from __future__ import annotations

from warehouse.published.spec import PublishedColumn, TableSpec

SCHEMA = "quality"
_CITY = PublishedColumn("city", "VARCHAR", "City pack", key=True)
_LAYER = PublishedColumn("layer", "VARCHAR", "core (a feed), mart or metric", key=True)
_TABLE = PublishedColumn("table_name", "VARCHAR", "Feed, mart or table of metrics, see quality.judged", key=True)
_DAY = PublishedColumn("day", "DATE", "Day of the rows, or first day of their period", key=True)
_ROWS = (
    PublishedColumn("rows_read", "BIGINT", "Rows that came in; the sum of the other five"),
    PublishedColumn("rows_kept", "BIGINT", "Rows that were kept"),
    PublishedColumn("rows_held", "BIGINT", "Rows set aside, as they break a rule"),
    PublishedColumn("rows_replaced", "BIGINT", "Rows whose key came again later"),
    PublishedColumn("rows_repeated", "BIGINT", "Rows that are the same line again in one delivery"),
    PublishedColumn("rows_contradicted", "BIGINT", "Rows of a key that the same delivery has with other values"),
)
JUDGED = TableSpec(
    SCHEMA,
    "judged",
    "Every table that a gate judges: feeds, marts, and the tables that metrics of a subject are computed in",
    (
        _CITY,
        _LAYER,
        PublishedColumn("table_name", "VARCHAR", "Feed, mart or table of metrics", key=True),
        PublishedColumn("title", "VARCHAR", "Title in English, or as its pack is written"),
        PublishedColumn("is_private", "BOOLEAN", "It is a private feed, or something is made of one in it"),
        PublishedColumn("made_from", "VARCHAR[]", "Tables that it is made from; none: it is delivered"),
        PublishedColumn("metrics", "VARCHAR[]", "Metrics whose values are computed in it"),
    ),
)
RULE = TableSpec(
    SCHEMA,
    "rule",
    "The rules of each table, as they were evaluated last, and on how many days they were broken",
    (
        _CITY,
        _LAYER,
        _TABLE,
        PublishedColumn("rule", "VARCHAR", "Code of the rule", key=True),
        PublishedColumn("title", "VARCHAR", "The rule in words"),
        PublishedColumn("severity", "VARCHAR", "critical (closes the gate), warning (is shown) or info (is recorded)"),
        PublishedColumn("tolerance", "DOUBLE", "Share of rows that may break it"),
        PublishedColumn("days", "BIGINT", "Days on which it was evaluated"),
        PublishedColumn("days_broken", "BIGINT", "Days on which it was broken; quality.finding has them"),
        PublishedColumn("first_day", "DATE", "First of these days"),
        PublishedColumn("last_day", "DATE", "Last of these days"),
    ),
)
DAY = TableSpec(
    SCHEMA,
    "day",
    "What became of each table on each day, as it was judged last. Of a private feed the outcome alone, outside",
    (
        _CITY,
        _LAYER,
        _TABLE,
        _DAY,
        PublishedColumn("is_private", "BOOLEAN", "See quality.judged"),
        PublishedColumn(
            "outcome",
            "VARCHAR",
            "passed; warning (is there, and a rule was broken); held (the gate closed: rows of an earlier batch stay, "
            "or there are none)",
        ),
        PublishedColumn("reason", "VARCHAR", "Which rules were broken, in English; null where all passed"),
        PublishedColumn("batch_id", "VARCHAR", "Batch that was judged, see quality.batch"),
        *_ROWS,
        PublishedColumn("rules", "BIGINT", "Rules that were evaluated"),
        PublishedColumn("rules_broken", "BIGINT", "Those that were broken, or could not be evaluated"),
        PublishedColumn("judged_at", "TIMESTAMP", "When, UTC"),
    ),
)
FINDING = TableSpec(
    SCHEMA,
    "finding",
    "The rules that did not pass, of the batches in quality.day; all other rules of quality.rule passed",
    (
        _CITY,
        _LAYER,
        _TABLE,
        _DAY,
        PublishedColumn("rule", "VARCHAR", "Code of the rule, see quality.rule", key=True),
        PublishedColumn("title", "VARCHAR", "The rule in words, as it was then"),
        PublishedColumn("severity", "VARCHAR", "critical, warning or info, as it was then"),
        PublishedColumn("status", "VARCHAR", "fail, or error (could not be evaluated, which closes the gate)"),
        PublishedColumn("evaluated", "BIGINT", "Rows that it was evaluated on; null of a rule about the whole day"),
        PublishedColumn("unexpected", "BIGINT", "Rows that break it"),
        PublishedColumn("tolerance", "DOUBLE", "Share of rows that may break it"),
        PublishedColumn("figure", "VARCHAR", "Figure of the day that was looked at, such as rows_ratio"),
        PublishedColumn("observed", "DOUBLE", "What it was"),
        PublishedColumn("sentence", "VARCHAR", "The finding in words, in English"),
        PublishedColumn("batch_id", "VARCHAR", "Batch, see quality.batch"),
    ),
)
SET_ASIDE = TableSpec(
    SCHEMA,
    "set_aside",
    "How many rows and values each rule of a feed took out of a day. A row that breaks several rules counts for each",
    (
        _CITY,
        _LAYER,
        _TABLE,
        _DAY,
        PublishedColumn("rule", "VARCHAR", "Code of the rule, see quality.rule", key=True),
        PublishedColumn(
            "scope",
            "VARCHAR",
            "row (the whole row was set aside) or cell (one value was taken out, the row stays)",
            key=True,
        ),
        PublishedColumn("n", "BIGINT", "How many"),
        PublishedColumn("batch_id", "VARCHAR", "Batch, see quality.batch"),
    ),
)
BATCH = TableSpec(
    SCHEMA,
    "batch",
    "Every batch, and what it was made from: the way back from a value to the deliveries",
    (
        PublishedColumn("batch_id", "VARCHAR", "Batch: same input, same id", key=True),
        *(PublishedColumn(one.name, one.dtype, one.comment) for one in (_CITY, _LAYER, _TABLE, _DAY)),
        PublishedColumn("state", "VARCHAR", "committed (is, or was, what is read) or held"),
        *_ROWS,
        PublishedColumn("input_batches", "VARCHAR[]", "Batches that it was made from"),
        PublishedColumn(
            "input_deliveries", "VARCHAR[]", "SHA-256 of the deliveries that it was made from; the last one counts"
        ),
        PublishedColumn("made_at", "TIMESTAMP", "When, UTC"),
    ),
)
DELIVERY = TableSpec(
    SCHEMA,
    "delivery",
    "Every delivery that was read, under the hash of its bytes",
    (
        _CITY,
        PublishedColumn("feed", "VARCHAR", "Feed, see mart.feed", key=True),
        PublishedColumn("sha256", "VARCHAR", "SHA-256 of the bytes as received", key=True),
        PublishedColumn("source", "VARCHAR", "live (a service was asked), files or simulated"),
        PublishedColumn(
            "file_name", "VARCHAR", "Name of the file, without folders; null of a service, and of unusual names"
        ),
        PublishedColumn("size_bytes", "BIGINT", "Bytes as received"),
        PublishedColumn("asked_at", "TIMESTAMP", "When the service was asked, UTC; null of a file"),
        PublishedColumn("modified_at", "TIMESTAMP", "Last change of the file, UTC; null of a service"),
        PublishedColumn("delivered_at", "TIMESTAMP", "When it was first taken in, UTC"),
        PublishedColumn("rows_read", "BIGINT", "Rows in it"),
        PublishedColumn("first_day", "DATE", "First day that it has rows for"),
        PublishedColumn("last_day", "DATE", "Last day that it has rows for"),
    ),
)
CORRECTION = TableSpec(
    SCHEMA,
    "correction",
    "Every value that was another one after it had been published. A value that came late is none",
    (
        _CITY,
        PublishedColumn("area", "VARCHAR", "Area code, see mart.area", key=True),
        PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition", key=True),
        PublishedColumn("period", "VARCHAR", "As in metric.value", key=True),
        PublishedColumn("period_start", "DATE", "First day of the period", key=True),
        PublishedColumn("version", "BIGINT", "Publication that brought the new value", key=True),
        PublishedColumn("value_before", "DOUBLE", "What was published before"),
        PublishedColumn("value", "DOUBLE", "What took its place; null where there is none since"),
        PublishedColumn("published_before", "TIMESTAMP", "When the value before was published, UTC"),
        PublishedColumn("corrected_at", "TIMESTAMP", "When the new one was, UTC"),
        PublishedColumn("batches_before", "VARCHAR[]", "Batches that the value before was computed from"),
        PublishedColumn("batches", "VARCHAR[]", "Batches that the new one was computed from, see quality.batch"),
    ),
)
WAY = TableSpec(
    SCHEMA,
    "way",
    "What the values of a metric and period rest on. quality.batch has these batches, and, under the table of the "
    "metric (quality.judged) and the day, the one in which the values were computed",
    (
        _CITY,
        PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition", key=True),
        PublishedColumn("period", "VARCHAR", "As in metric.value", key=True),
        PublishedColumn("period_start", "DATE", "First day of the period", key=True),
        PublishedColumn("batches", "VARCHAR[]", "Batches that they were computed from"),
    ),
)
