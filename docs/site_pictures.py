"""Pictures of five pages of the site, as a browser shows them: `make site-pictures SITE=FOLDER`, the folder of a site.

Chromium draws them (Debian's package `chromium`). They are not compared by a test: another edition of a browser or of a
font draws other pixels.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

PICTURES = Path(__file__).parent / "pictures"
# page below the language, language, theme, width and height, what is scrolled to
PAGES: dict[str, tuple[str, str, Any, int, int, str]] = {
    "site-city": ("index.html", "en", "light", 1280, 860, ""),
    "site-metric": ("metric/pm25_mean.html", "en", "light", 1280, 1100, ""),
    "site-district": ("district/11110.html", "ko", "light", 1280, 860, ""),
    "site-quality": ("quality/index.html", "en", "dark", 1280, 860, ""),
    "site-wall": ("wall.html", "ko", "dark", 1920, 1080, ""),
}


def site_pictures(site: Path) -> list[Path]:
    """Draw the pages of the first city of a site. Gives the files."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    paths = json.loads((site / "site.json").read_text("utf-8"))["files"]
    city = next(path.split("/")[1] for path in sorted(paths) if path.endswith("/wall.html"))
    made = list[Path]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (page, language, theme, width, height, at) in PAGES.items():
            shown = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
            )
            shown.goto((site / language / city / page).resolve().as_uri() + at)
            made.append(PICTURES / f"{name}.png")
            shown.screenshot(path=made[-1])
            shown.close()
        browser.close()
    return made


if __name__ == "__main__":
    for picture in site_pictures(Path(sys.argv[1])):
        print(f"docs/pictures/{picture.name}")
