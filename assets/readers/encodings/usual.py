"""How usual a text is in a language, in bits: what it would take to write it down in a code made for that language.

Wrong readings are expensive: rare letters, symbols inside words, two alphabets in one word. No decoding here.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from assets.readers.encodings import letters

IMPOSSIBLE = math.inf
UNUSUAL = 15.0  # from here on a sign is not one of this language
_SYMBOL, _FOREIGN = 18.0, 20.0
_ASCII_LETTER, _PUNCTUATION = 4.5, 10.0
_USUAL_SIGNS = frozenset(
    "µμ°²³·–—‘’“”…€£×±½©®«»½¼¿¡º§№ⅠⅡⅢ①②③、。，．：；！？（）「」『』《》【】〔〕・～％＋－／㎍㎥㎡㎢㎞㎜㎏℃○●□■△▲☆★※→\u00a0\u3000"
)
_UNITS = frozenset(["µg", "μg", "m³", "m²", "°C", "°F", "µm", "g/m³"])  # in headers all over the world
_LINE_ENDS = "\u0085\u2028\u2029"  # white space
_WIDE = frozenset("HZK")  # Hangul, Han and Kana stand beside each other and beside Latin letters
_ACROSS = {"HZ": 6.0, "ZH": 6.0, "HK": 12.0, "KH": 12.0}


def bits(text: str, language: str) -> float:
    """The bits of a text in a language; IMPOSSIBLE where no text has such signs: control, private, unassigned."""
    if text in _UNITS:
        return 1.0
    usual = _usual(language)
    if language == "vi":  # its encoding has letters and marks apart
        text = unicodedata.normalize("NFC", text)
    total, before = 0.0, ""
    for sign in text:
        cost = usual.get(sign)
        if cost is None:
            cost = usual[sign] = _unlisted(sign, language)
        total += cost + _beside(before, sign, language)
        before = sign
    return total


def unusual_share(texts: Iterable[str], languages: Sequence[str]) -> float:
    """Share of the signs beyond ASCII that belong to none of these languages or stand where none stands, 0 to 1."""
    every = [unicodedata.normalize("NFC", text) if "vi" in languages else text for text in texts]
    signs = sum(not sign.isascii() for text in every for sign in text)
    return sum(len(unusual_signs(text, languages)) for text in every) / signs if signs else 0.0


def unusual_signs(text: str, languages: Sequence[str]) -> list[str]:
    """The signs beyond ASCII that belong to none of these languages, and letters among digits: `10ĄC` was `10°C`."""
    tables = [(_usual(language), language) for language in languages]
    found = []
    for at, sign in enumerate(text):
        if sign.isascii():
            continue
        strange = min((t.get(sign) or _unlisted(sign, language)) for t, language in tables) >= UNUSUAL
        if strange or _among_digits(text[at - 1 : at], sign, text[at + 1 : at + 2]):
            found.append(sign)
    return found


def _among_digits(before: str, sign: str, after: str) -> bool:
    """Whether a letter of an alphabet stands between digits, or where a degree or a plus-minus would."""
    script = _script(sign)
    if not script or script in _WIDE or script not in "LGCBA":
        return False
    capital = "A" <= after <= "Z"
    if before.isdigit():
        return after.isdigit() or capital or (script == "L" and not after)
    return script == "L" and not before and after.isdigit()


@cache
def _usual(language: str) -> dict[str, float]:
    """Bits of each usual sign of a language."""
    found = dict.fromkeys(_USUAL_SIGNS, _PUNCTUATION)
    if language == "ko":
        found |= _listed(letters.HANGUL, 6.0)
    elif language in ("zh-hant", "zh-hans"):
        found |= _listed(letters.HANT if language == "zh-hant" else letters.HANS, 7.0)
    elif language == "ja":
        found |= _listed(letters.JAPANESE, 8.0) | dict.fromkeys(letters.KANA, 6.5) | {"ー": 6.0, "々": 10.0}
    elif language == "th":
        found |= _ranked(letters.THAI, 3.5, 0.1) | _ranked(letters.THAI_MARKS, 4.5, 0.1)
        found |= dict.fromkeys("๐๑๒๓๔๕๖๗๘๙", 9.0)
    elif language == "vi":
        found |= _cased(dict.fromkeys(letters.vietnamese(), 5.5))
    elif language in _ALPHABETS:
        found |= _cased(_ranked(_ALPHABETS[language], 3.4, 0.18))
    else:
        found |= _cased(_ranked(letters.LATIN.get(language, ""), 4.0, 0.5))
    return found


_ALPHABETS = {
    "ru": letters.CYRILLIC,
    "uk": letters.UKRAINIAN,
    "be": letters.BELARUSIAN,
    "bg": letters.BULGARIAN,
    "sr": letters.SERBIAN,
    "mk": letters.MACEDONIAN,
    "kk": letters.KAZAKH,
    "mn": letters.MONGOLIAN,
    "el": letters.GREEK,
    "he": letters.HEBREW,
    "ar": letters.ARABIC,
    "fa": letters.ARABIC,
}


def _ranked(signs: str, first: float, step: float) -> dict[str, float]:
    """The later in the list, the more bits."""
    return {sign: first + step * rank for rank, sign in enumerate(signs)}


def _listed(signs: str, first: float) -> dict[str, float]:
    """The same for hundreds of letters: twice as far down the list, one bit more."""
    found: dict[str, float] = {}
    for rank, sign in enumerate(signs):
        found.setdefault(sign, first + math.log2(1 + rank / 12))
    return found


def _cased(found: dict[str, float]) -> dict[str, float]:
    """... and the capitals, which are rarer."""
    return {sign.upper(): cost + 1.0 for sign, cost in found.items() if len(sign.upper()) == 1} | found


def _unlisted(sign: str, language: str) -> float:
    category = unicodedata.category(sign)
    if sign in _LINE_ENDS:
        return _PUNCTUATION
    if sign.isascii():
        return _ASCII_LETTER if sign >= " " or sign in "\t\r\n" else IMPOSSIBLE
    if category[0] == "C" and category != "Cf":
        return IMPOSSIBLE
    script = _script(sign)
    if script == "H" and language == "ko":
        return 13.5 if _is_standard(sign, "euc_kr") else 24.0
    if script == "Z" and language in _STANDARD:
        return 14.4 if _is_standard(sign, _STANDARD[language]) else 19.0
    if category == "Mn" and language != "th":
        return _FOREIGN
    if script == "Z" and language == "ko":
        return 22.0
    if script == "L" and language in letters.LATIN:
        return 16.0  # a letter of a neighbour: a name from there
    return _FOREIGN if script else _SYMBOL


# The first level of each national standard holds the letters in daily use; what is beyond is rare.
_STANDARD = {"zh-hant": "big5", "zh-hans": "gb2312", "ja": "shift_jis"}
_FIRST_LEVEL = {
    "euc_kr": (0xB0A1, 0xC8FE),
    "big5": (0xA440, 0xC67E),
    "gb2312": (0xB0A1, 0xD7F9),
    "shift_jis": (0x889F, 0x9872),
}


def _is_standard(sign: str, encoding: str) -> bool:
    try:
        code = int.from_bytes(sign.encode(encoding), "big")
    except UnicodeEncodeError:
        return False
    first, last = _FIRST_LEVEL[encoding]
    return first <= code <= last


def _beside(before: str, sign: str, language: str) -> float:
    """What it costs that two signs stand beside each other."""
    if not before or (before.isascii() and sign.isascii()):
        return 0.0
    left, right = _script(before), _script(sign)
    if left and right and left != right:
        if left in _WIDE and right in _WIDE:
            return 0.0 if language == "ja" else _ACROSS.get(left + right, 0.0)
        return 2.0 if left in _WIDE or right in _WIDE else 12.0
    if left == right == "L" and not before.isascii() and not sign.isascii() and language != "vi":
        return 4.0  # letters with marks stand alone, mostly
    if right and left == right and sign.isupper() and before.islower():
        return 8.0
    symbol, letter = (before, right) if not left else (sign, left)
    odd = not (left and right) and letter and not symbol.isascii() and unicodedata.category(symbol) not in ("Mn", "Cf")
    return 4.0 if odd and symbol not in "’·–-" and letter not in _WIDE else 0.0


_RANGES = (
    (0x41, 0x5A, "L"),
    (0x61, 0x7A, "L"),
    (0xC0, 0x24F, "L"),
    (0x300, 0x36F, ""),
    (0x370, 0x3FF, "G"),
    (0x400, 0x52F, "C"),
    (0x590, 0x5FF, "B"),
    (0x600, 0x6FF, "A"),
    (0xE00, 0xE7F, "T"),
    (0x1100, 0x11FF, "H"),
    (0x1E00, 0x1EFF, "L"),
    (0x3041, 0x30FF, "K"),
    (0x3130, 0x318F, "h"),
    (0x3400, 0x9FFF, "Z"),
    (0xAC00, 0xD7A3, "H"),
    (0xF900, 0xFAFF, "Z"),
    (0xFF66, 0xFF9F, "k"),
    (0x20000, 0x323AF, "Z"),
)


@cache
def _script(sign: str) -> str:
    """A letter for the script of a sign, empty for what belongs to none: digits, signs, marks."""
    code = ord(sign)
    if code in (0xD7, 0xF7):
        return ""
    return next((script for first, last, script in _RANGES if first <= code <= last), "")
