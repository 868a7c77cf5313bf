"""Plain English and the field's words in everything that somebody reads: messages, help, docstrings and documents."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.support.paths import REPOSITORY
from tests.unit.test_structure import CORE

# What is not written -> what is written in its place.
BANNED = {
    r"can not": "cannot",
    r"for ever": "forever",
    r"anew": "again",
    r"knock(?:s|ed|ing)?": "submit to the gate",
    r"heed(?:s|ed)?": "raise, obey or check",
    r"let(?:s)? in|letting in": "admit",
    r"upkeep": "maintenance",
    r"what comes of it|what came of it": "outcome or result",
    r"(?:night|nights|run|batches|day) came to": "result of the run",
    r"told(?! apart)": "passed, given, recorded or published",
    r"unmixed": "of a single source kind",
    r"fold(?:s|ed|ing)?": "compact",
    r"sum(?:s|med)? up": "checkpoint",
    r"planted?": "injected",
    r"laid out as expected": "unexpected structure",
    r"at fault": "failed",
}
GENERATED = REPOSITORY / "docs" / "dictionary.md"  # in the words of contracts, which count in their hash
DOCUMENTS = ("*.md", "docs/*.md", "docs/decisions/*.md", "cities/*/*.md")


def _texts() -> Iterator[tuple[str, int, str]]:
    """File, line and text of what is read by people."""
    for package in CORE:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            source, name = path.read_text("utf-8"), str(path.relative_to(REPOSITORY))
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.COMMENT:
                    yield name, token.start[0], token.string
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                    yield name, node.lineno, node.value
        for path in sorted((REPOSITORY / package).rglob("*.yaml")):
            yield str(path.relative_to(REPOSITORY)), 1, path.read_text("utf-8")
    for pattern in DOCUMENTS:
        for path in sorted(set(REPOSITORY.glob(pattern)) - {GENERATED}):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                yield str(path.relative_to(REPOSITORY)), number, line


def test_no_idiom_and_one_word_for_one_thing() -> None:
    patterns = {re.compile(rf"\b(?:{banned})\b", re.IGNORECASE): instead for banned, instead in BANNED.items()}
    found = [
        f"{name}:{line}: {match[0]!r} -> {instead}"
        for name, line, text in _texts()
        for pattern, instead in patterns.items()
        if (match := pattern.search(text))
    ]
    assert not found, f"{len(found)} places\n" + "\n".join(found)
