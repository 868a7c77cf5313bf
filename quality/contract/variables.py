"""Environment variables that hold keys: which of them a pack may name.

A pack may come from somebody else, and what it names is sent to the address that it names: `HOME`, the password of the
operator's mail, or the key of a cloud must not be among them. A variable whose name begins with MADANG_ is there for
packs; any other has to stand in the list of the pack, where who takes the pack over sees it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")
OURS = "MADANG_"
# What Madang itself is set up with; some of these are secrets of the operator.
_SETTINGS = re.compile(
    "MADANG_(?:HOME|CITIES|DROP|SOURCE|SITE|DAY|STAGES|EMBEDDED|DOLLAR|REAL_DATA|FETCH_MINUTES|FAILPOINT.*|SIMULATOR.*"
    "|ALERT.*|PING.*|MAIL.*|SMTP.*|WATCH.*|BACKUP.*)"
)
# What a system, a shell, a language or a server has of its own, which no list of a pack makes a key of a provider.
_SYSTEM = re.compile(
    "HOME|PATH|PWD|OLDPWD|USER|LOGNAME|SHELL|TERM|LANG|LANGUAGE|TZ|TMPDIR|TMP|TEMP|HOSTNAME|MAIL|DISPLAY|EDITOR|IFS|ENV"
    "|VIRTUAL_ENV|PYTHON.*|NODE_.*|(?:LC|LD|DYLD|XDG|SSH|SSL|DBUS|SYSTEMD|SUDO|DAGSTER|GX|GIT|PIP|UV)_.*|(?:.*_)?PROXY|_+"
)


def variable_mistake(name: str, listed: Collection[str]) -> tuple[str, str] | None:
    """Why a pack with this list of its own may not take a key from this variable, and what to do."""
    if _SYSTEM.fullmatch(name):
        return f"{name} is a variable of the system, and no key of a provider", f"name it {OURS}KEY_ and the provider"
    if _SETTINGS.fullmatch(name):
        return f"{name} is a setting of Madang itself, and no key of a provider", f"name it {OURS}KEY_ and the provider"
    if name.startswith(OURS) or name in listed:
        return None
    hint = f"name it {OURS}{name}, or write `secrets: [{name}]` in city.yaml"
    return f"{name} is no variable of Madang's, and not in the list of the pack", hint
