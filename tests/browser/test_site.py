"""The site in a real browser: nothing is asked of anybody, everybody can read it, its numbers are those of the file.

One site of a small city for all tests; names of its districts are hostile.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from assets.site.build import build_site
from assets.site.served import HOST, SiteFiles
from tests.worlds.small_site import HOSTILE, SmallSite, small_site, values_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian's package is `chromium`)"),
]
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
LARGEST = 300_000  # bytes of a page
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BY_LAYOUT = ["color-contrast", "target-size", "scrollable-region-focusable"]  # what theme and width decide


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    return small_site(tmp_path_factory.mktemp("site"), hostile=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def kinds(site: SmallSite) -> list[str]:
    """One page of each kind: what differs by area, metric, month or table has one address here."""
    found = dict[str, str]()
    for path in pages(site):
        shape = re.sub(r"^(en|ko)/", "", path)
        shape = re.sub(r"/(metric|district|quality|dictionary|way)/(?!index).*", r"/\1", shape)
        if path.startswith("en/") or "/" not in path:
            found.setdefault(shape, path)
    return list(found.values())


def pages(site: SmallSite) -> list[str]:
    return sorted(path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html"))


@dataclass
class Seen:
    """What a context asked for, and what its pages complained of."""

    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def of(self, context: BrowserContext) -> Seen:
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self.said.append(message.text))
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        return self


def shown(context: BrowserContext, site: SmallSite, path: str) -> Page:
    page = context.new_page()
    page.goto(f"file://{site.folder}/{path}")
    return page


class Parsed(HTMLParser):
    """What of a page leads elsewhere, its anchors, and its numbers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.anchors, self.values = list[str](), list[str](), list[float]()
        self.styled, self.handlers = 0, list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("href", "src") if given.get(name) is not None]
        self.anchors += [str(given["id"])] if given.get("id") else []
        self.styled += "style" in given
        self.handlers += [name for name in given if name.startswith("on")]
        if tag == "data" and given.get("value"):
            self.values.append(float(str(given["value"])))


def parsed(site: SmallSite) -> dict[str, Parsed]:
    return {path: Parsed((site.folder / path).read_text("utf-8")) for path in pages(site)}


def test_every_link_of_every_page_leads_somewhere(site: SmallSite):
    every = parsed(site)
    wrong = list[str]()
    for path, page in every.items():
        assert len(page.anchors) == len(set(page.anchors)), path
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme in ("https", "http"), (path, link)
                continue
            there = (site.folder / path).parent / unquote(parts.path) if parts.path else site.folder / path
            target = Path(there).resolve()
            if not target.is_file() or not target.is_relative_to(site.folder.resolve()):
                wrong.append(f"{path} -> {link}")
            elif parts.fragment:
                other = every[target.relative_to(site.folder.resolve()).as_posix()]
                if unquote(parts.fragment) not in other.anchors:
                    wrong.append(f"{path} -> {link} (no such anchor)")
    assert wrong == []


def test_pages_are_small_and_have_neither_styles_nor_handlers_of_their_own(site: SmallSite):
    for path, page in parsed(site).items():
        assert (site.folder / path).stat().st_size <= LARGEST, path
        assert page.styled == 0, path
        assert page.handlers == [], path


def test_the_numbers_of_the_city_are_those_of_the_file(site: SmallSite):
    latest = values_of(
        site,
        "SELECT value FROM metric.latest l JOIN mart.area a USING (city, area) WHERE a.parent IS NULL"
        " AND value IS NOT NULL",
    )
    found = parsed(site)["en/seoul/index.html"].values
    assert found
    for (value,) in latest:
        assert value in found, value


def test_two_builds_are_the_same_bytes(site: SmallSite, tmp_path: Path):
    build_site(site.file, tmp_path / "again")
    for path in sorted(site.folder.rglob("*")):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(site.folder)).read_bytes() == path.read_bytes(), path


def test_hostile_names_are_texts(site: SmallSite):
    every = "\n".join((site.folder / path).read_text("utf-8") for path in pages(site))
    for raw in ("<script>alert", "<img src=http", "onerror=alert(1)>", "\u202e", "\u2066"):
        assert raw not in every
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in every


class TestInBrowser:
    pytestmark = in_browser

    def test_nothing_is_asked_of_anybody_and_nothing_is_complained_of(self, browser: Browser, site: SmallSite):
        server = ThreadingHTTPServer((HOST, 0), partial(SiteFiles, directory=str(site.folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            for root in (f"file://{site.folder}/", f"http://{HOST}:{server.server_address[1]}/"):
                context = browser.new_context()
                seen = Seen().of(context)
                for path in kinds(site):
                    page = context.new_page()
                    page.goto(root + path)
                    assert page.title(), path
                    page.close()
                assert seen.said == [], root
                assert [url for url in seen.asked if not url.startswith(root)] == []
                assert len(seen.asked) >= len(kinds(site))
                context.close()
        finally:
            server.shutdown()
            server.server_close()

    @pytest.mark.parametrize(
        ("scheme", "width", "rules"),
        [("light", 1440, None), ("dark", 320, None), ("dark", 1440, BY_LAYOUT), ("light", 320, BY_LAYOUT)],
    )
    def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
        self, browser: Browser, site: SmallSite, scheme: Any, width: int, rules: list[str] | None
    ):
        import axe_playwright_python

        script = (Path(str(axe_playwright_python.__file__)).parent / "axe.min.js").read_text("utf-8")
        # a script that the test brings is not the page's own: the policy of the page would refuse it
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
        )
        chosen = {"type": "tag", "values": TAGS} if rules is None else {"type": "rule", "values": rules}
        wrong = list[str]()
        for path in kinds(site):
            page = shown(context, site, path)
            page.evaluate(script)
            found = page.evaluate("chosen => axe.run({runOnly: chosen, resultTypes: ['violations']})", chosen)
            wrong += [
                f"{path}: {one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:300]}"
                for one in found["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{path}: wider than {width}")
            page.close()
        context.close()
        assert wrong == []

    def test_the_keyboard_reaches_all_and_shows_where_it_is(self, browser: Browser, site: SmallSite):
        # a smooth way down is still on its way when the next key is pressed
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        page = shown(context, site, "en/seoul/index.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.reload()
        reached = list[str]()
        for _ in range(60):
            page.keyboard.press("Tab")
            style = page.evaluate(
                "(() => {const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
                " return [e.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth),"
                " r.bottom > 0 && r.top < innerHeight]})()"
            )
            if style[0].startswith("<body"):  # all of it has been reached
                break
            assert style[1] != "none", style
            assert style[2] >= 2, style
            assert style[3], style
            reached.append(style[0])
        assert len(reached) >= 15
        context.close()

    def test_hostile_names_do_nothing(self, browser: Browser, site: SmallSite):
        context = browser.new_context()
        seen = Seen().of(context)
        for area, name in site.named.items():
            page = shown(context, site, f"en/seoul/district/{area}.html")
            assert page.evaluate("document.querySelectorAll('img, main script').length") == 0
            text = page.evaluate("document.querySelector('h1').textContent")
            turning = "[\u202a-\u202e\u2066-\u2069\ufffd ]"
            assert re.sub(turning, "", text) == re.sub(turning, "", name)
            assert re.search("[\u202a-\u202e\u2066-\u2069]", text) is None
            assert page.evaluate("document.querySelectorAll('[onmouseover], [onerror]').length") == 0
            page.close()
        assert len(site.named) == len(HOSTILE)
        assert seen.said == []
        context.close()

    def test_the_theme_can_be_chosen_and_stays(self, browser: Browser, site: SmallSite):
        context = browser.new_context(color_scheme="light")
        page = shown(context, site, "en/seoul/index.html")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("#theme")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert dark != light
        page.reload()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
        context.close()

    def test_nothing_moves_for_who_wants_no_motion(self, browser: Browser, site: SmallSite):
        now = "[...document.querySelectorAll('.view')].findIndex(view => view.classList.contains('now'))"
        for motion, moves in (("reduce", False), ("no-preference", True)):
            context = browser.new_context(reduced_motion=motion, viewport={"width": 1920, "height": 1080})  # type: ignore[arg-type]
            page = context.new_page()
            page.clock.install()
            page.goto(f"file://{site.folder}/en/seoul/wall.html")
            before = page.evaluate(now)
            page.clock.run_for(60_000)
            assert (page.evaluate(now) != before) == moves
            assert page.evaluate("document.documentElement.scrollWidth") <= 1920
            smooth = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
            assert (smooth == "smooth") == moves
            context.close()

    @pytest.mark.parametrize("word", ["PM2.5", "pm25", "PM\N{SUBSCRIPT TWO}.\N{SUBSCRIPT FIVE}"])
    def test_the_dictionary_finds_what_people_write(self, browser: Browser, site: SmallSite, word: str):
        """In Korean a title has no PM2.5 in it: the code has, without its point."""
        context = browser.new_context()
        page = shown(context, site, "ko/seoul/dictionary.html")
        lines = "[...document.querySelectorAll('.entry li')].filter(line => line.offsetParent !== null)"
        every = page.evaluate(f"{lines}.length")
        page.fill("#sought", word)
        left = page.evaluate(f"{lines}.map(line => line.textContent)")
        assert 0 < len(left) < every
        assert any("pm25_mean" in line for line in left)
        page.fill("#sought", "no such word")
        assert page.evaluate(f"{lines}.length") == 0
        assert page.locator("#found").inner_text()
        context.close()

    def test_paper_has_no_buttons_and_no_ways(self, browser: Browser, site: SmallSite):
        context = browser.new_context()
        page = shown(context, site, "en/seoul/index.html")
        page.emulate_media(media="print")
        for unread in ("#theme", ".mast nav", ".tools", ".jump"):
            assert not page.locator(unread).first.is_visible(), unread
        context.close()

    def test_pages_are_read_without_scripts(self, browser: Browser, site: SmallSite):
        context = browser.new_context(java_script_enabled=False)
        for path in kinds(site):
            page = shown(context, site, path)
            assert page.locator("main").inner_text().strip(), path
            page.close()
        context.close()
