"""`madang share check` where there is nothing to count yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.options import Stop
from pipelines.cli.share import share_check


def test_before_the_first_night_it_says_that_there_are_no_cells_yet(tmp_path: Path):
    with pytest.raises(Stop, match="seoul has no cells of private feeds yet: run a night"):
        share_check("seoul", home=tmp_path / "home")
