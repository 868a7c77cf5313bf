"""The shape of the code: small modules, tables that are tables, and folders whose modules are found by name."""

from __future__ import annotations

import re
import statistics
from functools import cache
from pathlib import Path

from tests.support.paths import REPOSITORY

CORE = ("pipelines", "assets", "quality", "warehouse", "simulator")
MEDIAN_LINES, MOST_LINES = 110, 300
MOST_SKIPS = 60  # tables that the formatter would break into one value a line
# Folders whose modules are found by their file name, and the name that each of them has to give.
LISTED = {
    "assets/connectors/protocols": {"PROTOCOL"},
    "assets/marts": {"TABLE"},
    "simulator/replies": {"reply"},
    "simulator/shapes": {"shape"},
    "simulator/faults": {"FAULTS"},
}


@cache
def modules() -> dict[str, str]:
    """Path below the repository -> source, of every module of the core packages."""
    paths = sorted(path for package in CORE for path in (REPOSITORY / package).rglob("*.py"))
    return {str(path.relative_to(REPOSITORY)): path.read_text("utf-8") for path in paths}


def test_modules_are_small() -> None:
    lines = {name: text.count("\n") for name, text in modules().items() if not name.endswith("__init__.py")}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    assert statistics.median(lines.values()) <= MEDIAN_LINES


def test_the_formatter_is_switched_off_for_tables_only() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {text.count('fmt: skip')}"
        for folder in (*CORE, "tests", "benchmarks", "docs")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        if "# fmt: skip" in (text := path.read_text("utf-8")) and path != Path(__file__)
    ]
    assert sum(int(line.rpartition(" ")[2]) for line in found) <= MOST_SKIPS, found


def test_modules_that_are_listed_give_what_is_looked_for() -> None:
    for folder, names in LISTED.items():
        for module, text in modules().items():
            if str(Path(module).parent) == folder and not module.endswith(("__init__.py", "base.py")):
                found = set(re.findall(r"^(?:def |class )?(\w+)\b", text, flags=re.MULTILINE))
                assert names <= found, module
