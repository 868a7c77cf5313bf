"""Where the rows of a contract are for other tools: a table of the published file, and how it differs from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quality.contract.columns import DAY
from quality.odcs.sql import name_in_sql


@dataclass(frozen=True)
class PublishedPlace:
    """A table of the published file `database`.

    `city`: whose rows it has; None where it has those of all cities, which a column `city` tells apart. `renamed`: a
    column of the contract to the one that it is there. `absent`: columns that are not there. `of_layer`: the rows are
    those of all tables of the layer, with one more row for each value that is absent.
    """

    database: str
    schema: str
    table: str
    city: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    of_layer: bool = False

    @property
    def sql(self) -> str:
        """The table as SQL names it."""
        return f"{name_in_sql(self.schema)}.{name_in_sql(self.table)}"

    @property
    def rows(self) -> str:
        """What SQL selects from to have the columns of the contract under their names."""
        more = [f"{name_in_sql(there)} AS {name_in_sql(name)}" for name, there in self.renamed.items()]
        return f"(SELECT *, {', '.join(more)} FROM {self.sql})" if more else self.sql

    @property
    def batch_key(self) -> tuple[str, ...]:
        """The columns that tell the batches apart: the day, and the city where the table has several."""
        return (DAY,) if self.city is not None else ("city", DAY)
