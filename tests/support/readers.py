"""What the tests of all readers need: a file made by hand, read or refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from assets.failures import PermanentFailure
from assets.readers.read import RawRows, read_rows
from quality.contract.layout import Layout

SPOKEN = ("ko", "en")
TABLE = Layout(languages=SPOKEN)
JSON = Layout(kind="json", languages=SPOKEN)
GEO = Layout(kind="geojson", languages=SPOKEN)
GOOD = "code,name\n1,강남\n2,서초\n".encode()


def read(content: bytes | str, layout: Layout | None = None, name: str = "file.csv") -> RawRows:
    """The rows of one file."""
    data = content.encode() if isinstance(content, str) else content
    (rows,) = read_rows(name, data, layout or TABLE)
    return rows


def fails(code: str, content: bytes | str, *words: str, layout: Layout | None = None, name: str = "file.csv") -> str:
    """The message with which a file is refused under this code, in these words."""
    with pytest.raises(PermanentFailure) as caught:
        read_rows(name, content.encode() if isinstance(content, str) else content, layout or TABLE)
    text = str(caught.value)
    assert caught.value.code == code, text
    assert name in text
    assert text.endswith(f"; {caught.value.hint}.")
    assert len(caught.value.hint) > 10
    for word in words:
        assert word in text
    return text


def rejects(rows: RawRows) -> list[tuple[int, str]]:
    """Line and code of every row that was set aside."""
    return rows.rejects.select("line", "code").rows()


def zipped(members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    """A zip file with these members; `change` may alter what is said of a member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    return out.getvalue()
