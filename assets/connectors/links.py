"""Links to a next page: found in a header, and followed only where they ask for what was asked for.

A link is not sent as it is written. The next request is the first one with the link's place in it, so that nothing
else can change: not the resource, not a filter, not where the key goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

from assets.connectors.protocol import Request
from assets.connectors.secrets import Secrets
from assets.failures import PermanentFailure

# The usual names of a place among pages, in lower case and without a leading $.
PAGING = frozenset(
    {"top", "skip", "skiptoken", "skipfilter", "limit", "offset", "page", "pageno", "cursor", "count", "after"}
    | {"pagetoken", "page_token", "nexttoken", "continuation", "continuationtoken", "marker", "start", "entitymap"}
)
# What a server may leave out of its link, because it changes no row; the next request has it anyway.
FORM = frozenset({"orderby", "order", "sort", "format", "resultformat", "options", "lang"})
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?)*)")
_REL = re.compile(r"(?i);\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")


def next_in_header(header: str) -> str | None:
    """The address of `rel="next"` in a Link header, of which there may be others (a context, the page before)."""
    for address, parameters in _LINK.findall(header):
        rel = _REL.search(parameters)
        if rel is not None and "next" in (rel[1] or rel[2]).lower().split():
            return address
    return None


def followed(
    first: Request, link: str, *, bases: tuple[str, ...], secrets: Secrets, paging: frozenset[str], where: str
) -> Request:
    """The request for the page behind a link. `bases` are the addresses under which the service is known.

    Raises PermanentFailure where the link leaves them, the resource, or what was asked of it.
    """
    found = _within(first, secrets.hide(link), bases, secrets)
    if found is None:
        raise _refused("leads to another address", where)
    if not found[1]:
        raise _refused("leads to another resource", where)
    pairs = [(name, secrets.templates(text)) for name, text in parse_qsl(found[0].query, keep_blank_values=True)]
    query = dict(pairs)
    if len(query) < len(pairs):
        raise _refused("names a parameter twice", where)
    named = {f"{{{name}}}" for name in secrets.values}
    _refuse_other_question(first.query, query, paging, named, where)
    place = {name: text for name, text in query.items() if _is_paging(name, paging) or text in named}
    kept = {name: text for name, text in first.query.items() if not _is_paging(name, paging)}
    return replace(first, query=kept | place)


def _within(first: Request, link: str, bases: tuple[str, ...], secrets: Secrets) -> tuple[SplitResult, bool] | None:
    """The link in full, and whether it leads to the resource that was asked; None where it leaves the service."""
    at_home = None
    for text in bases:
        try:
            base = urlsplit(text.rstrip("/"))
            asked = f"{base.path}/{first.path.lstrip('/')}" if first.path else base.path
            found = urlsplit(urljoin(f"{base.scheme}://{base.netloc}{asked}", link.strip()))
            if _host(found) != _host(base) or found.scheme not in ("http", "https"):
                continue
        except ValueError:  # no address at all
            continue
        same = secrets.templates(unquote(found.path)).rstrip("/") == unquote(asked).rstrip("/")
        if same:
            return found, True
        at_home = found
    return None if at_home is None else (at_home, False)


def _refuse_other_question(
    asked: Mapping[str, str], linked: Mapping[str, str], paging: frozenset[str], named: set[str], where: str
) -> None:
    for name, text in asked.items():
        left_out = name not in linked and _bare(name) in FORM
        if left_out or _is_paging(name, paging) or any(secret in text for secret in named):
            continue
        # a sloppy server writes a plus as it is, which means a space
        if name not in linked or linked[name] not in (text, text.replace("+", " ")):
            raise _refused(f"asks for another {name!r}" if name in linked else f"leaves out {name!r}", where)
    for name, text in linked.items():
        if name not in asked and not _is_paging(name, paging) and text not in named:
            raise _refused(f"asks for more than was asked ({name[:40]!r})", where)


def _is_paging(name: str, paging: frozenset[str]) -> bool:
    return name in paging or _bare(name) in PAGING


def _bare(name: str) -> str:
    return name.lower().removeprefix("$")


def _host(address: SplitResult) -> tuple[str | None, int | None]:
    """Servers behind a proxy write links with http where they are reached with https; the request goes where the
    first one went anyway."""
    port = address.port
    return address.hostname, None if port == {"http": 80, "https": 443}.get(address.scheme) else port


def _refused(what: str, where: str) -> PermanentFailure:
    hint = "ask the provider; it is not followed"
    return PermanentFailure("SERVICE-LINK", f"its link to the next page {what}", where, hint)
