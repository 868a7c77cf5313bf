"""Units by the texts that files and brokers have: what is converted, by how much, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.units.conditions import Conditions
from quality.units.conversion import SAME, Conversion, UnitError, conversion, known_units
from quality.units.gases import GASES, molar_mass
from quality.units.headers import wrong_unit
from quality.units.physical import WORKED_OUT, by_pint
from quality.units.table import CODES, MISUSED, UNITS
from quality.units.unit import code_of, units_of
from tests.support.paths import REPOSITORY

AT_20, AT_25 = (Conditions.model_validate({"temperature": f"{t} degC", "pressure": "1013.25 hPa"}) for t in (20, 25))

# Code of UN/CEFACT, text of UCUM, texts as they occur, and the unit that they are.
IN_FILES = [
    ("GQ", "ug.m-3", "µg/m³ μg/m3 ㎍/㎥ ug/m3 UG/M3 µg·m⁻³ мкг/м3 微克/立方米", "ug/m3"),
    ("GP", "mg.m-3", "mg/m³ ㎎/㎥ MG/M3 毫克/立方公尺", "mg/m3"),
    ("59", "[ppm]", "ppm ppmv PPM µmol/mol", "ppm"),
    ("61", "[ppb]", "ppb ppbv nmol/mol", "ppb"),
    ("CEL", "Cel", "°C ℃ C degC 度 Celsius", "degC"),
    ("FAH", "[degF]", "°F ℉ F", "degF"),
    ("KEL", "K", "kelvin", "K"),
    ("P1", "%", "％ pct percent", "%"),
    ("C62", "1", "ratio", "1"),
    ("IE", "", "명 人 人次 người คน хүн чел. orang people persons", "person"),
    ("H87", "", "건 件 pieces", "count"),
    ("2N", "dB", "㏈ dB(A) dBA дБА 分贝", "dB"),
    ("MTS", "m.s-1", "m/s ㎧ м/с", "m/s"),
    ("KMH", "km.h-1", "km/h kph Km/h км/ч 公里/小時 ㎞/h", "km/h"),
    ("KNT", "", "kn knots", "kn"),
    ("HM", "", "mph", "mph"),
    ("DD", "deg", "° 도", "deg"),
    ("MMT", "mm", "㎜ MM", "mm"),
    ("28", "kg.m-2", "kg/m2 kg/㎡", "kg/m2"),
    ("H67", "mm.h-1", "mm/h mm/hr", "mm/h"),
    ("A97", "hPa", "㍱ mb mB mbar", "hPa"),
    ("D54", "W.m-2", "W/m² w/m2", "W/m2"),
    ("LUX", "lx", "lux", "lx"),
    ("MTQ", "m3", "㎥ m³ 톤 吨 度 kL ㎘", "m3"),
    ("LTR", "L", "ℓ l litre", "L"),
    ("E32", "L.h-1", "l/h", "L/h"),
    ("MQS", "m3.s-1", "㎥/s cms", "m3/s"),
    ("KWH", "kW.h", "kWh KWH 度 кВт·ч 千瓦时", "kWh"),
    ("M1", "mg.L-1", "mg/l", "mg/L"),
    ("G42", "uS.cm-1", "µS/cm", "uS/cm"),
    ("KMK", "km2", "㎢", "km2"),
    ("KGM", "kg", "㎏ KG", "kg"),
    ("P72", "uSv.h-1", "µSv/h", "uSv/h"),
    ("A19", "Bq.m-3", "Bq/㎥", "Bq/m3"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "ucum", "texts", "unit"), IN_FILES)
def test_a_unit_is_known_by_the_texts_that_occur(code: str, ucum: str, texts: str, unit: str):
    for text in (code, *texts.split(), *([ucum] if ucum else [])):
        assert conversion(text, unit) == SAME, text
    assert code_of(unit) == code


FACTORS = [
    ("mg/m3", "ug/m3", 1000), ("ppb", "ppm", Fraction(1, 1000)), ("GWh", "kWh", 10**6), ("kl", "m3", 1),
    ("万千瓦时", "kWh", 10**4), ("천명", "person", 1000), ("1000 people", "person", 1000), ("만명", "person", 10**4),
    ("萬人次", "person", 10**4), ("thousand m3", "m3", 1000), ("10³ m³", "m3", 1000), ("1,000 m3", "m3", 1000),
    ("천원", "KRW", 1000), ("백만원", "KRW", 10**6), ("억원", "KRW", 10**8), ("KRW mn", "KRW", 10**6),
    ("亿元", "CNY", 10**8), ("元", "TWD", 1), ("juta rupiah", "IDR", 10**6), ("triệu đồng", "VND", 10**6),
    ("тыс. руб.", "RUB", 1000), ("мянган төгрөг", "MNT", 1000), ("ล้านบาท", "THB", 10**6), ("만원", "KRW", 10**4),
    ("원/㎡", "KRW/m2", 1), ("천건", "1", 1000), ("건", "person", 1), ("C62", "person", 1), ("C62", "%", 100),
    ("L/person/day", "m3/person/day", Fraction(1, 1000)), ("L/인·일", "L/person/day", 1), ("LPCD", "L/person/day", 1),
    ("people/km2", "people/ha", Fraction(1, 100)), ("/km2", "/ha", Fraction(1, 100)),
    ("vehicles/h", "vehicle/min", Fraction(1, 60)),
    ("boardings per 1000 inhabitants", "boardings/inhabitant", Fraction(1, 1000)), ("%", "1", Fraction(1, 100)),
    ("kg/m2", "mm", 1), ("L/m2", "mm", 1), ("kg/m2/h", "mm/h", 1), ("kn", "m/s", Fraction(463, 900)),
    ("km/h", "m/s", Fraction(5, 18)), ("mph", "m/s", Fraction("0.44704")), ("mmHg", "hPa", Fraction("1.33322387415")),
    ("мм рт. ст.", "hPa", Fraction("1.33322387415")), ("inHg", "hPa", Fraction("33.86388640341")), ("t", "kg", 1000),
    ("kcal", "J", 4184), ("microgram per cubic meter", "ug/m3", 1), ("ft", "m", Fraction("0.3048")), ("J/s", "W", 1),
]  # fmt: skip


@pytest.mark.parametrize(("delivered", "stored", "factor"), FACTORS)
def test_by_how_much(delivered: str, stored: str, factor: Fraction | int):
    assert conversion(delivered, stored) == Conversion(Fraction(factor))


def test_temperatures_have_another_zero():
    assert conversion("degF", "degC").of(98.6) == 37.0
    assert conversion("K", "degC").of(300.1) == 26.95
    assert conversion("W/m2/degF", "W/m2/degC").factor == Fraction(9, 5)  # there it is a difference


@pytest.mark.parametrize(
    ("delivered", "stored"),
    [
        ("degC", "ug/m3"), ("deg", "%"), ("dB", "%"), ("dB", "1"), ("pH", "1"), ("NTU", "FNU"), ("KRW", "USD"),
        ("person", "vehicle"), ("people", "%"), ("month", "d"), ("W/m2", "MJ/m2"), ("ppm", "%"), ("kW", "kWh"),
        ("mm/h", "mm"), ("ug/m", "ug/m3"), ("index", "ug/m3"),
    ],
)  # fmt: skip
def test_what_measures_something_else_is_refused(delivered: str, stored: str):
    with pytest.raises(UnitError, match=r"cannot become .*write the unit in which the values are delivered"):
        conversion(delivered, stored)


@pytest.mark.parametrize(("text", "may_be"), [("mw", "MW or mW"), ("Ml", "ML or mL"), ("MT", "Mt or t")])
def test_what_may_be_two_units_is_refused(text: str, may_be: str):
    with pytest.raises(UnitError, match=may_be):
        conversion(text, {"m": "W", "M": "m3", "T": "kg"}[text[0] if text != "MT" else "T"])


@pytest.mark.parametrize(
    "text", ["", "-", "ug/Nm3", "16방위", "m/", "/", "1000", "(LT)", "m³³", "8h", "10m", "2m", "everything"]
)
def test_what_is_no_unit(text: str):
    assert units_of(text) == ()


def test_what_is_no_unit_is_said_with_those_that_are_like_it():
    with pytest.raises(UnitError, match="'ugg/m3' is no unit that is known; write ug/m3"):
        conversion("ugg/m3", "ug/m3")
    for code, why in MISUSED.items():
        with pytest.raises(UnitError, match=why.partition(";")[0]):
            known_units(code)


def test_every_text_of_the_table_is_read():
    for known in UNITS:
        for text in (known.label, *known.texts.split()):
            assert known.label in {unit.label for unit in units_of(text)}, text
    for code, label in CODES.items():
        assert conversion(code, label) == SAME
        assert code_of(label) in {code, "MTQ"}  # a kilolitre is a cubic metre


def test_the_names_of_the_table_are_in_the_documents():
    said = (REPOSITORY / "docs" / "contracts.md").read_text("utf-8")
    assert [known.label for known in UNITS if f"`{known.label}`" not in said] == []


# Gases -------------------------------------------------------------------------------------------------------------


def by_hand(molar_mass: float, celsius: float) -> float:
    """ug/m3 of 1 ppb at 1013.25 hPa: p M / (R T)."""
    return 101325 * molar_mass / (8.314462618 * (celsius + 273.15)) / 1000


@pytest.mark.parametrize(
    ("gas", "mass", "at_20", "at_25"),
    [("NO2", 46.005, 1.9125, 1.8804), ("O3", 47.997, 1.9953, 1.9618), ("SO2", 64.058, 2.6630, 2.6183),
     ("CO", 28.010, 1.1644, 1.1449), ("C6H6", 78.114, 3.2473, 3.1929)],
)  # fmt: skip
def test_the_mass_of_a_gas_is_that_at_its_temperature(gas: str, mass: float, at_20: float, at_25: float):
    assert molar_mass(gas) == Fraction(f"{mass}")
    for at, celsius, known in ((AT_20, 20, at_20), (AT_25, 25, at_25)):
        factor = conversion("ppb", "ug/m3", gas, at).factor
        assert float(factor) == pytest.approx(by_hand(mass, celsius), rel=1e-9)
        assert float(factor) == pytest.approx(known, abs=2e-4)
        assert conversion("ug/m3", "ppb", gas, at).factor == 1 / factor
        assert conversion("mg/m3", "ppm", gas, at).factor == 1 / factor


def test_what_a_gas_needs_is_said():
    with pytest.raises(UnitError, match="`substance: NO2`"):
        conversion("ug/m3", "ppm")
    with pytest.raises(UnitError, match=r"'pollen' is none of NO2, "):
        conversion("ug/m3", "ppm", "pollen", AT_20)
    with pytest.raises(UnitError, match=r"`gases_at: \{temperature: 20 degC, pressure: 1013.25 hPa\}`"):
        conversion("ug/m3", "ppm", "NO2")
    assert conversion("ppb", "ppm", "NO2") == Conversion(Fraction(1, 1000))  # no temperature matters
    assert all(molar_mass(gas) for gas in GASES)


def test_conditions_are_texts_with_their_units():
    said = {"temperature": "68 °F", "pressure": "101.325 kPa"}
    assert Conditions.model_validate(said) == AT_20
    assert AT_20.model_dump() == {"temperature": "293.15 K", "pressure": "1013.25 hPa"}
    assert Conditions.model_validate(AT_20.model_dump()) == AT_20
    for wrong in ({"temperature": 20}, {"temperature": "20 hPa"}, {"temperature": "2000 degC"}, {"pressure": "1 hPa"}):
        with pytest.raises(ValueError, match=r"write it as|is no (temperature|pressure) of air"):
            Conditions.model_validate(said | wrong)


# Laws --------------------------------------------------------------------------------------------------------------

LABELS = sorted({label for label in (*CODES.values(), *(known.label for known in UNITS)) if label != "Mt"})


@given(st.sampled_from(LABELS), st.sampled_from(LABELS))
@settings(deadline=None)
def test_there_and_back_is_the_same(one: str, other: str):
    try:
        there, back = conversion(one, other), conversion(other, one)
    except UnitError:
        return
    if one == other:
        assert there == SAME
    assert there.factor * back.factor == 1
    assert there.offset * back.factor + back.offset == 0


@given(st.text(max_size=12))
@settings(deadline=None)
def test_any_text_is_a_unit_or_refused_in_a_sentence(text: str):
    if not units_of(text):
        with pytest.raises(UnitError, match=r"write|docs/contracts\.md"):
            known_units(text)


def test_pint_is_loaded_only_where_it_is_needed():
    """It takes as long as all contracts of Seoul together."""
    program = (
        "import sys\nfrom quality.units.conversion import conversion\n"
        "for one, other in [('mg/m3', 'ug/m3'), ('㎍/㎥', 'ug/m3'), ('ppb', 'ppm'), ('km/h', 'm/s'), ('kl', 'm3'), "
        "('degF', 'degC'), ('mph', 'm/s')]:\n"
        "    conversion(one, other)\nprint('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_is_worked_out_is_what_pint_says():
    assert {pair: by_pint(*pair) for pair in WORKED_OUT} == WORKED_OUT


@pytest.mark.parametrize(
    ("source", "unit", "says"),
    [
        ("temp_f", "degC", "f"),
        ("tempF", "degC", "F"),
        ("windspeedmph", "m/s", "mph"),
        ("Wind, kph", "m/s", "kph"),
        ("pressure_inHg", "hPa", "inHg"),
        ("rain_in", "mm", "in"),
        ("시정(10m)", "km", "10 m"),
        ("降水量(0.1mm)", "mm", "0.1 mm"),
    ],
)
def test_the_end_of_a_name_may_say_the_unit_where_nothing_else_does(source: str, unit: str, says: str):
    wrong = wrong_unit("x", unit, [source])
    assert wrong is not None
    assert f"which may say {says}, and would be taken for {unit}" in wrong
    assert wrong_unit("x", unit, [source], delivered_unit=unit) is None


@pytest.mark.parametrize(
    ("source", "unit"), [("TEMP_MIN", "degC"), ("wind (10m)", "m/s"), ("rides_in", "count"), ("temp_c", "degC")]
)
def test_the_end_of_a_name_that_is_no_other_unit(source: str, unit: str):
    assert wrong_unit("x", unit, [source]) is None


def test_tenths_of_a_unit():
    assert conversion("0.1 degC", "degC") == Conversion(Fraction(1, 10))
    assert conversion("0.1 degF", "degC").of(320) == 0
    assert conversion("0.01 mm", "mm") == Conversion(Fraction(1, 100))
    assert known_units("0.1 mm")[0].label == "0.1 mm"
