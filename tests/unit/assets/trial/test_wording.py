"""Every language has every sentence with every value in it, and columns have the names that people know."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from assets.models import models
from assets.trial.trial import Extent, trial
from assets.trial.wording import SENTENCES, Wording, plain_number
from quality.contract.yaml_file import read_yaml
from quality.language_tags import language_tag
from tests.unit.assets.trial.town import AIR, TODAY, town

WANTED = {"en", "ko", "vi", "mn", "zh-Hans", "zh-Hant", "id", "th", "fil", "ms", "kk", "ru"}


def test_there_is_every_language_of_the_cities() -> None:
    assert set(SENTENCES.languages()) >= WANTED
    assert [language_tag(language) for language in SENTENCES.languages()] == SENTENCES.languages()


@pytest.mark.parametrize("language", sorted(WANTED - {"en"}))
def test_every_sentence_is_there_with_its_values(language: str) -> None:
    english, other = (read_yaml(SENTENCES.folder / f"{tag}.yaml") for tag in ("en", language))
    for part, texts in english.items():
        assert list(other[part]) == list(texts)
        for name, text in texts.items():
            assert _fields(other[part][name]) == _fields(text), f"{part}.{name}"
    assert sum(english["sentences"][name] == text for name, text in other["sentences"].items()) == 0


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_who_reads_another_language_gets_the_nearest() -> None:
    assert [SENTENCES.language_for(tag) for tag in ("ko-KR", "zh-TW", "de")] == ["ko", "zh-Hant", "en"]


def test_a_column_is_called_as_people_call_it(tmp_path: Path) -> None:
    feed = AIR.replace("pm10: coarse", "pm10: {from: coarse, names: {ko: 굵은 먼지}}")
    contract = town(tmp_path, feed, {}, languages=("ko",)).contract
    wording = Wording("ko", contract)
    assert wording.name(contract.column("pm10"), "coarse") == "굵은 먼지"
    known = models()["air_quality"].columns["pm25"].synonyms["ko"]
    assert wording.name(contract.column("pm25"), "fine") == known[0]
    assert Wording("kk", contract).name(contract.column("pm25"), "fine") == "fine"


def test_limits_are_in_the_unit_that_is_delivered(tmp_path: Path) -> None:
    here = town(tmp_path, AIR, {"air/a.csv": "site,at,fine,coarse\nN,2026-03-02 00:00,9.5,-1\n"})
    found = trial(here.contract, [here.drop], city=here.city, today=TODAY, extent=Extent(language="vi"))
    said = {one.rule: one.sentence for one in found.held}
    assert "0 – 5 mg/m3" in said["AIR-pm25-range"]
    assert "9.5" in said["AIR-pm25-range"]
    assert re.search("-1.*0 – [0-9]+ ug/m3", said["AIR-pm10-range"])


def test_numbers_are_written_in_digits() -> None:
    assert [plain_number(n) for n in (1e6, 0.5, 1e-7, 12, "1e3")] == ["1000000", "0.5", "0.0000001", "12", "1e3"]
