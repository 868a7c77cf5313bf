"""Which code is Madang's own, in a checkout and where a wheel is installed beside hundreds of libraries."""

from __future__ import annotations

from pathlib import Path

# As Python names the files of its frames: with the links that lead there.
ROOT = Path(__file__).absolute().parents[1]  # the checkout, or the site-packages that the wheel is installed in
PACKAGES = ("pipelines", "assets", "quality", "warehouse", "simulator")


def own_file(filename: str) -> Path | None:
    """The path below the root of a file of Madang's own code; None for one of a library, wherever that is installed."""
    path = Path(filename)
    if not path.is_relative_to(ROOT):
        return None
    below = path.relative_to(ROOT)
    return below if below.parts[:1] and below.parts[0] in PACKAGES else None
