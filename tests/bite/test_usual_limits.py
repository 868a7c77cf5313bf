"""The limits that a feed's file has for its usual rows and missing values bite, at the limits and just beyond them.

The figures are typed in, and judged as a night judges them: how they come about is tested in tests/silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import duckdb
import pytest

from quality import suite
from quality.contract.feed_file import FeedFile
from quality.contract.generated_rules import NULLS_ABOVE_USUAL, ROWS_RATIO, NullsAsUsual, RowsAsUsual
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.contract.yaml_file import read_yaml
from quality.gx_duckdb.evaluate import evaluate
from tests.support.paths import SEOUL
from tests.worlds.good_days import FEEDS, contracts

CONTRACTS = contracts()
FILES = {
    path.stem if SEOUL in path.parents else f"{path.parents[1].name}/{path.stem}": FeedFile(**read_yaml(path))
    for path in FEEDS
    if not path.name.endswith(".odcs.yaml")
}
STEP = 0.001


class Limits(NamedTuple):
    """Of a figure: what is as usual, and what is not any more."""

    least: float | None
    most: float | None
    severity: str

    @property
    def good(self) -> list[float]:
        return [limit for limit in (self.least, 1.0 if self.least is not None else 0.0, self.most) if limit is not None]

    @property
    def bad(self) -> list[float]:
        beyond = [] if self.least is None else [self.least - STEP]
        return beyond if self.most is None else [*beyond, self.most + STEP]


def wanted(feed: FeedFile) -> Iterator[tuple[str, Limits]]:
    """Figure and limits of a feed, from its file."""
    grows = feed.reference_since is not None and feed.rows_as_usual is None
    rows = feed.rows_as_usual or RowsAsUsual(reason="default", **({"most": None} if grows else {}))
    yield ROWS_RATIO, Limits(rows.least, rows.most, rows.severity)
    nulls = feed.nulls_as_usual or NullsAsUsual(reason="default")
    yield NULLS_ABOVE_USUAL, Limits(None, nulls.above, nulls.severity)


def rules_of(contract: Contract, figure: str) -> list[Rule]:
    return [rule for rule in contract.rules if rule.generated and rule.scope == "day" and rule.column == figure]


def broken(contract: Contract, rule: Rule, figures: list[float]) -> int:
    """How many of these days break the rule."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE {suite.PROFILE} (day DATE, {rule.column} DOUBLE)")
        for number, figure in enumerate(figures):
            con.execute(f"INSERT INTO {suite.PROFILE} VALUES (DATE '2020-05-04' + {number}, ?)", [figure])
        (result,) = evaluate(con, suite.checks(contract.model_copy(update={"rules": (rule,)})))
    assert result.error is None
    return result.unexpected_count or 0


def what_is_judged(name: str) -> str:
    """The rules of usual days of a feed, whatever their codes."""
    rules = [rule for figure, _ in wanted(FILES[name]) for rule in rules_of(CONTRACTS[name], figure)]
    return f"{[rule.model_dump(exclude={'code', 'title'}) for rule in rules]}"


# What packs say in the same words is more of the same.
FIRSTS = {what_is_judged(name): name for name in sorted(FILES, key=lambda name: "/" not in name)}.values()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in FIRSTS or "/" not in name else pytest.mark.weekly) for name in FILES],
)
def test_the_limits_of_a_feed_bite(name: str) -> None:
    for figure, limits in wanted(FILES[name]):
        for rule in rules_of(CONTRACTS[name], figure):
            assert rule.severity == limits.severity
            assert broken(CONTRACTS[name], rule, [*limits.good, *limits.bad]) == len(limits.bad), rule.code


def test_feeds_with_limits_of_their_own_have_the_rule() -> None:
    own = {name for name, feed in FILES.items() if feed.rows_as_usual is not None}
    assert own >= {"water_supply", "air_hourly"}
    assert [name for name in own if len(rules_of(CONTRACTS[name], ROWS_RATIO)) != 1] == []
    water = CONTRACTS["water_supply"]
    (rule,) = rules_of(water, ROWS_RATIO)
    assert [broken(water, rule, [ratio]) for ratio in (0.899, 0.9, 1.1, 1.101)] == [1, 0, 0, 1]
