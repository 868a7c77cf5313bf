"""Pages as HTML: the templates, and a policy under which a page may load and run nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assets.site.bytecode import KeptTemplates
from assets.site.language.words import SiteWords
from assets.site.opened import OpenFile
from assets.site.page import SitePage, relative

HERE = Path(__file__).parent
_TEMPLATES = HERE / "templates"
SECTIONS = ("city", "districts", "quality", "cities", "dictionary", "catalogue")
# What changes with each release stands between these: a page that is otherwise as it was is not made again.
RELEASE_BEGINS, RELEASE_ENDS = "<!--release-->", "<!--/release-->"


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=KeptTemplates(_TEMPLATES / "__pycache__"),
    )
    env.globals["sections"] = SECTIONS
    return env


@cache
def _static(template: str, kind: str) -> Markup:
    """The style (css) or script (js) of a template: what all pages share, and a file named like the template."""
    own = HERE / "static" / f"{template.removesuffix('.html')}.{kind}"
    files = [HERE / "static" / f"site.{kind}", *([own] if own.exists() else [])]
    return Markup("".join(path.read_text(encoding="utf-8") for path in files))


def _hash_of(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def policy(template: str) -> str:
    """The Content-Security-Policy of a page: its own style and script by their hashes, and nothing else."""
    style, script = _hash_of(_static(template, "css")), _hash_of(_static(template, "js"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def rendered(page: SitePage, file: OpenFile, sections: Mapping[str, str]) -> str:
    """A page as HTML.

    sections: by entry of the navigation, the path of the page that it leads to; what is not there is left out.
    """
    words = SiteWords(page.head.language)

    def link(to: str) -> str:
        return relative(page.path, to)

    around: dict[str, Any] = {
        "page": page,
        "head": page.head,
        "words": words,
        "link": link,
        "policy": policy(page.template),
        "style": _static(page.template, "css"),
        "script": _static(page.template, "js"),
        "navigation": [(name, link(sections[name])) for name in SECTIONS if name in sections],
        "release": release_line(words, file) if page.names_release else words("licence", licence=file.release.licence),
    }
    return _environment().get_template(page.template).render(**around, **page.content())


def release_line(words: SiteWords, file: OpenFile) -> Markup:
    """What the footer says of the file that the page is of, between the marks by which it is found again."""
    mark = file.release

    def made() -> Markup:
        said = words("release", version=mark.version, at=words.instant(mark.released_at), licence=mark.licence)
        return Markup(RELEASE_BEGINS) + said + Markup(RELEASE_ENDS)

    return file.once(("release line", words.language), made)


def with_release(html: bytes, line: str) -> bytes:
    """A page that was made before, with another line of the release in its footer."""
    before, _, rest = html.rpartition(RELEASE_BEGINS.encode())
    _, _, after = rest.partition(RELEASE_ENDS.encode())
    return before + line.encode() + after
