"""A saved reply of a context broker -> its entities, whatever stands around them."""

from __future__ import annotations

from typing import Any

from assets.failures import PermanentFailure
from assets.readers.rows import without_addresses


def saved_entities(document: Any, where: str) -> list[Any]:
    """The entities: a list, that of `@graph` or of a notification's `data`, or one entity.

    Raises PermanentFailure for any other document, such as an error that was saved.
    """
    found = document
    for key in ("@graph", "data"):
        if isinstance(found, dict) and (key == "@graph" or found.get("type") == "Notification") and key in found:
            found = found[key]
    found = found if isinstance(found, list) else [found]
    if any(isinstance(one, dict) and isinstance(one.get("id"), str) for one in found) or not found:
        return found
    first = next((one for one in found if isinstance(one, dict)), {})
    said = first.get("title") or first.get("detail")
    more = f"; it says {without_addresses(said[:200])!r}" if isinstance(said, str) else ""
    what = f"no entity of NGSI-LD is in it: nothing has an `id`{more}"
    raise PermanentFailure("FILE-JSON", what, where, "have entities delivered, in any of the forms of NGSI-LD")


def looks_like_entities(document: Any) -> bool:
    """Whether a document holds entities of NGSI-LD: their ids say so, or their attributes and context."""
    try:
        some = saved_entities(document, "")[:20]
    except PermanentFailure:
        return False
    return bool(some) and all(isinstance(one, dict) and _is_entity(one) for one in some)


def _is_entity(one: dict[str, Any]) -> bool:
    if not isinstance(one.get("id"), str) or not isinstance(one.get("type"), str):
        return False
    typed = (value.get("type") for value in one.values() if isinstance(value, dict))
    return one["id"].startswith("urn:ngsi-ld:") or "@context" in one or "Property" in typed
