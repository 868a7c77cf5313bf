"""Golden values of all metrics of the platform: tests/golden/<subject>.yaml, worked out by hand."""

import pytest

from assets.metrics.entries import platform_entries
from tests.support.golden import golden_cases, what_comes

CASES = [(metric, case) for metric, cases in golden_cases().items() for case in cases]


@pytest.mark.parametrize(("metric", "case"), CASES, ids=[f"{metric}-{case.says}" for metric, case in CASES])
def test_what_comes_of_small_rows_is_what_was_worked_out_by_hand(metric, case):
    found = what_comes(metric, case)
    wanted = {
        area: said if isinstance(said, str) else pytest.approx(said, rel=5e-4, abs=1e-9)
        for area, said in case.gives.items()
    }
    assert found == wanted


def test_every_entry_has_a_golden_value():
    lacking = sorted(
        f"{named.subject}.yaml: {name}" for name, named in platform_entries().items() if name not in golden_cases()
    )
    assert not lacking, (
        "write into tests/golden/<subject>.yaml of each, as the head of tests/golden/air_quality.yaml says, "
        f"`<metric>: {{rows: [...], gives: ...}}`: {lacking}"
    )
