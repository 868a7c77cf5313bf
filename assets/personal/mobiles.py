"""How mobile numbers are written, by country. Which texts are looked at for them is said in values.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MobileForms:
    """Mobile numbers of a country. signed: with signs between. bare: the digits alone, None where they are no longer
    than other numbers. short: without the first zero, or of few digits, which counts where most of a column is so."""

    signed: str | None = None
    bare: str | None = None
    short: str | None = None


_S = "[-./ ]"  # what stands between the groups of a number
_H = "[-./]"
MOBILES = {
    "KR": MobileForms(
        rf"\b01[016789][-. )/]{{1,2}}\d{{3,4}}{_S}\d{{4}}\b|\b10{_H}\d{{4}}{_H}\d{{4}}\b",
        r"01[016789]\d{7,8}",
        rf"1[016789]{_S}?\d{{3,4}}{_S}\d{{4}}",
    ),
    "JP": MobileForms(
        rf"\b0[789]0{_S}\d{{4}}{_S}\d{{4}}\b|\b[789]0{_H}\d{{4}}{_H}\d{{4}}\b",
        r"0[789]0\d{8}",
        rf"[789]0{_S}\d{{4}}{_S}\d{{4}}",
    ),
    "CN": MobileForms(r"\b1[3-9]\d[- /]\d{4}[- /]\d{4}\b", r"1[3-9]\d{9}"),
    "TW": MobileForms(rf"\b09\d{{2}}{_S}\d{{3}}{_S}?\d{{3}}\b", r"09\d{8}", r"9\d{2}[- /]\d{3}[- /]?\d{3}"),
    "TH": MobileForms(
        rf"\b0[689]\d?{_S}\d{{3,4}}{_S}\d{{4}}\b|\b0[689]\d{_S}\d{{3}}{_S}\d{{4}}\b",
        r"0[689]\d{8}",
        r"[689]\d?[- /]\d{3,4}[- /]\d{4}",
    ),
    "VN": MobileForms(
        rf"\b0[35789]\d{{1,2}}{_S}\d{{3}}{_S}\d{{3,4}}\b", r"0[35789]\d{8}", r"[35789]\d{1,2}[- /]\d{3}[- /]\d{3,4}"
    ),
    "ID": MobileForms(rf"\b08\d{{2}}{_S}\d{{3,4}}{_S}\d{{3,5}}\b", r"08\d{8,11}", r"8\d{2}[- /]\d{3,4}[- /]\d{3,5}"),
    "PH": MobileForms(rf"\b09\d{{2}}{_S}\d{{3}}{_S}\d{{4}}\b", r"09\d{9}", r"9\d{2}[- /]\d{3}[- /]\d{4}"),
    "KZ": MobileForms(
        r"\b8[- (/]{1,2}7\d{2}[-) /]{1,2}\d{3}[- /]\d{2}[- /]?\d{2}\b",
        r"87\d{9}",
        r"\(?7\d{2}[-) /]{1,2}\d{3}[- /]\d{2}[- /]?\d{2}",
    ),
    "MN": MobileForms(short=r"[689]\d{3}[-/ ]\d{4}"),
    "BN": MobileForms(short=r"[78]\d{2}[-/ ]\d{4}"),
    "SG": MobileForms(short=r"[89]\d{3}[-/ ]\d{4}"),
    "IN": MobileForms(r"\b0?[6-9]\d{4}[- /]\d{5}\b", r"[6-9]\d{9}"),
    "US": MobileForms(
        r"\(\d{3}\) ?\d{3}[-. /]\d{4}\b|\b[2-9]\d{2}[-./][2-9]\d{2}[-./]\d{4}\b", r"1?[2-9]\d{2}[2-9]\d{6}"
    ),
}
NO_TRUNK = ("US", "IN")  # bare digits of any number of this length: only where the name says that it is a telephone
# What follows +<country> where it is a mobile; of North America no number tells.
_ABROAD = (
    "82[-. /]{0,2}(?:\\(0\\)[- ]?|0)?1[016789]",
    "81[-. /]{0,2}0?[789]0",
    "86[-. /]{0,2}1[3-9]",
    "886[-. /]{0,2}0?9",
    "66[-. /]{0,2}0?[689]",
    "84[-. /]{0,2}0?[35789]",
    "62[-. /]{0,2}0?8",
    "63[-. /]{0,2}0?9",
    "65[-. /]{0,2}[89]",
    "976[-. /]{0,2}[89]",
    "7[-. /(]{0,2}(?:9|7[0467])",
    "91[-. /]{0,2}[6-9]",
    "673[-. /]{0,2}[78]",
    "44[-. /]{0,2}0?7",
    "1[-. /(]{0,2}[2-9]",
)
# After 00 with signs between: codes begin with zeros, too.
INTERNATIONAL = (
    rf"\+(?:{'|'.join(_ABROAD)})\d?(?:[-. )/]{{0,2}}\d){{6,9}}\b|"
    rf"\b00[- ]?(?=[1-9]\d{{0,2}}[-/])(?:{'|'.join(_ABROAD)})\d{{0,3}}(?:[-/]\d{{2,4}}){{2,3}}\b"
)
