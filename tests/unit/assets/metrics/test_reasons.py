"""Every reason has a sentence in every language, with the same gaps, and says in English what it always said."""

from __future__ import annotations

import string

import duckdb
import polars as pl
import pytest

from assets.metrics.entries import platform_metrics
from assets.metrics.measured import MEASURED, REASON, REASON_CODES, lack, reason
from assets.metrics.reasons import REASONS, SENTENCES, in_english, notation, numbered, word_gaps
from quality.language_tags import language_tag

LANGUAGES = ["en", "fil", "id", "kk", "ko", "mn", "ms", "ru", "th", "vi", "zh-Hans", "zh-Hant"]
NOT_SAID = {"too_few_people": {"counted"}}  # gaps that a sentence needs no word for


def test_there_is_every_language_of_the_cities() -> None:
    assert SENTENCES.languages() == LANGUAGES
    assert [language_tag(language) for language in LANGUAGES] == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_with_its_gaps(language: str) -> None:
    says = SENTENCES.part(language, "sentences")
    assert list(says) == list(REASONS)
    for code, sentence in says.items():
        fields = [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]
        assert sorted(fields) == sorted({*REASONS[code].gaps} - NOT_SAID.get(code, set())), code
    english = SENTENCES.part("en", "sentences")
    assert language == "en" or not [code for code in says if says[code] == english[code]]
    assert list(SENTENCES.part(language, "counted")) == list(SENTENCES.part("en", "counted"))


THIS_PERIOD = {
    "en": "in this period",
    "fil": "sa panahong ito",
    "id": "dalam periode ini",
    "kk": "осы кезеңде",
    "ko": "이 기간에",
    "mn": "энэ хугацаанд",
    "ms": "dalam tempoh ini",
    "ru": "этот период",
    "th": "ในช่วงนี้",
    "vi": "trong kỳ này",
    "zh-Hans": "本期间",
    "zh-Hant": "本期間",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_area_without_anything_in_a_month_is_not_said_to_have_nothing_on_a_day(language: str) -> None:
    """Rows of months, quarters and years said "on this day"."""
    assert THIS_PERIOD[language] in SENTENCES.part(language, "sentences")["nothing_for_area"]


def test_every_reason_that_is_made_while_a_metric_is_computed_has_its_sentence() -> None:
    assert set(REASON_CODES) <= REASONS.keys()


def test_there_is_a_word_in_every_language_for_what_metrics_count() -> None:
    assert {metric.counts for metric in platform_metrics().values()} <= SENTENCES.part("en", "counted").keys()


def said(reasons: pl.Expr, frame: pl.DataFrame | None = None) -> list[str | None]:
    frame = (pl.DataFrame({"one": [1]}) if frame is None else frame).select(why=reasons)
    assert frame.schema["why"] == REASON
    field = pl.col("why").struct.field
    return frame.select(in_english(field("code"), field("gaps"))).to_series().to_list()


def test_a_sentence_says_what_stands_in_its_gaps() -> None:
    assert said(reason("not_defined")) == ["the formula gives no number for what was measured"]
    assert said(reason("out_of_season", "5", "9")) == ["out of season: it is defined for the months 5 to 9"]
    assert said(reason("other_metric_absent", "{metric} {0}")) == ["{metric} {0}, which it is made of, has no value"]
    counted = ["stations", "bananas", "people", "days"]
    rows = pl.DataFrame(
        {"counted": counted, "covered": [18.0, None, 2.4, 9], "expected": [25, 1, 3, 30], "needs": 0.75},
        schema_overrides={"expected": pl.Float64},
    )
    assert said(lack(), pl.DataFrame(schema=MEASURED).join(rows, on=rows.columns, how="full", coalesce=True)) == [
        "18 of 25 stations are valid (needs 75 %)",
        "0 of 1 bananas are valid (needs 75 %)",
        "2 of 3 people live where it is valid (needs 75 %)",
        "9 of 30 days are valid (needs 75 %)",
    ]
    none = pl.DataFrame({"code": [None]}, schema={"code": pl.String})
    assert none.select(in_english(pl.col("code"), pl.lit(None, pl.List(pl.String)))).item() is None


def test_only_what_does_not_occur_or_is_confidential_has_another_key_than_not_estimated() -> None:
    codes = pl.DataFrame({"code": [*REASONS, None]})
    keys = dict(codes.with_columns(key=notation(pl.col("code"))).iter_rows())
    others = {code: key for code, key in keys.items() if key != "NE"}
    assert others == {
        "does_not_occur": "NO",
        "out_of_season": "NO",
        "too_small": "C",
        "withheld": "C",
        "licence": "C",
        None: None,
    }


def test_sql_fills_the_gaps_of_every_sentence_as_we_do() -> None:
    for code, template in numbered("en").items():
        gaps = [f"<{name} {{}}>" for name in REASONS[code].gaps]
        filled = ", ".join("?" for _ in gaps)
        sql = f"SELECT format(?{', ' if gaps else ''}{filled}, 'further', 'ones')"
        row = duckdb.execute(sql, [template, *gaps]).fetchone()
        frame = pl.DataFrame({"code": [code], "gaps": [gaps]}, schema={"code": pl.String, "gaps": pl.List(pl.String)})
        assert row == (frame.select(in_english(pl.col("code"), pl.col("gaps"))).item(),)


def test_words_for_what_is_counted_stand_in_these_gaps() -> None:
    assert set(word_gaps()) == {0, 2, 6}
    assert word_gaps()[0] == ("no_register",)
    assert "too_few_places" in word_gaps()[2]
    assert "too_few_windows_at_places" in word_gaps()[6]
    assert "gate_closed" not in word_gaps()[2]
