"""Expected figures: written and read, and what counts as different."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.moving.expected import Figure, differing, read_expected, write_expected
from quality.contract.mistakes import ContractError

HEAD = "metric,area,period,starts,value,status,reason_code\n"
ONE = Figure("pm25_mean", "1", "day", "2026-03-01", 11.5, "ok", "")
NONE = Figure("o3_mean", "1", "day", "2026-03-01", None, "absent", "not_due")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("expected") / "expected.csv"
    figures = [NONE, *(replace(ONE, area=f"구, {n}", value=value) for n, value in enumerate(values))]
    write_expected(path, figures)
    assert read_expected(path) == figures
    assert not list(differing(figures, read_expected(path)))


@pytest.mark.parametrize(
    ("got", "said"),
    [
        ([ONE, NONE], []),
        ([NONE, ONE], []),
        ([replace(ONE, value=11.5 * (1 + 1e-9)), NONE], []),
        ([replace(ONE, value=11.51), NONE], ["expected 11.5 (ok), got 11.51 (ok)"]),
        ([replace(ONE, status="proxy"), NONE], ["expected 11.5 (ok), got 11.5 (proxy)"]),
        ([NONE], ["expected 11.5 (ok), got no figure"]),
        ([ONE], ["expected absent (not_due), got no figure"]),
        ([ONE, replace(NONE, reason_code="closed")], ["expected absent (not_due), got absent (closed)"]),
        ([ONE, replace(NONE, value=0.0, status="ok", reason_code="")], ["expected absent (not_due), got 0.0 (ok)"]),
        ([ONE, NONE, replace(ONE, area="2")], ["area 2, day 2026-03-01: expected no figure, got 11.5 (ok)"]),
        ([ONE, NONE, replace(NONE, area="2")], []),
    ],
)
def test_what_differs(got: list[Figure], said: list[str]) -> None:
    found = [str(one) for one in differing([ONE, NONE], got)]
    assert len(found) == len(said)
    assert all(one.endswith(text) for one, text in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "other columns"),
        ("metric,area\n", "other columns"),
        (HEAD + "a,1,day,2026-03-01,1\n", "5 cells"),
        (HEAD + "a,1,day,2026-03-01,x,ok,\n", "'x' is no number"),
        (HEAD + "a,1,day,2026-03-01,1_5,ok,\n", "'1_5' is no number"),
        (HEAD + "a,1,day,2026-03-01,١,ok,\n", "is no number"),
        (HEAD + "a,1,day,2026-03-01,nan,ok,\n", "'nan' is no number"),
        (HEAD + "a,1,day,2026-03-01,,ok,\n", "the status is 'ok'"),
        (HEAD + "a,1,day,2026-03-01,1,absent,\n", "the status is 'absent'"),
        (HEAD + "a,1,day,2026-03-01,1,ok,\n" * 2, "twice"),
    ],
)
def test_files_that_say_nothing_clear(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "expected.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ContractError, match=part):
        read_expected(path)
