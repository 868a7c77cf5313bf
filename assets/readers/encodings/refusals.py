"""Why the encoding of a file is not certain, said to the person who has to ask the sender."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence

from assets.failures import PermanentFailure
from assets.readers.encodings import usual
from assets.readers.encodings.candidates import Candidate, candidates, encoding_name
from assets.readers.encodings.pieces import pieces

_SHOWN = 3
_HEAD = 4096
_CODE = "FILE-ENCODING"


def refuse_utf32(where: str, content: bytes) -> None:
    """Raises PermanentFailure for UTF-32, with its byte order mark or without: three of four bytes are zero."""
    head = content[: min(_HEAD, len(content) // 4 * 4)]
    zeros = [sum(head[at::4]) == 0 for at in range(4)]
    bare = (
        len(head) >= 8 and len(content) % 4 == 0 and zeros in ([True, True, False, False], [False, False, True, True])
    )
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or bare:
        raise PermanentFailure(_CODE, "it is UTF-32 text, which is not read", where, "have it saved as UTF-8")


def refuse_controls(where: str, sample: Sequence[bytes], found: Sequence[Candidate], utf8: Sequence[str]) -> None:
    """Raises PermanentFailure for valid UTF-8 that no text has: UTF-8 that was taken for Latin-1 and written again."""
    if not utf8 or any(encoding_name(reading.encoding) == "utf-8" for reading in found):
        return
    text = b" ".join(sample).decode("utf-8", "ignore")
    bad = next((sign for sign in text if unicodedata.category(sign) in ("Cc", "Co", "Cn") and sign not in "\t\r\n"), "")
    if not bad:
        return
    what = f"it is valid UTF-8 with signs that no text has (U+{ord(bad):04X}), as when text is encoded twice"
    hint = "have it written again as UTF-8; if it is meant so, write `encodings: [utf-8]` in the layout of the contract"
    raise PermanentFailure(_CODE, what, where, hint)


def none_decodes(where: str, content: bytes, failed: Sequence[str]) -> PermanentFailure:
    """None of the encodings that are tried fits."""
    shown = _different(sorted(candidates(pieces(content), (), ()), key=_bits), 0)[:2]
    may_be = "".join(f"; {r.encoding} would read {r.texts[0][:30]!r}" for r in shown)
    example = _example(shown) or "the name of its encoding in `encodings`"
    hint = f"have it saved as UTF-8, or add its encoding to the layout, as in {example}"
    return PermanentFailure(_CODE, "its text cannot be decoded: " + ", ".join(failed) + may_be, where, hint)


def not_certain(
    where: str, best: Candidate | None, rivals: Sequence[Candidate], found: Sequence[Candidate], failed: Sequence[str]
) -> PermanentFailure:
    """Two readings are possible, or the only one is not usual in the languages of the city."""
    said = [*failed]
    near = sorted(rivals, key=_bits)
    odd = None if best is None or rivals else _oddest(best)
    others = near if best is not None and rivals else sorted((r for r in found if r is not best), key=_bits)
    shown = others if best is None else [best, *others]
    at = odd[0] if odd is not None else _where_they_differ(shown)
    shown = _different(shown, at)[:_SHOWN]
    said += [f"{reading.encoding} reads {reading.texts[at][:30]!r}" for reading in shown]
    what = "it is not certain in which encoding it is: " + ", ".join(said)
    if best is not None and odd is not None:
        what += f"; {odd[1]!r} there "
        what += f"is not usual in {', '.join(best.languages)}" if odd[2] else "may be a sign beside a letter of ASCII"
    hint = f"ask the sender which it is and write it in the layout of the contract, as in {_example(shown)}"
    if not shown:
        hint = "ask the sender which it is and write it in the layout of the contract"
    return PermanentFailure(_CODE, what, where, hint)


def _bits(reading: Candidate) -> float:
    return reading.bits


def _oddest(reading: Candidate) -> tuple[int, str, bool]:
    """The first word with a sign that is not usual, and the sign; else the first sign beyond ASCII, and False."""
    for at, text in enumerate(reading.texts):
        for sign in usual.unusual_signs(text, reading.languages):
            return at, sign, True
    at, text = next(((i, text) for i, text in enumerate(reading.texts) if not text.isascii()), (0, ""))
    return at, next((sign for sign in text if not sign.isascii()), ""), False


def _where_they_differ(shown: Sequence[Candidate]) -> int:
    words = enumerate(zip(*(reading.texts for reading in shown[:2]), strict=True))
    return next((at for at, texts in words if len(set(texts)) > 1), 0)


def _different(shown: Sequence[Candidate], at: int) -> list[Candidate]:
    """Each way to read this word once: many encodings read it alike."""
    found: dict[str, Candidate] = {}
    names = set[str]()
    for reading in shown:
        text, name = reading.texts[at], encoding_name(reading.encoding)
        held = found.get(text)
        if name not in names and (held is None or (name == "cp1252" and not held.tried)):  # the usual one of those
            found[text] = reading
            names.add(name)
    return list(found.values())


def _example(shown: Sequence[Candidate]) -> str:
    return " or ".join(f"`encodings: [{r.encoding}]`" for r in shown)
