"""Where the repository, the saved replies and the real files are. The last two may be missing: their tests skip."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CITIES = REPOSITORY / "cities"
SEOUL = CITIES / "seoul"
PACKS_OF_TESTS = REPOSITORY / "tests" / "support" / "packs"  # packs that only tests use
SHARED = REPOSITORY.parent / "shared"
SAMPLES = Path(os.environ.get("MADANG_SAMPLES") or SHARED / "samples")
REAL_DATA = Path(os.environ.get("MADANG_REAL_DATA") or SHARED / "data")
