"""The shape of the code: small modules, a name for one thing only, and comments that name files that exist."""

from __future__ import annotations

import ast
import io
import re
import statistics
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.paths import REPOSITORY

CORE = ("pipelines", "assets", "quality", "warehouse", "simulator")
MEDIAN_LINES, MOST_LINES = 110, 300
MOST_SKIPS = 60  # tables that the formatter would break into one value a line
COMMANDS = "pipelines/cli"  # a function there is called as its command is
# Folders whose modules are found by their file name, and the name that each of them has to give.
LISTED = {
    "assets/connectors/protocols": {"PROTOCOL"},
    "assets/marts": {"TABLE"},
    "assets/metrics/measures": {"measure"},
    "simulator/replies": {"reply"},
    "simulator/shapes": {"shape"},
    "simulator/faults": {"FAULTS"},
    "simulator/observed": {"OBSERVED"},
}
CONFLICT = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?: .*)?$", re.MULTILINE)  # git's; ======= also underlines a heading
FILE = re.compile(r"(?<![\w/.<>*{}-])((?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?:py|md|yaml|toml|txt|sql|ipynb))(?![\w/*])")


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


def _public(name: str, text: str) -> Iterator[str]:
    """Functions and classes that a module defines for others."""
    given = LISTED.get(str(Path(name).parent), set())
    for node in ast.parse(text).body:
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and not node.name.startswith("_") and node.name not in {*given, "main"}:
            yield node.name


def test_a_public_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module, text in modules().items():
        if module.startswith(COMMANDS):
            continue
        for name in _public(module, text):
            places[name].append(module)
    twice = [f"{name}: {', '.join(found)}" for name, found in sorted(places.items()) if len(found) > 1]
    assert not twice, "\n".join(twice)


def test_modules_that_are_listed_give_what_is_looked_for() -> None:
    for folder, names in LISTED.items():
        for module, text in modules().items():
            if str(Path(module).parent) == folder and not module.endswith(("__init__.py", "base.py")):
                found = set(re.findall(r"^(?:def |class )?(\w+)\b", text, flags=re.MULTILINE))
                assert names <= found, module


def _prose(text: str) -> Iterator[str]:
    """Comments and docstrings of a module."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield ast.get_docstring(node) or ""


@cache
def _paths() -> tuple[Path, ...]:
    """Every file of the repository, and no made one of its root: an environment or a home."""
    folders = [*CORE, "deploy", "tests", "docs", "cities", "benchmarks", ".ci"]
    paths = [path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
    return (*paths, *(path for path in REPOSITORY.iterdir() if path.is_file()))


@cache
def _files() -> frozenset[str]:
    """Every file of the repository by its path and by each end of it."""
    parts = [path.relative_to(REPOSITORY).parts for path in _paths()]
    return frozenset("/".join(part[n:]) for part in parts for n in range(len(part)))


# Named as kinds of file, or as what others call theirs.
OTHERS = {"README.md", "city.yaml", "dagster.yaml", "metrics.yaml"}


def test_files_that_are_named_exist() -> None:
    missing = [
        f"{module}: {name}"
        for module, text in modules().items()
        for prose in _prose(text)
        for name in FILE.findall(prose)
        if name not in _files() and name not in OTHERS
    ]
    assert not missing, "\n".join(missing)


def _conflicts(text: bytes) -> list[int]:
    """The lines that git marks where two versions of a file do not fit together."""
    return [text.count(b"\n", 0, found.start()) + 1 for found in CONFLICT.finditer(text)]


def test_marks_of_a_conflict_are_found() -> None:
    mark = b"%b HEAD\nours\n%b base\n=======\ntheirs\n%b main\n" % (b"<" * 7, b"|" * 7, b">" * 7)
    assert _conflicts(b"above\n" + mark) == [2, 4, 7]
    assert _conflicts(b"Title\n=======\nx <<<<<<< y\n>>>>>>>> eight\n") == []


def test_no_file_has_marks_of_a_conflict() -> None:
    """One lay in docs/metrics.md, where two texts of one row of a table stood, and all tests passed."""
    found = [
        f"{path.relative_to(REPOSITORY)}: {line}"
        for path in _paths()
        if "__pycache__" not in path.parts
        for line in _conflicts(path.read_bytes())
    ]
    assert not found, "\n".join(found)
