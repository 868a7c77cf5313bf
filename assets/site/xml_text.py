"""Texts of the file as XML may have them."""

from __future__ import annotations

import re

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without characters that XML has no way to write; the library escapes the others."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
