"""A delivery is looked at as it came: every column, every name, and rows that could not be read."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.personal.found import JOURNEY, TRAJECTORY, Personal
from assets.personal.look import Looker
from assets.personal.values import CARD, DEVICE, MOBILE, RESIDENT
from assets.readers.rows import REJECTS, RawRows
from tests.worlds.persons import PLANTS, card, dashed, korean_company, korean_resident

SEOUL = Looker("KR", known=frozenset({"note", "dong"}))


def rows(columns: dict[str, list], rejects: list[str] | None = None) -> RawRows:
    frame = pl.DataFrame(columns, strict=False).with_row_index("_line", 1)
    lost = pl.DataFrame([(1, "ROW-FIELDS", "x", text) for text in rejects or []], schema=REJECTS, orient="row")
    return RawRows(frame.select(*columns, "_line"), lost, 0, "x.csv", "utf-8")


def look(columns: dict[str, list], looker: Looker = SEOUL, rejects: list[str] | None = None) -> Personal | None:
    return looker.personal([rows(columns, rejects)])


GOOD = [f"종로{n}가 {n * 7919} 2026-05-13" for n in range(500)]


@pytest.mark.parametrize("kind", PLANTS)
@settings(max_examples=10)
@given(st.integers(0, 499), st.booleans())
def test_one_in_a_text_is_found_wherever_it_stands(kind: str, at: int, inside: bool):
    text = f"전화주세요 {PLANTS[kind]}, 감사합니다" if inside else PLANTS[kind]
    found = look({"dong": ["11"] * 500, "note": [*GOOD[:at], text, *GOOD[at + 1 :]]})
    assert found is not None
    assert (found.kind, found.position, found.column) == (kind, 2, "note")


@pytest.mark.parametrize("kind", PLANTS)
def test_in_a_row_that_could_not_be_read_and_in_a_header(kind: str):
    rejected = look({"dong": ["11"]}, rejects=[f"11,{PLANTS[kind]},"])
    assert rejected is not None
    assert (rejected.kind, rejected.place) == (kind, "a row that could not be read")
    header = look({"dong": ["11"], PLANTS[kind]: ["1"]})
    assert header is not None
    assert header.kind == kind
    assert PLANTS[kind] not in str(header)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (CARD, lambda n: card(f"4{n * 7_654_321_987 % 10**14:014d}")),
        (RESIDENT, lambda n: korean_resident(f"{60 + n % 40}{1 + n % 12:02d}15{1 + n % 2}{n * 7919 % 10**5:05d}")),
        (MOBILE, lambda n: f"010{n * 7_919_773 % 10**8:08d}"),
        (DEVICE, lambda n: card(f"35{n * 76_543_219 % 10**12:012d}")),
    ],
)
def test_bare_digits_count_where_a_column_is_full_of_them_and_not_by_chance(kind: str, make):
    found = look({"dong": ["11"] * 60, "k": [make(n) for n in range(60)]})
    assert found is not None
    assert found.kind == kind
    spoilt = [str((int(make(n)[0]) + 1) % 10) + make(n)[1:] for n in range(60)]
    assert look({"dong": ["11"] * 60, "k": spoilt}) is None


def test_numbers_that_were_read_as_numbers():
    residents = [float(korean_resident(f"{60 + n % 40}0412{1 + n % 2}{n * 7919 % 10**5:05d}")) for n in range(40)]
    found = look({"k": residents})
    assert found is not None
    assert found.kind == RESIDENT
    assert look({"amount": [float(n * 10**9 + 12345) for n in range(1, 40)]}) is None


def test_numbers_of_companies_are_no_residents():
    companies = [dashed(korean_company(f"110111{n * 791_377 % 10**6:06d}"), 6, 7) for n in range(50)]
    assert look({"company": companies}) is None
    found = look({"company": [dashed(korean_resident(f"8504122{n:05d}"), 6, 7) for n in range(9)]})
    assert found is not None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("msisdn", ["a9f3", "b1c2"]),
        ("IMEI", ["1", "2"]),
        ("회원번호", ["17", "18"]),
        ("userId", ["x1", "x2"]),
        ("성명", ["홍길동", "김철수"]),
        ("주민등록번호", ["******", "850412-2******"]),
        ("身份证号", ["x"]),
        ("氏名", ["x"]),
        ("họ và tên", ["x"]),
        ("เลขประจำตัวประชาชน", ["x"]),
        ("birth_date", ["1985-04-12"]),
        ("전화번호", ["01073918246"]),
        ("phone", ["010 7391 8246"]),
        ("card_no", ["4517********4738"]),
    ],
)
def test_names_say_it_in_the_languages_of_the_packs(name: str, values: list[str]):
    assert look({"dong": ["11"] * len(values), name: values}) is not None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("전화번호", ["02-120", "02-2133-1234", "1588-0000", "031-290-1234"]),  # of offices
        ("TELNO", ["0221331234", "024500000"]),
        ("phone_count", ["17", "1234567"]),
        ("신청인수", ["12", "13"]),
        ("주민등록인구", ["123456"]),
        ("GAP_MDN", ["54321"]),
        ("msisdn", [None, ""]),
        ("card_no", ["-", None]),
        ("station_number", ["ST-1", "ST-2"]),
        ("address", ["서울특별시 종로구 세종대로 209 (02-2133-0000)"]),
        ("PNU", ["1111010100100010000"] * 3),
        ("epoch", [str(1764547200000 + n * 3600_000) for n in range(24)]),
        ("sales", [str(10_123_456_789 + n) for n in range(50)]),
        ("url", ["https://data.seoul.go.kr/x"]),
        ("device_id", ["OC3CL200011", "OC3CL200012"]),
        ("email_type", ["office"]),
    ],
)
def test_what_is_nobodys_passes(name: str, values: list[str | None]):
    assert look({"dong": ["11"] * len(values), name: values}) is None


@pytest.mark.parametrize(
    "text",
    [
        "０１０－７３９１－８２４６",
        "010–7391–8246",
        "010‑7391‑8246",
        "call 01073918246 please",
        "+82 10-7391-8246",
        "kim．planted＠example．net",
        f"{korean_resident('850412273918')[:6]} {korean_resident('850412273918')[6:]}",
        "８５０４１２－" + korean_resident("850412273918")[6:],
        "010/7391/8246",
        "010／7391／8246",
        "010)7391-8246",
        "10-7391-8246",
        "10/7391/8246",
        "＋82 10 7391 8246",
        "+82/10/7391/8246",
        "+82 (0)10-7391-8246",
        "82-10-7391-8246",
        "0082-10-7391-8246",
        "하늘@example.net",
        "kim@예시.한국",
        "kim@example.net",
    ],
)
def test_as_other_programs_write_them(text: str):
    assert look({"dong": ["11"] * 3, "note": ["x", text, None]}) is not None


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("JP", "090/1234/5678"),
        ("JP", "90-1234-5678"),
        ("CN", "139/1234/5678"),
        ("TW", "0912/345/678"),
        ("TW", "0912-345678"),
        ("TH", "081/234/5678"),
        ("VN", "091/234/5678"),
        ("ID", "0812/3456/7890"),
        ("PH", "0917/123/4567"),
        ("KZ", "8/701/123/45/67"),
        ("IN", "98765/43210"),
        ("US", "312/555/0123"),
        *(("KR", text) for text in ("+886 912/345/678", "+66/81/234/5678", "+976 9911 2233", "+7 701/123/45/67")),
    ],
)
def test_mobile_numbers_of_the_countries_of_the_packs(country: str, text: str):
    for written in (text, f"write to {text}, please"):
        found = look({"dong": ["11"] * 3, "note": ["x", written, None]}, Looker(country))
        assert found is not None, written
        assert found.kind == MOBILE


@pytest.mark.parametrize(
    ("country", "start"),
    [
        ("KR", "10 7{:03d} 8246"),
        ("KR", "17/7{:03d}/8246"),
        ("JP", "80 1{:03d} 5678"),
        ("TW", "912-{:03d}-678"),
        ("TH", "81-{:03d}-5678"),
        ("VN", "91 {:03d} 5678"),
        ("ID", "812-3{:03d}-7890"),
        ("PH", "917 {:03d} 4567"),
        ("KZ", "701 {:03d} 45 67"),
        ("MN", "9911-2{:03d}"),
        ("BN", "712 3{:03d}"),
        ("SG", "9123 4{:03d}"),
    ],
)
def test_without_its_zero_a_mobile_number_counts_where_most_of_a_column_is_so(country: str, start: str):
    numbers = [start.format(n * 17 % 1000) for n in range(30)]
    found = look({"k": numbers}, Looker(country))
    assert found is not None
    assert found.kind == MOBILE
    others = [f"A{n}-{n * 7919 % 10_000}-{n}" for n in range(300)]
    assert look({"k": [*others, *numbers[:2]]}, Looker(country)) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026/11/30",
        "2026-11-30/10:00",
        "10/30/2026",
        "1110/1234",
        "0012345678901",
        "00 82 10",
        "10.5/1234",
        "https://data.go.kr/10/1234",
        "11-110-5300",
        "10-2024-0012345",
        "@seoul",
        "지하철 @ 역.",
    ],
)
def test_what_has_such_signs_and_is_nobodys(text: str):
    assert look({"dong": ["11"] * 3, "note": ["x", text, f"see {text} there"]}) is None


def test_a_bare_number_alone_or_in_an_address_is_nobodys():
    assert look({"dong": ["11"], "note": ["01073918246"]}) is None
    assert look({"dong": ["11"], "note": ["https://example.net/?id=01073918246"]}) is None


def test_a_declared_column_passes_and_no_other():
    columns = {"operator": [PLANTS["an e-mail address"]], "note": ["x"]}
    assert look(columns, replace(SEOUL, cleared=frozenset({"operator"}))) is None
    columns["note"] = [PLANTS["a mobile number"]]
    found = look(columns, replace(SEOUL, cleared=frozenset({"operator"})))
    assert found is not None
    assert found.column == "note"


def test_a_header_that_is_a_value_is_not_said():
    who = look({"11": ["x"] * 3, "Planted Person": [PLANTS["a mobile number"]] * 3})
    assert who is not None
    assert who.place == "column 2"


def test_of_a_column_of_many_different_texts_those_far_apart_are_looked_at():
    many = [f"A{n:07d}" for n in range(700_000)]
    mails = [f"p{n}@example.net" if n % 50 == 0 else text for n, text in enumerate(many)]
    assert look({"note": mails}) is not None
    assert look({"note": many}) is None


def test_who_was_where_when_is_found_whatever_the_number_is_called():
    seen = [(who, n) for who in range(50) for n in range(8)]
    at = {
        "k": [f"{who * 7919:08x}" for who, _ in seen],
        "at": [f"2026-05-{1 + n % 28:02d} {(who * 7 + n * 3) % 24:02d}:{who % 60:02d}" for who, n in seen],
        "cell": [f"C{(who * 3 + n * n) % 23}" for who, n in seen],
    }
    found = look(at)
    assert found is not None
    assert (found.kind, found.position) == (TRAJECTORY, 1)
    assert look(at, replace(SEOUL, cleared=frozenset({"k"}))) is None
    assert look(at, replace(SEOUL, timetable=True)) is None


def test_sums_by_area_and_time_and_instruments_are_no_trajectories():
    hours = [f"2026-05-13 {hour:02d}:00" for hour in range(24)]
    sums = [(age, hour, f"C{cell}") for age in "abcdefghijkl" for hour in hours for cell in range(9)]
    by_group = pl.DataFrame(sums, schema=["ageband", "hour", "cell"], orient="row")
    assert look(by_group.to_dict(as_series=False)) is None
    fixed = [(f"S{n:04d}", hour, f"C{n % 9}") for n in range(60) for hour in hours]
    assert look(pl.DataFrame(fixed, schema=["serial", "at", "cell"], orient="row").to_dict(as_series=False)) is None
    wandering = [
        (f"S{n:04d}", hour, f"{37.5 + n / 90 + h / 1e6}", f"{127 + n / 90}")
        for n in range(60)
        for h, hour in enumerate(hours)
    ]
    frame = pl.DataFrame(wandering, schema=["serial", "at", "lat", "lon"], orient="row")
    assert look(frame.to_dict(as_series=False)) is None


@pytest.mark.parametrize(
    "axes", [("AVG_VIBR_X", "AVG_VIBR_Y"), ("accel_x", "accel_y"), ("station_level", "area_index")]
)
def test_what_an_instrument_measures_is_no_place(axes: tuple[str, str]):
    """One of 72 files of a network at rest was refused: its vibrations were taken for places."""
    seen = [(f"S{n:04d}", f"2026-05-13 {hour:02d}:00", n, hour) for n in range(60) for hour in range(24)]
    frame = pl.DataFrame(
        {
            "serial": [serial for serial, *_ in seen],
            "at": [at for _, at, *_ in seen],
            axes[0]: [f"{(n * 7 + hour * 5) % 31 / 100:.2f}" for *_, n, hour in seen],
            axes[1]: [f"{(n * 3 + hour * 11) % 17 / 100:.2f}" for *_, n, hour in seen],
        }
    )
    assert look(frame.to_dict(as_series=False)) is None


def test_coordinates_of_any_name_are_a_place():
    seen = [(who, n) for who in range(50) for n in range(8)]
    at = {
        "k": [f"{who * 7919:08x}" for who, _ in seen],
        "at": [f"2026-05-{1 + n % 28:02d} {(who * 7 + n * 3) % 24:02d}:{who % 60:02d}" for who, n in seen],
        "map_x": [f"{200_000 + (who * 3 + n * n) % 23 * 500}.5" for who, n in seen],
        "map_y": [f"{450_000 + (who * 3 + n * n) % 23 * 500}.5" for who, n in seen],
    }
    found = look(at)
    assert found is not None
    assert (found.kind, found.position) == (TRAJECTORY, 1)


def test_a_row_of_a_journey_is_found_and_an_interval_of_measuring_is_none():
    def rows_of(length: int) -> dict[str, list]:
        begun = [(n * 7919) % 1300 + 1 for n in range(400)]
        ended = [at + (length or 3 + n % 37) for n, at in enumerate(begun)]
        said = [[f"2026-05-13 {at // 60:02d}:{at % 60:02d}:11" for at in times] for times in (begun, ended)]
        ends = [[f"S{n * step % 41}" for n in range(400)] for step in (3, 7)]
        return dict(zip(["begun_at", "ended_at", "from_station", "to_station"], [*said, *ends], strict=True))

    found = look(rows_of(0))
    assert found is not None
    assert found.kind == JOURNEY
    assert look(rows_of(5)) is None


def test_wide_digits_without_signs_are_bare_digits():
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    phones = [f"010{4100_0000 + 7919 * n}".translate(wide) for n in range(40)]
    assert look({"dong": ["11"] * 40, "note": phones}) == Personal(MOBILE, 2, "note")
