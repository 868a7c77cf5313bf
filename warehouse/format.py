"""In which format a home is kept: written down in the home, and asked once where a process opens it."""

from __future__ import annotations

import json
from pathlib import Path

from warehouse.files import ANYBODY, write_atomically
from warehouse.home import Home
from warehouse.modes import mend_home

# 1: homes of the first version, without a format.json; 2: rows_superseded; 3: core tables in columns of a feed's own;
# 4: core tables in the columns and units of models, named by city; 5: registers with place and area, metrics of entries
FORMAT = 5


class HomeFormatError(RuntimeError):
    """This version cannot use the home. The message says why and what to do."""


def open_home(home: Home, *, create: bool = False) -> Home:
    """The home, which is of the format of today; nothing of a home of another format is read or written.

    A home that does not exist yet is left so, or made with `create`. Raises HomeFormatError.
    """
    if create:
        home.root.mkdir(parents=True, exist_ok=True)
    written = _format_of(home)
    if written != FORMAT and written is not None:
        raise HomeFormatError(_refusal(home, written))
    mend_home(home)
    if written is None and create:
        write_atomically(_marker(home), json.dumps({"format": FORMAT}).encode(), ANYBODY)
    return home


def _format_of(home: Home) -> int | None:
    """The format of the home; None for one in which nothing was kept yet."""
    try:
        written = json.loads(_marker(home).read_bytes())["format"]
    except FileNotFoundError:
        return 1 if home.lake.is_dir() else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = f'if this version has used the home before, replace its content by {{"format": {FORMAT}}}'
        raise HomeFormatError(f"{_marker(home)} cannot be read: {hint}") from error
    if type(written) is not int or written < 1:
        hint = "use the version of Madang that made it, or another --home"
        raise HomeFormatError(f"{home.root} is of format {written}, and this version knows {FORMAT}: {hint}")
    return written


def _refusal(home: Home, written: int) -> str:
    said = f"{home.root} is of format {written}, and this version knows {FORMAT}: "
    if written > FORMAT:
        return said + "use the version of Madang that made it, or another --home"
    return (
        said + "its tables have other columns and names; name a new folder with --home or MADANG_HOME and fill it with "
        "`madang backfill` from the drop folder (the old home stays as it is, with every byte that came in landing/)"
    )


def _marker(home: Home) -> Path:
    return home.root / "format.json"
