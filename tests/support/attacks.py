"""The table "What was tried, and what holds" of docs/operating.md: what the markers of the tests say.

A test that proves that an attack fails says so in a marker, and nowhere else:

    @pytest.mark.holds("attack 5", "Headers of a line a second, endless 103: ended by the one deadline of the pull.")

The number is that of the attack, the sentence what was tried and what holds. Several tests may be of one attack. The
markers are read from the source: a table needs no run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "operating.md"
BEGIN = "<!-- what was tried: written by `make attacks` from the tests -->"
END = "<!-- end of what was tried -->"
EMPTY_PAGE = f"# Operating\n\n## What was tried, and what holds\n\n{BEGIN}\n{END}\n"
LONGEST = 240  # characters of a sentence: a row of the table is read at a glance
SUBJECTS = {
    "private data": range(1, 3),
    "several processes": range(3, 5),
    "services": range(5, 10),
    "text": range(10, 13),
    "damage": range(13, 18),
    "accidents": range(18, 23),
    "operation": range(23, 24),
    "published figures": range(24, 31),  # shares, order, commands, texts and times, medians, one in a rest, counts
}


@dataclass(frozen=True)
class Held:
    """What one test proves. `test`: its file, from the repository on."""

    attack: int
    sentence: str
    test: str


class MarkerError(ValueError):
    """A marker that the table cannot be made of. The text says where and why."""


def held_attacks(folder: Path = REPOSITORY / "tests") -> list[Held]:
    """What all tests below a folder prove, by attack and file. Raises MarkerError."""
    found = [one for path in sorted(folder.rglob("*.py")) for one in _held_in(path)]
    return sorted(set(found), key=lambda one: (one.attack, one.test, one.sentence))


def _held_in(path: Path) -> Iterator[Held]:
    text = path.read_text(encoding="utf-8")
    if "mark.holds" not in text:
        return
    name = path.relative_to(REPOSITORY).as_posix() if path.is_relative_to(REPOSITORY) else path.name
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.holds":
            yield _one(node, f"{name}:{node.lineno}", name)


def _one(node: ast.Call, where: str, name: str) -> Held:
    said = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if len(said) != 2 or len(node.args) != 2 or node.keywords:
        raise MarkerError(f'{where}: write pytest.mark.holds("attack 5", "A sentence."), both as plain text')
    number = re.fullmatch(r"attack ([1-9][0-9]?)", said[0])
    if number is None or not any(int(number[1]) in numbers for numbers in SUBJECTS.values()):
        raise MarkerError(f"{where}: {said[0]!r} is none of attack 1 to attack 30")
    if not said[1].endswith(".") or len(said[1]) > LONGEST or "\n" in said[1]:
        raise MarkerError(f"{where}: write one sentence of at most {LONGEST} characters, with its full stop")
    return Held(int(number[1]), said[1], name)


def attacks_table(held: Sequence[Held]) -> str:
    """The rows in Markdown: one for each attack of which there is a test."""
    lines = ["| | what was tried, and what holds | tested in |", "|---|---|---|"]
    for subject, numbers in SUBJECTS.items():
        for number in numbers:
            own = [one for one in held if one.attack == number]
            sentences = dict.fromkeys(one.sentence.replace("|", "\\|") for one in own)
            tests = dict.fromkeys(f"[{Path(one.test).stem}](../{one.test})" for one in own)
            lines += [f"| {number}, {subject} | {' '.join(sentences)} | {', '.join(tests)} |"] if own else []
    return "\n".join(lines)


def page_with_table(page: str, table: str) -> str:
    """A page with the table between its markers. Raises ValueError where it has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/{PAGE.name} has no place for the table: write the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def write_attacks() -> None:
    """Write the table into docs/operating.md."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else EMPTY_PAGE
    PAGE.write_text(page_with_table(page, attacks_table(held_attacks())), encoding="utf-8")


if __name__ == "__main__":
    write_attacks()
