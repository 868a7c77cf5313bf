"""What stands around the content of a page."""

from __future__ import annotations

from markupsafe import Markup

from assets.site.language.words import SiteWords
from assets.site.render import RELEASE_BEGINS, RELEASE_ENDS, with_release


def test_a_page_that_is_taken_over_has_another_release_and_nothing_else_differs() -> None:
    page = f"<p>{RELEASE_BEGINS}Release 1{RELEASE_ENDS}</p><b>&amp;</b>"
    line = Markup(RELEASE_BEGINS) + Markup("Release 2") + Markup(RELEASE_ENDS)
    assert with_release(page.encode(), line).decode() == page.replace("Release 1", "Release 2")


def test_what_fills_a_message_is_text_that_turns_nothing_around() -> None:
    """The licence in the footer is written by a pack: it turned the foot of each page around."""
    hostile = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}{0}%s{{ 7 }}"
    said = SiteWords("en")("release", version=1, at="", licence=hostile)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}{0}%s{{ 7 }}" in said
