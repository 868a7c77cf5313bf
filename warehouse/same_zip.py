"""A zip whose bytes hang on names and contents alone: the same files are the same zip, on every machine.

Nothing is compressed: two machines with other versions of zlib would make other bytes of the same file.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

_FIRST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can have
_UNIX = 3  # wherever it is made


def same_zip(files: Mapping[str, bytes]) -> bytes:
    """The files by their paths, in this order."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _FIRST)
            info.create_system, info.external_attr = _UNIX, (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return whole.getvalue()
