"""What people read of a limit or an index."""

from assets.standards.choice import StandardChoice
from assets.standards.in_words import index_in_words, limit_in_words


def test_limits():
    assert list(limit_in_words("kr.pm25_24h", "ug/m3")) == [
        "kr.environmental_standards: 35 ug/m3, on all days; read in an official text"
    ]
    # 80 ug/m3 of NO2 at 25 degC: 24.4654 / 46.005 = 0.5318 ppb each, 42.544 ppb
    first, *_ = limit_in_words("cn.no2_24h", "ppb")
    assert first.startswith(
        "cn.gb_3095_2012: 80 ug/m3, which are 42.544 ppb (0.5318 each at 25 degC and 1013.25 hPa), "
    )
    assert first.endswith("to 2026-02-28; read in a transcription (not verified)")
    assert "0.06 ppm, which are 60 ppb (1000 each)" in next(limit_in_words("kr.no2_24h", "ppb"))
    assert "25 ug/m3 (ug/m3 of no2 becomes ppb at a temperature" in next(limit_in_words("who_2021.no2_24h", "ppb"))
    assert list(limit_in_words("national.pm25_24h", "ug/m3", StandardChoice(national="xx"))) == [
        next(limit_in_words("xx.pm25_24h", "ug/m3"))
    ]


def test_indices():
    assert [said.partition(",")[0] for said in index_in_words("cn.aqi")] == [
        "cn.hj_633_2012: HJ 633-2012",
        "cn.hj_633_2026: HJ 633-2026",
    ]
    assert list(index_in_words("us.aqi_2024")) == [
        "us.aqi_2024: EPA-454/B-24-002, May 2024, on all days; read in an official text"
    ]
    assert "kz has no index" in next(index_in_words("kz"))
