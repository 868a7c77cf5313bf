"""What models watch, and the numbers of flags and rules."""

import pytest
from pydantic import ValidationError

from assets.watch.apart import Apart
from assets.watch.flags import QcFlag, QcRule
from assets.watch.watched import watch_of, watched_columns
from quality.contract.models import ModelColumn


def test_one_name_means_one_quantity():
    names = [column for columns in watched_columns().values() for column in columns]
    assert len(names) == len(set(names))
    assert {"pm25", "pm10", "temperature", "laeq"} <= set(names)
    assert watch_of("pm25") == watched_columns()["air_quality"]["pm25"]
    assert Apart.of(watch_of("pm25")) == Apart("ratio", 0.3, 5.0)
    assert Apart.of(watch_of("temperature")).scale == "difference"


def test_numbers_alone_are_watched():
    said = {"meaning": "m", "null": "n", "watch": {"units": 1}}
    assert ModelColumn.model_validate(said | {"type": "number", "unit": "m"}).watch is not None
    for other in ({"type": "string"}, {"type": "integer", "unit": "1"}):
        with pytest.raises(ValidationError, match="`watch` is of columns of `type: number`"):
            ModelColumn.model_validate(said | other)


def test_flags_are_those_of_qartod_and_a_rule_is_a_bit():
    assert [int(one) for one in QcFlag] == [1, 2, 3, 4, 9]
    assert [int(one) for one in QcRule] == [1, 2, 4, 8, 16, 32, 64, 256]
    assert QcRule(32 + 64) == QcRule.NEIGHBOURS | QcRule.CORRELATION
