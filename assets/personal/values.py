"""Texts that are numbers or addresses of persons: their written forms and their check digits.

Two sorts. What nothing else looks like (an e-mail, a mobile number with its dashes) counts wherever it stands, once.
A bare run of digits may be anything, a link of a road or a sum of money: it counts only where most of a column passes
the check, and by chance a tenth does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from assets.personal.mobiles import INTERNATIONAL, MOBILES, NO_TRUNK, MobileForms

EMAIL, MOBILE, RESIDENT, CARD, DEVICE = (
    "an e-mail address",
    "a mobile number",
    "a number of residents",
    "a number of cards",
    "a number of devices",
)
LEAST, SHARE = 5, 0.8  # different texts of a column, and how many of them have to pass, where chance passes a tenth


_DASHES = "‐‑‒–—―−﹣－／∕⁄．"  # what other programs write for the sign on the keyboard
_PLAIN_DASHES = str.maketrans(dict.fromkeys(_DASHES, "-"))


def plainly_written(text: str) -> str:
    """A text with the digits and the dash of the keyboard, where it has wide ones or a printer's."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_PLAIN_DASHES)


def _digits(text: str) -> list[int]:
    return [int(sign) for sign in text if sign.isascii() and sign.isdigit()]


def luhn(text: str) -> bool:
    """The check digit of cards and of IMEI."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        double = digit * 2 if place % 2 else digit
        total += double - 9 if double > 9 else double
    return total % 10 == 0 and any(_digits(text))


def is_card(text: str) -> bool:
    """13 to 16 digits that begin as cards do, with the check digit."""
    digits = "".join(map(str, _digits(text)))
    return re.fullmatch(r"(?:3[47]\d{13}|[4569]\d{15}|2[2-7]\d{14}|35\d{14})", digits) is not None and luhn(digits)


def is_imei(text: str) -> bool:
    """15 digits with the check digit; the first two name who gave the number."""
    digits = "".join(map(str, _digits(text)))
    return re.fullmatch(r"(?:01|35|86|98|99|44|45|49|50|51|52|53|54)\d{13}", digits) is not None and luhn(digits)


def _is_day(year: int, month: str, day: str) -> bool:
    try:
        date(year, int(month), int(day))
    except ValueError:
        return False
    return True


def korean_birth(text: str) -> bool:
    """Thirteen digits of which the first six are a day and the seventh the century and sex of somebody alive."""
    digits = "".join(map(str, _digits(text)))
    if len(digits) != 13 or digits[6] not in "12345678":
        return False
    century = 1900 if digits[6] in "1256" else 2000
    return _is_day(century + int(digits[:2]), digits[2:4], digits[4:6])


def is_korean_resident(text: str) -> bool:
    """The same with the check digit, which numbers have that were given before October 2020."""
    if not korean_birth(text):
        return False
    digits = _digits(text)
    rest = sum(w * d for w, d in zip((2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), digits, strict=False)) % 11
    foreign = digits[6] in (5, 6, 7, 8)
    return digits[12] == ((13 if foreign else 11) - rest) % 10


def is_korean_company(text: str) -> bool:
    """The number of a company in the register, which is written as that of a resident is."""
    digits = _digits(text)
    total = sum(d * (2 if place % 2 else 1) for place, d in enumerate(digits[:12]))
    return len(digits) == 13 and digits[12] == -total % 10


def is_chinese_resident(text: str) -> bool:
    """18 signs: place, day of birth, number, and the check sign of modulus 11."""
    if re.fullmatch(r"[1-8]\d{5}(?:18|19|20)\d{9}[\dXx]", text) is None:
        return False
    if not _is_day(int(text[6:10]), text[10:12], text[12:14]):
        return False
    total = sum(2 ** (17 - place) * int(sign) for place, sign in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def is_taiwanese_resident(text: str) -> bool:
    """A letter and nine digits."""
    if re.fullmatch(r"[A-Z][1289]\d{8}", text) is None:
        return False
    place = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0]) + 10
    digits = [place // 10, place % 10, *_digits(text[1:])]
    return sum(w * d for w, d in zip((1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), digits, strict=True)) % 10 == 0


def is_thai_resident(text: str) -> bool:
    """Thirteen digits with the check digit of modulus 11."""
    digits = _digits(text)
    if len(digits) != 13 or digits[0] == 0:
        return False
    return (11 - sum((13 - place) * d for place, d in enumerate(digits[:12])) % 11) % 10 == digits[12]


def is_singaporean_resident(text: str) -> bool:
    """A letter, seven digits and the check letter."""
    if re.fullmatch(r"[STFG]\d{7}[A-Z]", text) is None:
        return False
    total = sum(w * d for w, d in zip((2, 7, 6, 5, 4, 3, 2), _digits(text), strict=True))
    total += 4 if text[0] in "TG" else 0
    return ("JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK")[total % 11] == text[8]


def is_kazakh_resident(text: str) -> bool:
    """Twelve digits: day of birth, century, number and the check digit of modulus 11."""
    digits = _digits(text)
    if len(digits) != 12 or digits[6] not in (1, 2, 3, 4, 5, 6):
        return False
    if not _is_day(1800 + (digits[6] - 1) // 2 * 100 + int(text[:2]), text[2:4], text[4:6]):
        return False
    check = sum((place + 1) * d for place, d in enumerate(digits[:11])) % 11
    if check == 10:
        check = sum(((place + 2) % 11 + 1) * d for place, d in enumerate(digits[:11])) % 11
    return check == digits[11]


@dataclass(frozen=True)
class Form:
    """A form in which something of a person is written. `anywhere`: one counts, also within a text."""

    kind: str
    pattern: str
    holds: Callable[[str], bool] = lambda _text: True
    anywhere: bool = False
    least: int = LEAST
    share: float = SHARE
    prose: bool = False  # in a text of several words: bare digits alone may be a number of anything

    def found(self, text: str) -> list[str]:
        """Those in a text, or the text itself."""
        if not self.anywhere:
            return [text] if re.fullmatch(self.pattern, text) and self.holds(text) else []
        if self.prose and " " not in text.strip():
            return []
        return [hit for hit in (one[0] for one in re.finditer(self.pattern, text)) if self.holds(hit)]


_RESIDENTS = {
    "CN": Form(RESIDENT, r"[1-8]\d{5}(?:18|19|20)\d{9}[\dXx]", is_chinese_resident, least=2),
    "TW": Form(RESIDENT, r"[A-Z][1289]\d{8}", is_taiwanese_resident),
    "TH": Form(RESIDENT, r"[1-9]-?\d{4}-?\d{5}-?\d{2}-?\d", is_thai_resident),
    "SG": Form(RESIDENT, r"[STFG]\d{7}[A-Z]", is_singaporean_resident, least=2),
    "KZ": Form(RESIDENT, r"\d{12}", is_kazakh_resident),
    "US": Form(RESIDENT, r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", least=3),
}
RESIDENT_FORM = r"\b\d{6}(?: ?- ?| )[1-8]\d{6}\b"  # Korean, in a text; judged with the others of its column
_CARD = r"\b(?:\d{4}([- ])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([- ])\d{6}\2\d{5})\b"
# also with letters of other languages, which addresses may have
_EMAIL = r"[^\W_][\w.%+'-]{0,63}@[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){0,5}\.[^\W\d_]{2,24}\b"
# Whom to write to at an office: what stands before the @ is nobody's name.
_OFFICE = re.compile(
    r"(?i)(?:.*[._-])?(?:info|contact|contacts|contactus|help|helpdesk|support|service|services|admin|office|mail|"
    r"webmaster|postmaster|hostmaster|no-?reply|api|open-?data|data|gtfs|gis|portal|public|press|media|feedback|"
    r"enquir(?:y|ies)|inquir(?:y|ies)|customer|customerservice|team|dev|developer|developers|minwon|master)\d{0,3}"
)
_MAC = r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b"


@cache
def forms_of(country: str) -> Sequence[Form]:
    """All forms, for a city of a country."""
    mobile = MOBILES.get(country, MobileForms())
    bare = mobile.bare
    national = [Form(MOBILE, mobile.signed, anywhere=True)] if mobile.signed is not None else []
    national += [Form(MOBILE, mobile.short, least=3)] if mobile.short is not None else []
    national += [Form(MOBILE, bare, least=3)] if bare is not None and country not in NO_TRUNK else []
    national += (
        [Form(MOBILE, rf"(?<!\d)(?:{bare})(?!\d)", anywhere=True, prose=True)] if bare and bare[0] == "0" else []
    )
    national += [form for of, form in _RESIDENTS.items() if of == country]
    return (
        Form(EMAIL, _EMAIL, anywhere=True),
        Form(MOBILE, INTERNATIONAL, anywhere=True),
        Form(CARD, _CARD, is_card, anywhere=True),
        Form(DEVICE, _MAC, _is_device_address, anywhere=True),
        Form(RESIDENT, r"\d{13}", is_korean_resident, share=0.5),
        Form(CARD, r"\d{15,16}", is_card),
        Form(DEVICE, r"\d{15}", is_imei),
        *national,
    )


@cache
def bare_mobile(country: str) -> str | None:
    """A mobile number as bare digits, for a column whose name says that telephones stand in it."""
    return MOBILES.get(country, MobileForms()).bare


def is_address_of_somebody(text: str) -> bool:
    """Whether a text is an e-mail address and nothing else, and not that of an office."""
    return re.fullmatch(_EMAIL, text) is not None and _OFFICE.fullmatch(text.partition("@")[0]) is None


def _is_device_address(text: str) -> bool:
    """Neither all zeros nor all ones, which are nobody's; and none that is a time with colons."""
    return len(set(text.upper()) - {":"}) > 2 and re.search("[A-Fa-f]", text) is not None


@cache
def at_a_glance(country: str) -> str:
    """One pattern for Polars (no look-around, no back-reference) that holds wherever something could be found.

    Its edge of a word is that of ASCII, which is found wherever the other one is: with that of Unicode, a text that has
    a letter of Korean is read forty times as slowly (4 MB a second, a sixth of what it takes to fetch a day of Seoul).
    """
    dashed, bare = (mobile := MOBILES.get(country, MobileForms())).signed, mobile.bare
    in_prose = bare is not None and bare.startswith("0")
    parts = [
        r"@[\w-]+\.",
        r"\d{6}(?: ?- ?| )[1-8]\d{6}",
        rf"[０-９]{{3}}|[＠＋]|\d{{2,6}} ?[{_DASHES}] ?\d{{3,7}}",
        *([rf"(?:^|\D)(?:{bare})(?:\D|$)"] if in_prose else []),
        r"\+\d[-. ()/\d]{7}|(?-u:\b)00[- ]?[1-9]\d{0,2}[-/]",
        r"\d{4}[- ]\d{4}[- ]\d{4}[- ]\d{4}|3[47]\d{2}[- ]\d{6}[- ]\d{5}",
        r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}",
        *([dashed.replace("\\b", "")] if dashed is not None else []),
    ]
    return "|".join(f"(?:{part})" for part in parts)
