"""Names of months in the languages of cities, and what strptime reads in their place."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import polars as pl

# Each month in full, as it stands in dates, and short; points behind short names are taken with them.
_WORDS: Final = (
    "January jan januari januar jänner janvier janv enero ene janeiro ocak январь января янв қаңтар มกราคม ม.ค",
    "February feb februari februar pebruari februarie février févr fév febrero fevereiro fev şubat февраль февраля "
    "февр фев ақпан กุมภาพันธ์ ก.พ",
    "March mar maret mac märz mrz mars marzo março mart март марта мар наурыз มีนาคม มี.ค",
    "April apr avril avr abril abr aprile nisan апрель апреля апр сәуір เมษายน เม.ย",
    "May mei mai mayo maio maggio mayıs май мая мамыр พฤษภาคม พ.ค",
    "June jun juni juin junio junho giugno haziran июнь июня июн маусым มิถุนายน มิ.ย",
    "July jul juli julai juillet juil julio julho luglio temmuz июль июля июл шілде กรกฎาคม ก.ค",
    "August aug agustus agu agt ags ogos août aout agosto ago ağustos август августа авг тамыз สิงหาคม ส.ค",
    "September sep sept septembre septiembre setiembre set setembro settembre eylül сентябрь сентября сент сен "
    "қыркүйек กันยายน ก.ย",
    "October oct oktober okt octobre octubre outubro out ottobre ekim октябрь октября окт қазан ตุลาคม ต.ค",
    "November nov nopember nop novembre noviembre novembro kasım ноябрь ноября нояб ноя қараша พฤศจิกายน พ.ย",
    "December dec desember des disember dis dezember dez décembre déc diciembre dic dezembro dicembre aralık декабрь "
    "декабря дек желтоқсан ธันวาคม ธ.ค",
)


@cache
def _numbers() -> dict[str, int]:
    return {word.casefold(): number for number, words in enumerate(_WORDS, 1) for word in words.split()}


def month_number(word: str) -> int | None:
    """The month that a word names, 1 to 12; None for any other word."""
    return _numbers().get(word.strip().rstrip(".").casefold())


def with_english_months(text: pl.Expr) -> pl.Expr:
    """Texts with the months as strptime knows them; what is no name of a month stays."""
    for words in _WORDS:
        english, *others = words.split()
        names = "|".join(re.escape(one) for one in sorted(others, key=len, reverse=True))
        text = text.str.replace(rf"(?i)(^|[^\pL\pM])(?:{names})(?:[.]|($|[^\pL\pM]))", f"${{1}}{english}${{2}}")
    return text
