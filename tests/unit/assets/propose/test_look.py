"""Looking at deliveries of many kinds."""

from __future__ import annotations

from pathlib import Path

from assets.propose.look import look


def test_a_plain_table(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("날짜;값\n2026-01-01;1,5\n2026-01-02;2\n", encoding="cp949")
    (seen,) = look(file)
    assert seen.layout == {"delimiter": ";", "encodings": ["cp949"]}
    assert seen.rows.columns == ["날짜", "값"]
    assert seen.paths == ("a.csv",)
    assert seen.drop == tmp_path
