"""Every pair of colours of the site has the contrast of WCAG 2.2 AA: computed from the CSS, in each theme."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from assets.site.render import HERE

CSS, _, PRINT = (HERE / "static" / "site.css").read_text("utf-8").partition("@media print")
TEXT, MARKS = 4.5, 3.0
CLASSES, STEPS = range(1, 7), range(1, 6)
_BLOCK = re.compile(r"(:root(?:\[data-theme=dark\]|:not\(\[data-theme=light\]\))?)\{([^}]*)\}")
_COLOUR = re.compile(r"--([a-z0-9-]+):(#[0-9a-f]{3,6})\b")


def themes() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for selector, text in _BLOCK.findall(CSS):
        colours = dict(_COLOUR.findall(text))
        if colours:
            found.setdefault(selector, {}).update(colours)
    return found


THEMES = themes()
LIGHT = THEMES[":root"]
DARK = {**LIGHT, **THEMES[":root[data-theme=dark]"]}
PRINTED = {**LIGHT, **dict(re.findall(_COLOUR, PRINT))}
EACH = pytest.mark.parametrize("theme", [LIGHT, DARK, PRINTED], ids=["light", "dark", "print"])


def luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_that_of_the_standard():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # a known one that just fails


def test_a_chosen_dark_theme_is_that_of_the_system():
    assert THEMES[":root[data-theme=dark]"] == THEMES[":root:not([data-theme=light])"]


def test_every_colour_of_the_light_theme_has_one_in_the_dark():
    assert set(LIGHT) == set(THEMES[":root[data-theme=dark]"])


@EACH
def test_texts_can_be_read(theme: dict[str, str]):
    pairs = [(name, ground) for name in ("ink", "soft", "accent", "signal") for ground in ("paper", "tint")]
    pairs += [(f"on-{n}", f"class-{n}") for n in CLASSES] + [(f"over-{n}", f"step-{n}") for n in STEPS]
    for text, ground in pairs:
        assert contrast(theme[text], theme[ground]) >= TEXT, (text, ground)


@EACH
def test_marks_can_be_seen(theme: dict[str, str]):
    for mark in ("accent", "signal", "mark", "strong"):
        assert contrast(theme[mark], theme["paper"]) >= MARKS, mark


@EACH
def test_steps_of_an_amount_go_one_way(theme: dict[str, str]):
    shades = [luminance(theme[f"step-{n}"]) for n in STEPS]
    falls = [one > other for one, other in pairwise(shades)]
    assert all(falls) or not any(falls)


def test_no_style_has_a_colour_beside_the_themes():
    for path in sorted((HERE / "static").glob("*.css")):
        text = _BLOCK.sub("", path.read_text("utf-8"))
        text = re.sub(r"@media print\s*\{.*", "", text, flags=re.DOTALL)  # ink on white
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", text) == [], path.name
