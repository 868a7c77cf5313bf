"""Conditions of entries, taken apart."""

import polars as pl
import pytest

from assets.metrics.conditions import conjuncts, holds_of


@pytest.mark.parametrize(
    ("where", "parts"),
    [
        ("", []),
        ("a = 1", ["a = 1"]),
        ("a = 1 and (b = 2 OR c = 3) AND d = 'x AND y'", ["a = 1", "(b = 2 OR c = 3)", "d = 'x AND y'"]),
        ("a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 AND 4 AND c", ["a BETWEEN 1 AND 2", "b NOT BETWEEN 3 AND 4", "c"]),
        ("a = 1 AND b = 2 OR c = 3", ["a = 1 AND b = 2 OR c = 3"]),
        ('landed = 1 AND "or" = 2', ["landed = 1", '"or" = 2']),
    ],
)
def test_what_has_to_hold_all(where, parts):
    assert [" ".join(part.split()) for part in conjuncts(where)] == parts


@pytest.mark.parametrize(
    ("part", "holds"),
    [
        ("a = 'x'", True),
        ("a <> 'x'", False),
        ("b = 'x'", False),
        ("COALESCE(b, a) = {wanted}", True),
        ("a IN {several}", False),
        ("a = {unknown}", True),
    ],
)
def test_what_holds_of_every_reading(part, holds):
    types = {"a": pl.String(), "b": pl.String()}
    assert holds_of(part, {"a": "x", "b": None}, types, {"wanted": "x", "several": ["y", "z"]}) is holds


def test_a_question_with_another_parameter_value_or_type_is_another_question():
    text, number = {"a": pl.String()}, {"a": pl.Int64()}
    assert holds_of("a = {wanted}", {"a": "x"}, text, {"wanted": "x", "other": ["y"]})
    assert not holds_of("a = {wanted}", {"a": "x"}, text, {"wanted": "y"})
    assert not holds_of("a = {wanted}", {"a": "y"}, text, {"wanted": "x"})
    assert not holds_of("a = {wanted}", {"a": None}, text, {"wanted": "x"})
    assert holds_of("a = {wanted}", {"a": 1}, number, {"wanted": 1})
    assert not holds_of("a = {wanted}", {"a": 1}, number, {"wanted": "1"})
