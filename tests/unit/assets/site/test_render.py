"""What stands around the content of a page."""

from __future__ import annotations

from markupsafe import Markup

from assets.site.render import RELEASE_BEGINS, RELEASE_ENDS, with_release


def test_a_page_that_is_taken_over_has_another_release_and_nothing_else_differs() -> None:
    page = f"<p>{RELEASE_BEGINS}Release 1{RELEASE_ENDS}</p><b>&amp;</b>"
    line = Markup(RELEASE_BEGINS) + Markup("Release 2") + Markup(RELEASE_ENDS)
    assert with_release(page.encode(), line).decode() == page.replace("Release 1", "Release 2")
