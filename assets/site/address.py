"""The address at which a site is read. Standards of catalogues want absolute ones; pages need none."""

from __future__ import annotations

from urllib.parse import quote, urlsplit


def address_mistake(address: str) -> str:
    """What is wrong with an address; empty where nothing is."""
    try:
        parts = urlsplit(address)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_right = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        return f"{address!r} is no address of the web: write it as https://data.example.org/seoul/"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return f"{address!r} has a name, a question or an anchor: write it as https://data.example.org/seoul/"
    return ""


def absolute(address: str | None, path: str) -> str:
    """The address of a file of the site; its path where nobody has said where the site is read."""
    return quote(path) if address is None else address.rstrip("/") + "/" + quote(path)
