"""What becomes of values whose network is off its witness: they say so, or are absent with that reason.

Whether a network is off is not known here: that is `mart.network_agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.afterwards import KEYS
from assets.metrics.measured import REASON, stands

# area, day, blocks, said: of each area that could be judged, whether its values stand, and what is said of them (null:
# nothing). The whole city's holds for areas that could not
VERDICTS = pl.Schema({"area": pl.String, "day": pl.Date, "blocks": pl.Boolean, "said": REASON})


def held_against(rows: pl.DataFrame, verdicts: Sequence[pl.DataFrame], city: str) -> pl.DataFrame:
    """One metric in MEASURED with what its witness says, and others (each VERDICTS; the last goes before): a value that
    stood has a remark, or a reason not to stand. city: the area that is the whole."""
    for said in verdicts:
        rows = rows if said.is_empty() else _held(rows, said, city)
    return rows


def _held(rows: pl.DataFrame, verdicts: pl.DataFrame, city: str) -> pl.DataFrame:
    whole = verdicts.filter(pl.col("area") == city).select("day", _blocks_all="blocks", _of_all="said")
    judged = verdicts.select("area", "day", _judged=pl.lit(value=True), _blocks="blocks", _said="said")
    known = rows.join(judged, on=["area", "day"], how="left", maintain_order="left").join(
        whole, on="day", how="left", maintain_order="left"
    )
    own = pl.col("_judged").is_not_null()
    blocks = pl.when(own).then("_blocks").otherwise("_blocks_all").fill_null(value=False)
    said = pl.when(own).then("_said").otherwise("_of_all")
    blocked = stands() & blocks
    return known.with_columns(
        why=pl.when(blocked).then(said).otherwise("why"),
        remark=pl.when(stands() & ~blocks).then(pl.coalesce(said, "remark")).when(~blocked).then("remark"),
    ).select(rows.columns)


def remarks_of_parts(rows: pl.DataFrame, entry: Entry, parts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A metric that is made of others, with the first remark of those that it is made of, of the same area and time; of
    a mean over the areas of a level, of the first of these that has one."""
    said = pl.concat(
        [
            pl.DataFrame(schema={**{key: rows.schema[key] for key in KEYS}, "remark": REASON}),
            *(
                parts[name].filter(stands() & pl.col("remark").is_not_null()).select(*KEYS, "remark")
                for name in entry.made_of
                if name in parts
            ),
        ]
    )
    if said.is_empty():
        return rows
    over = entry.derived is not None and entry.derived.weighted_mean is not None
    keys = [key for key in KEYS if not over or key not in ("area", "area_level")]
    first = said.unique(keys, keep="first", maintain_order=True).select(*keys, _remark="remark")
    found = rows.join(first, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(remark=pl.coalesce("remark", "_remark")).select(rows.columns)
