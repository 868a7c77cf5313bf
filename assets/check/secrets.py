"""Secrets that stand in a pack. Packs are shared: keys belong into the environment."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.variables import VARIABLE
from quality.contract.yaml_file import line_of, read_yaml

_NAMES = re.compile(
    r"(?i)^(?:.*[_-])?(?:key|api_?key|apikey|service_?key|auth_?key|token|secret|client_?secret|password|passwd|pwd|"
    r"authorization|bearer|app_?id|signature)$"
)
_USER = re.compile(r"(?<=[A-Za-z0-9])://[^/\s@:]*:([^/\s@]+)@")  # begins with a sign that is rare: texts may be long
_PARAMETER = re.compile(r"[?&;]([A-Za-z_-]+)=([^&\s{}#]+)")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")
_KNOWN = re.compile(
    r"(?:sk|pk)[-_](?:live|test)?[A-Za-z0-9_-]{16,}|AKIA[A-Z0-9]{12,}|gh[pousr]_[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_=-]{10,}\."
)
_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9+=_%-]{28,}")

_Loc = tuple[str | int, ...]


def secrets_mistakes(folder: Path) -> Iterator[Mistake]:
    """What looks like a secret in the files of a pack. No message repeats it."""
    for path, loc, what, _ in _found(folder):
        key = ".".join(map(str, loc))
        named = loc[-1] if loc else "key"
        variable = f"write the name of an environment variable in `secrets`, as in {{{named}: MADANG_KEY_CITY}}"
        hint = f"take it out, have the provider change it, and {variable}"
        yield Mistake(what, path, line_of(path, loc), key, hint)


def secret_texts(folder: Path) -> set[str]:
    """The secrets themselves, so that no other message quotes them."""
    return {text for *_, text in _found(folder) if len(text) > 3}


def secret_in_text(text: str) -> str | None:
    """What looks like a secret in a text that is not YAML, whatever stands around it; None where nothing does."""
    said = next((found for line in text.splitlines() if (found := _in_itself(line)) is not None), None)
    return None if said is None else said[0]


def _found(folder: Path) -> Iterator[tuple[Path, _Loc, str, str]]:
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            document = read_yaml(path, may_be_empty=True)
        except ContractError:
            yield from _in_text(path)
            continue
        for loc, text in _texts(document, ()):
            said = _said(loc, text)
            if said is not None:
                yield path, loc, *said


def _in_text(path: Path) -> Iterator[tuple[Path, _Loc, str, str]]:
    """Of a file that is not YAML only what needs no key."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        said = _in_itself(line)
        if said is not None:
            yield path, (), *said


def _texts(value: Any, loc: _Loc) -> Iterator[tuple[_Loc, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*loc, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*loc, number))
    elif isinstance(value, str):
        yield loc, value
    elif isinstance(value, int) and not isinstance(value, bool) and "secrets" in loc[:-1]:
        yield loc, str(value)


def _said(loc: _Loc, text: str) -> tuple[str, str] | None:
    """What is wrong with a text at this place, and the secret; None where nothing is."""
    if len(loc) > 1 and loc[-2] == "secrets":
        if VARIABLE.fullmatch(text):
            return None
        return "a secret stands here in place of the name of an environment variable", text
    own = _in_itself(text)
    if own is not None:
        return own
    asked = "services" in loc or "service" in loc
    named = _NAMES.match(next((part for part in reversed(loc) if isinstance(part, str)), "")) is not None
    if asked and named and len(text) >= 6 and "{" not in text and not VARIABLE.fullmatch(text):
        return "this looks like a secret", text
    if not asked and named and re.search(r"[0-9]", text) and _TOKEN.fullmatch(text):
        return "this looks like a secret", text
    if asked and not _UUID.search(text) and any(_is_random(token) for token in _TOKEN.findall(text)):
        return "this looks like a secret", text
    return None


def _in_itself(text: str) -> tuple[str, str] | None:
    if _PRIVATE.search(text):
        return "a private key stands in the pack", text
    user = _USER.search(text)
    if user is not None and not user[1].startswith("{"):
        return "an address has a user's password in it", user[1]
    for name, value in _PARAMETER.findall(text):
        if _NAMES.match(name) and len(value) >= 4:
            return f"an address has the value of `{name}` in it", value
    known = _KNOWN.search(text)
    return None if known is None else ("this looks like a secret", known[0])


def _is_random(token: str) -> bool:
    """Whether letters and digits follow each other as in a key, not as in a word or a path."""
    if any(token.count(sign) > 2 for sign in "-_%="):
        return False
    kinds = sum(bool(re.search(kind, token)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    counts = Counter(token)
    entropy = -sum(n / len(token) * math.log2(n / len(token)) for n in counts.values())
    is_hex = re.fullmatch("[0-9a-f]{32,}|[0-9A-F]{32,}", token) is not None
    changes = len(re.findall("(?<=[A-Za-z])[0-9]|(?<=[0-9])[A-Za-z]", token))  # a name has few of them
    return is_hex or (kinds == 3 and entropy > 3.8 and changes > 4)
