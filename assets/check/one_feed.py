"""What is wrong in one feed, whatever its pack is like."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from assets.check.check import safely
from assets.check.feeds import feed_mistakes
from assets.check.figures import figure_mistakes
from assets.check.model_columns import model_column_warnings
from assets.pack.city import CityConfig, PackFiles
from quality.contract.mistakes import Mistake, in_order
from quality.contract.model import Contract


def check_feed(path: Path, contract: Contract, config: CityConfig) -> list[Mistake]:
    """Mistakes and warnings of the feed in a file, by line, as `check_pack` finds them in a pack. Never raises."""
    pack = PackFiles(path.parent.parent, config, {path: contract}, None, None, {}, ())
    found = list[Mistake]()
    for part in (feed_mistakes, model_column_warnings, figure_mistakes):
        found += safely(path, partial(part, pack))
    return in_order(found)
