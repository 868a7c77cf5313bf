"""The attacker is asked each question once in a release: the same one is answered as it was."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from assets.disclosure.cells import FEW, FREE, SECONDARY, UNKNOWN, seen_as_now
from assets.disclosure.examined import examined
from assets.disclosure.pattern import leaks
from assets.disclosure.proved import Proved
from assets.disclosure.rules import DisclosureRules
from assets.tiers import deciding_figures
from assets.tiers.deciding_figures import AskedBlocks, found_beside
from tests.unit.assets.disclosure.made import people, sums_of, total

RULES = DisclosureRules()
CELLS, SUMS = people(2, 40, 70, 112), sums_of(total(3, 0, 1, 2))
HIDES = [FEW, SECONDARY, FREE, FREE]


class Attacker:
    """Counts what it is asked, of two hidden districts among three and of their city."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.questions = 0

        def counted(*args: Any, **more: Any) -> pl.DataFrame:
            self.questions += 1
            return leaks(*args, **more)

        patch.setattr(deciding_figures, "leaks", counted)
        known = examined(CELLS, SUMS, RULES)
        decided = known.judged.with_columns(conf_status=pl.Series(HIDES))
        self.blocks = AskedBlocks(CELLS["cell"], CELLS, SUMS, decided, known, [])

    def finds(self, *shown: int, older: dict[int, float] | None = None, silent: bool = False) -> list[tuple[int, str]]:
        visible = seen_as_now(CELLS.filter(pl.col("cell").is_in(shown)))
        if older:
            then = {"cell": list(older), "value": list(older.values()), "contributors": list(older.values())}
            row = pl.DataFrame(then).with_columns(version=pl.lit("open/1-1"))
            visible = pl.concat([visible, row.select(pl.col(n).cast(t) for n, t in visible.schema.items())])
        status = pl.when(pl.lit(silent), pl.col("cell") == 0).then(pl.lit(UNKNOWN)).otherwise("conf_status")
        one = self.blocks._replace(decided=self.blocks.decided.with_columns(conf_status=status))
        found = found_beside(one, visible, RULES, Proved()).rows()
        marks = one.decided.select("cell", "conf_status")
        assert (
            found == leaks(CELLS, SUMS, RULES, visible, marks=marks).rows()
        )  # nothing that was kept says another thing
        return found


def test_the_same_question_is_asked_once_and_any_other_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    attacker = Attacker(monkeypatch)
    assert attacker.finds(2, 3) == []
    assert attacker.finds(3, 2) == []  # in another order
    assert attacker.questions == 1
    assert attacker.finds(1, 2, 3) == [(0, "outsider")]
    assert attacker.questions == 2
    assert attacker.finds(1, 2, 3) == [(0, "outsider")]
    assert attacker.questions == 2


@pytest.mark.parametrize("other", [{"older": {2: 69.0}}, {"silent": True}])
def test_an_older_value_and_a_mark_that_says_nothing_make_another_question(
    monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    attacker = Attacker(monkeypatch)
    attacker.finds(2, 3)
    attacker.finds(2, 3, **other)
    assert attacker.questions == 2
    attacker.finds(2, 3, **other)
    assert attacker.questions == 2
