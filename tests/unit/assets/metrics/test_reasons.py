"""Every reason has a sentence in every language, with the same gaps, and says in English what it always said."""

from __future__ import annotations

import string

import duckdb
import polars as pl
import pytest

from assets.metrics.measured import REASON
from assets.metrics.reasons import REASONS, SENTENCES, in_english, notation, numbered, too_few, why
from quality.language_tags import language_tag

LANGUAGES = ["en", "fil", "id", "kk", "ko", "mn", "ms", "ru", "th", "vi", "zh-Hans", "zh-Hant"]


def test_there_is_every_language_of_the_cities() -> None:
    assert SENTENCES.languages() == LANGUAGES
    assert [language_tag(language) for language in LANGUAGES] == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_with_its_gaps(language: str) -> None:
    says = SENTENCES.part(language, "sentences")
    assert list(says) == list(REASONS)
    for code, sentence in says.items():
        fields = [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]
        assert sorted(fields) == sorted(REASONS[code].gaps), code
    english = SENTENCES.part("en", "sentences")
    assert language == "en" or not [code for code in says if says[code] == english[code]]


def said(reason: pl.Expr, frame: pl.DataFrame | None = None) -> list[str | None]:
    frame = (pl.DataFrame({"one": [1]}) if frame is None else frame).select(why=reason)
    assert frame.schema["why"] == REASON
    field = pl.col("why").struct.field
    return frame.select(in_english(field("code"), field("gaps"))).to_series().to_list()


def test_a_sentence_says_what_stands_in_its_gaps() -> None:
    assert said(why("not_delivered_yet", feed="air_daily", days=2)) == [
        "no delivery of air_daily covers this day (it comes 2 days late)"
    ]
    assert said(why("no_number")) == ["the formula gives no number for what was measured"]
    assert said(why("gate_closed", table="{0}", verdict="BLOCK", details="{details}")) == [
        "gate of {0} closed, BLOCK: {details}"
    ]
    rows = pl.DataFrame({"of": ["stations", "bananas", "people"], "there": [18.0, 0.0, 2.4], "all": [25, 1, 3]})
    parts = too_few(pl.col("of"), pl.col("there"), pl.col("all"), pl.lit(0.75))
    assert said(parts, rows) == [
        "18 of 25 stations are valid (needs 75 %)",
        "0 of 1 parts are valid (needs 75 %)",
        "2 of 3 people live where it is valid (needs 75 %)",
    ]
    none = pl.DataFrame({"code": [None]}, schema={"code": pl.String})
    assert none.select(in_english(pl.col("code"), pl.lit(None, pl.List(pl.String)))).item() is None


def test_a_reason_with_other_gaps_than_its_own_is_a_mistake_of_the_code() -> None:
    with pytest.raises(ValueError, match="not_delivered has the gaps feed, not none"):
        why("not_delivered")
    with pytest.raises(KeyError):
        why("because")


def test_only_what_does_not_occur_or_is_confidential_has_another_key_than_not_estimated() -> None:
    codes = pl.DataFrame({"code": [*REASONS, None]})
    keys = dict(codes.with_columns(key=notation(pl.col("code"))).iter_rows())
    assert {code: key for code, key in keys.items() if key != "NE"} == {
        "out_of_season": "NO",
        "too_small": "C",
        None: None,
    }


def test_sql_fills_the_gaps_of_every_sentence_as_we_do() -> None:
    for code, template in numbered("en").items():
        gaps = [f"<{name} {{}}>" for name in REASONS[code].gaps]
        filled = ", ".join("?" for _ in gaps)
        sql = f"SELECT format(?{', ' if gaps else ''}{filled}, 'further', 'ones')"
        row = duckdb.execute(sql, [template, *gaps]).fetchone()
        assert row == tuple(said(why(code, **dict(zip(REASONS[code].gaps, gaps, strict=True)))))
