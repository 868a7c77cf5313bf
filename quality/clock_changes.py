"""Local times that a change of clocks repeats or skips: rows with such a time in their key are kept aside and named.

Nobody can know which instant they are, and no row of theirs is wrong: they close no day.
"""

from __future__ import annotations

import polars as pl

from quality.contract.generated_rules import CLOCK_RULES
from quality.contract.model import Contract
from quality.row_rules import ORIGIN, RULE_COUNTS, SplitRows, no_values

_DECLARE = (
    "have the times delivered with an offset and declare a format with %z, or, if they are of a zone whose clocks do "
    "not change, declare that zone or offset as the `zone` of the column (`delivered_zone` in ODCS), such as UTC or "
    "+09:00"
)
SENTENCES = {
    name: f"{what}: {_DECLARE}"
    for name, what in (
        ("ambiguous-hour", "two readings are possible, as clocks are set back and this hour comes twice"),
        ("skipped-hour", "there is no such time, as clocks are set forward and leave this hour out"),
    )
}


def codes(contract: Contract) -> dict[str, str]:
    """The codes of these rules in a contract, and what is said of a row under each."""
    known = {rule.code for rule in contract.rules if rule.generated}
    wanted = {f"{contract.prefix}-{name}": SENTENCES[name] for name in CLOCK_RULES}
    return {code: sentence for code, sentence in wanted.items() if code in known}


def set_aside(
    contract: Contract, rows: pl.DataFrame, unreadable: pl.DataFrame | None
) -> tuple[pl.DataFrame, SplitRows | None]:
    """The rows without those whose key has such a time, and these as quarantined rows. `unreadable`: VALUES."""
    wanted = codes(contract)
    if unreadable is None or unreadable.is_empty() or not wanted:
        return rows, None
    of_key = unreadable.filter(pl.col("rule").is_in(list(wanted)), pl.col("column").is_in(list(contract.key)))
    if of_key.is_empty():
        return rows, None
    found = of_key.group_by(*ORIGIN, maintain_order=True).agg(
        pl.col("rule").unique(maintain_order=True).alias("_rules")
    )
    # Several rows can have one origin: the hours of a line, the same line of two files in an archive. Those that have
    # their time are not meant.
    rows = rows.join(found, on=list(ORIGIN), how="left", maintain_order="left")
    meant = pl.col("_rules").is_not_null() & pl.any_horizontal(pl.col(list(contract.key)).is_null())
    aside = rows.filter(meant)
    names = contract.schema.names()
    split = SplitRows(
        kept=rows.clear().select(names),
        quarantined=aside.select(*names, *ORIGIN, "_rules"),
        nullified=no_values(),
        flagged=aside.clear().select(*names, *ORIGIN, "_rules"),
        rule_counts=pl.DataFrame(schema=RULE_COUNTS),
        rows_by_day=aside["day"].value_counts(),
        errors={},
    )
    return rows.remove(meant).drop("_rules"), split
