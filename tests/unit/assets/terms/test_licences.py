"""What a licence lets everybody do, as contracts word it: in doubt nothing."""

from __future__ import annotations

import re

import pytest

from assets.pack.city import load_city
from assets.terms.licences import RELEASED, attribution, catalogue, licence_terms
from tests.support.paths import SEOUL

WORDED = {
    "CC0": ("open", ["CC0-1.0"]),
    "CC BY 4.0": ("open", ["CC-BY-4.0"]),
    "cc-by-4.0": ("open", ["CC-BY-4.0"]),
    "CC BY-SA 4.0": ("open", ["CC-BY-SA-4.0"]),
    "CC BY-NC 4.0": ("non_commercial", ["CC-BY-NC-4.0"]),
    "KMA data through DS4C, CC BY-NC-SA 4.0, not for publication": ("non_commercial", ["CC-BY-NC-SA-4.0"]),
    "CC BY-ND 4.0": ("no_derivatives", ["CC-BY-ND-4.0"]),
    "CC BY-NC-ND 4.0": ("no_derivatives", ["CC-BY-NC-ND-4.0"]),
    "KOGL type 1 (Seoul Open Data Plaza)": ("open", ["KOGL-1"]),
    "공공누리 제1유형": ("open", ["KOGL-1"]),
    "KOGL type 2": ("non_commercial", ["KOGL-2"]),
    "KOGL type 3": ("no_derivatives", ["KOGL-3"]),
    "KOGL type 4": ("no_derivatives", ["KOGL-4"]),
    "KOGL type 12": ("unclear", []),
    "KOGL": ("unclear", []),
    "ODbL 1.0": ("open", ["ODbL-1.0"]),
    "OGDL v1.0": ("open", ["OGDL-Taiwan-1.0"]),
    "public domain": ("open", ["public-domain"]),
    "CC BY 4.0 (the file); data.go.kr 15057210 (terms of the public data portal)": (
        "open",
        ["CC-BY-4.0", "data-go-kr"],
    ),
    "CC BY 4.0; CC BY-NC 4.0": ("non_commercial", ["CC-BY-4.0", "CC-BY-NC-4.0"]),
    "MIT, that of the repository; terms of the agency": ("unclear", ["MIT"]),
    "no licence in the repository; KOGL type 1": ("unclear", ["KOGL-1"]),
    "not stated; works of NOAA are in the public domain (not checked)": ("unclear", ["public-domain"]),
    "CC BY 4.0?": ("unclear", ["CC-BY-4.0"]),
    "for non-commercial use": ("non_commercial", ["non-commercial"]),
    "made up; free to use": ("open", ["made-up"]),
    "free to use": ("unclear", []),
    "public": ("unclear", []),
    "SUMMIT agreement": ("unclear", []),  # MIT is in it, and is no word of it
    "contract 7": ("unclear", []),
    "": ("unclear", []),
}


@pytest.mark.parametrize("text", WORDED)
def test_a_licence_is_open_only_where_its_words_leave_no_doubt(text: str):
    found = licence_terms(text)
    assert (found.kind, [licence.id for licence in found.licences]) == WORDED[text]


def test_each_entry_is_told_by_its_own_words_and_says_where_its_text_is():
    for licence in catalogue():
        kinds = {licence_terms(word).kind for word in [licence.title]}
        assert kinds == {licence.kind}, licence.id
        assert licence.url is not None or licence.id in ("made-up", "non-commercial", "no-derivatives")
        assert all(re.compile(pattern) for pattern in licence.named)


def test_a_source_is_named_with_its_licence():
    assert attribution("Air", "City hall", "CC BY 4.0") == "Air: City hall (CC BY)"
    assert attribution("Air", "City hall", "by agreement") == "Air: City hall"


def test_feeds_of_seoul_that_nobody_may_pass_on_are_told():
    kinds = {name: licence_terms(contract.licence).kind for name, contract in load_city(SEOUL).contracts.items()}
    assert {name for name, kind in kinds.items() if kind == "non_commercial"} == {"weather_daily", "search_trend"}
    assert kinds["air_daily"] == RELEASED
    assert kinds["boundaries"] == "unclear"
