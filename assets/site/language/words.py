"""What the site says in one language: its own messages, and numbers, days and periods as people of it write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError, dates, numbers
from markupsafe import Markup, escape

from assets.sentences import Sentences
from assets.site.language.numerals import locale_of, share_text, written_number
from assets.site.language.periods import before
from assets.site.language.units import COMPACT_FROM, change_digits, digits_of, limit_digits, unit_name
from assets.site.opened import NamedText
from quality.contract.texts import PLATFORM

_FOLDER = Path(__file__).parent.with_name("messages")
_IN_DAYS = 60  # an age is counted in days up to here, then in months and years
_DAYS = {"en": "d MMM y", "ko": "long"}  # 30 Nov 2020, 2020년 11월 30일; others as the CLDR says
_SKELETONS = {"year": "y", "quarter": "yQQQ", "month": "yMMMM"}  # of the CLDR, which has a pattern for each
_SHORT = 8  # letters of a unit, such as µg/m³
SHARED = "shared"  # the messages of all pages; a folder beside it has those of the pages of one template


@cache
def messages_of(part: str) -> Sentences:
    """The messages of one part of the site, by language."""
    return Sentences(_FOLDER / part)


# A page of ways asks for 200 messages and numbers: what follows is looked up once for all 1,800 of them.
@cache
def _message(wanted: str, key: str) -> tuple[str | Mapping[str, str], str]:
    """A message, escaped but for its gaps, and its language. Raises KeyError."""
    part, _, name = key.rpartition(".")
    sentences = messages_of(part or SHARED)
    for language in (sentences.language_for(wanted), PLATFORM):
        found = sentences.part(language, "messages").get(name)
        if found is not None:
            forms = {form: str(escape(text)) for form, text in found.items()} if isinstance(found, Mapping) else None
            return forms or str(escape(found)), wanted if language != PLATFORM else PLATFORM
    raise KeyError(f"there is no message {key!r} in English: assets/site/messages/{part or SHARED}/en.yaml")


@lru_cache(maxsize=20_000)
def _count(language: str, number: int) -> str:
    return numbers.format_decimal(number, locale=locale_of(language))


@lru_cache(maxsize=20_000)  # all pages have the same days and months
def _period(language: str, period: str, start: date) -> str:
    skeleton = _SKELETONS.get(period)
    if skeleton is not None:
        return dates.format_skeleton(skeleton, start, locale=locale_of(language))
    return dates.format_date(start, _DAYS.get(language, "medium"), locale=locale_of(language))


@dataclass(frozen=True)
class SiteWords:
    """The words of one language tag, such as `ko` or `zh-Hant`. A message that is not there in it is in English."""

    language: str

    @cached_property
    def locale(self) -> Locale:
        """The rules of the Unicode CLDR for the language; English ones where it has none."""
        return locale_of(self.language)

    def __call__(self, key: str, **gaps: object) -> Markup:
        """The message under `key`, its gaps filled, as HTML: what fills them is escaped.

        A key is `part.name`, or the name of a shared one. A message in several forms (one, few, other: CLDR's plural
        categories) is chosen by the gap `n`. Whole numbers are shown as the language writes them. Raises KeyError for a
        key that English has not, either.
        """
        found, language = _message(self.language, key)
        if not isinstance(found, str):
            number = gaps["n"]
            form = locale_of(language).plural_form(number if isinstance(number, int | float | Decimal) else 0)
            found = found.get(form, found["other"])
        shown = {name: escape(self._gap(gap)) for name, gap in gaps.items()}
        # not Markup.format, which takes three times as long and escapes what is escaped here
        text = Markup(str.format(found, **shown))
        return text if language == self.language else self.marked(text, language)

    def _gap(self, gap: object) -> object:
        if isinstance(gap, int):
            return self.count(gap)
        return _visible(gap) if type(gap) is str else gap  # Markup is made here, or of a text that went through this

    def plain(self, key: str, **gaps: object) -> str:
        """The message as text without HTML, for attributes and titles."""
        return text_of_html(self(key, **gaps))

    def marked(self, text: Markup, language: str) -> Markup:
        """What is said in another language than the page's."""
        return Markup('<span lang="{}">{}</span>').format(language, text)

    def named(self, text: NamedText) -> Markup:
        """A text of the pack; one that is there in another language only says so by `lang`, and may run its own way."""
        # not Markup.format, as in __call__: pages of a city have 30,000 names
        mark = "" if text.language == self.language else f' lang="{escape(text.language)}"'
        return Markup(f"<bdi{mark}>{escape(_visible(text.text))}</bdi>")

    def count(self, number: int) -> str:
        """A whole number: 1,234."""
        return _count(self.language, number)

    def number(self, value: float, digits: int) -> str:
        """A number with exactly so many digits behind the point, with a true minus sign."""
        return written_number(self.language, value, digits)

    def figure(self, value: float, unit: str, target: float | None = None) -> str:
        """A value as a number alone, with the digits of its unit: for tables, axes and sentences."""
        return self.number(value, digits_of(value, unit, target))

    def value(self, value: float, unit: str, target: float | None = None) -> Markup:
        """A value with its unit. The element keeps it unrounded; rounding never hides that it is not the target."""
        digits = digits_of(value, unit, target)
        shown = self.shown(value, digits)
        name = self.unit(unit, Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits)))
        said = f'<data value="{value!r}">{shown}</data>'
        return Markup(f'{said} <span class="unit">{escape(name)}</span>' if name else said)

    def unit(self, unit: str, number: float | Decimal = 2) -> str:
        """What a unit is called beside a number; nothing of what has none."""
        return unit_name(unit, self.plain, number)

    def limit(self, limit: float, unit: str = "") -> Markup:
        """A target or threshold with the digits that were written, and a unit that is short enough to be read again."""
        name, shown = self.unit(unit), self.number(limit, limit_digits(limit))
        return Markup("{}\N{NO-BREAK SPACE}{}").format(shown, name) if 0 < len(name) <= _SHORT else Markup(shown)

    def change(self, change: float, value: float, unit: str) -> str:
        """By how much a value is different, without a sign."""
        return self.number(abs(change), change_digits(change, value, unit))

    def shown(self, value: float, digits: int) -> str:
        """A number for reading: a very large one in words, such as 3.2 billion."""
        if abs(value) < COMPACT_FROM:
            return self.number(value, digits)
        words = numbers.format_compact_decimal(value, format_type="long", locale=self.locale, fraction_digits=1)
        return words.replace("-", "\N{MINUS SIGN}")

    def share(self, value: float, digits: int = 0) -> str:
        """A share of 1 in per cent."""
        return share_text(self.language, value, digits)

    def day(self, day: date) -> Markup:
        """A day in its own element: 30 Nov 2020."""
        shown = dates.format_date(day, _DAYS.get(self.language, "medium"), locale=self.locale)
        return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), shown)

    def long_day(self, day: date) -> str:
        """A day as a heading says it: 30 November 2020."""
        return dates.format_date(day, "d MMMM y" if self.language == PLATFORM else "long", locale=self.locale)

    def period(self, period: str, start: date) -> str:
        """A period by its first day: 30 Nov 2020, week 49 of 2020, November 2020, Q4 2020, 2020."""
        if period == "week":
            year, week, _ = start.isocalendar()
            return self.plain("week_of", n=week, year=str(year))
        return _period(self.language, period, start)

    def period_before(self, period: str, start: date) -> str:
        """The period before, as briefly as beside the one it is before: 29 Nov."""
        earlier = before(period, start)
        if period == "day" and earlier.year == start.year:
            if self.language == PLATFORM:
                return dates.format_date(earlier, "d MMM", locale=self.locale)
            return dates.format_skeleton("MMMd", earlier, locale=self.locale)
        return self.period("month" if period == "trailing_year" else period, earlier)

    def age(self, days: int) -> str:
        """How long ago something was, in days for two months: 3 days ago."""
        if days <= 0:
            return self.plain("today")
        ago, threshold = timedelta(days=-days), 1000 if days <= _IN_DAYS else 1.5
        return dates.format_timedelta(ago, "day", threshold, add_direction=True, locale=self.locale)

    def tick(self, period: str, start: date) -> str:
        """A month or year by its first day, as short as an axis has it: Nov, 2020."""
        return dates.format_skeleton("y" if period == "year" else "MMM", start, locale=self.locale)

    def instant(self, at: datetime) -> str:
        """An instant by UTC."""
        return f"{dates.format_datetime(at, 'yyyy-MM-dd HH:mm', locale=self.locale)} UTC"

    def language_name(self, tag: str) -> str:
        """What speakers of a language call it."""
        try:
            return Locale.parse(tag, sep="-").get_display_name() or tag
        except (ValueError, UnknownLocaleError):
            return tag


def _visible(text: str) -> str:
    """A text without what turns the direction of what follows, or is no character: it is shown as a sign."""
    return _UNSEEN.sub(lambda found: " " if found[0] in "\t\n\r" else "\N{REPLACEMENT CHARACTER}", text)


_UNSEEN = re.compile("[\x00-\x1f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]")


def text_of_html(html: Markup) -> str:
    """HTML as text. Most messages have nothing in them that would have to be taken away."""
    return html.striptags() if "<" in html or "&" in html else " ".join(html.split())
