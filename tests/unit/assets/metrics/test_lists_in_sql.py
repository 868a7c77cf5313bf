"""A parameter that is a list has its place after IN, and nowhere else."""

import pytest

from assets.metrics.sql import expression_of


def test_a_list_where_one_value_is_wanted_is_told_to_stand_after_in() -> None:
    # else what the parser of Polars writes of its own tokens is all that the author reads
    months = {"cold_season_months": [10, 11]}
    with pytest.raises(ValueError, match=r"^\{cold_season_months\} is a list, and one value is wanted; write `IN \{"):
        expression_of("kind = {cold_season_months}", months)
    assert expression_of("kind IN {cold_season_months}", months).meta.root_names() == ["kind"]
    with pytest.raises(ValueError, match="is no expression in SQL"):
        expression_of("kind IN {cold_season_months} +", months)
