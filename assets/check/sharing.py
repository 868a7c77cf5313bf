"""What is wrong in sharing.yaml: metrics and feeds that there are not, contracts that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from assets.check.where import mistake_at
from assets.pack.city import City, PackFiles, city_of_pack
from assets.pack.sharing import SHARING, Sharing, read_sharing
from assets.terms.licences import RELEASED, licence_terms
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.nearest import what_to_write


def sharing_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Of a pack's sharing.yaml, if it has one."""
    path = pack.folder / SHARING
    if not path.exists():
        return
    try:
        sharing = read_sharing(pack.folder)
    except ContractError as error:
        yield from error.mistakes
        return
    if pack.config is None or pack.choices is None or pack.areas is None:
        return  # which metrics there are is not known, and why is said elsewhere
    city = city_of_pack(pack, pack.config, pack.choices, pack.areas)
    feeds = {name: contract.private for name, contract in city.contracts.items()}
    private = {feed for feed, is_private in feeds.items() if is_private}
    yield from _ended(path, sharing)
    yield from _licences(path, sharing, city)
    for loc, names in _lists(sharing):
        known = set(feeds) if loc[-1] == "gives" else set(city.metrics)
        yield from _named(path, loc, names, known)
        if loc[-1] == "gives":
            yield from _public(path, loc, names, set(feeds) - private)


def _licences(path: Path, sharing: Sharing, city: City) -> Iterator[Mistake]:
    """Feeds whose licence keeps out of the open file what is made of them, and what the pack says of such feeds."""
    if sharing.open is None:
        return
    loc, kinds = ("open", "despite_licence"), {n: licence_terms(c.licence).kind for n, c in city.contracts.items()}
    for name in sharing.open.despite_licence:
        if name not in kinds:
            yield mistake_at(path, (*loc, name), f"the city has no feed {name!r}", what_to_write(name, set(kinds)))
        elif kinds[name] == RELEASED:
            yield mistake_at(path, (*loc, name), f"the licence of {name} is open", "take it out", warning=True)
    stay = {name: kind for name, kind in kinds.items() if kind != RELEASED}
    stay = {name: kind for name, kind in stay.items() if name not in sharing.open.despite_licence}
    if stay:
        said = ", ".join(f"{name} ({kind.replace('_', '-')})" for name, kind in stay.items())
        what = f"what is made of these feeds stays out of the open file for their licences: {said}"
        hint = "write its licence in the file of the feed, or below `open: despite_licence:` why it leaves nevertheless"
        yield mistake_at(path, ("open",), what, hint, warning=True)


def _lists(sharing: Sharing) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if sharing.open is not None:
        yield ("open", "metrics"), sharing.open.metrics
    for name, partner in sharing.partners.items():
        yield ("partners", name, "gives"), partner.gives
        yield ("partners", name, "gets"), partner.gets


def _named(path: Path, loc: tuple[str, ...], names: Iterable[str], known: set[str]) -> Iterator[Mistake]:
    kind = "feed" if loc[-1] == "gives" else "metric"
    seen = set[str]()
    for number, name in enumerate(names):
        if name not in known:
            hint = what_to_write(name, known)
            yield mistake_at(path, (*loc, number), f"the city has no {kind} {name!r}", hint)
        elif name in seen:
            yield mistake_at(path, (*loc, number), f"{name} is there twice", "take one of the two out")
        seen.add(name)


def _public(path: Path, loc: tuple[str, ...], names: Iterable[str], public: set[str]) -> Iterator[Mistake]:
    for number, name in enumerate(names):
        if name in public:
            hint = "if not everybody may see its rows, write `classification: private-aggregate` in its file"
            yield mistake_at(path, (*loc, number), f"the feed {name} is public", hint, warning=True)


def _ended(path: Path, sharing: Sharing) -> Iterator[Mistake]:
    today = datetime.now(UTC).date()
    for name, partner in sharing.partners.items():
        if partner.is_over(today):
            hint = "the partner gets nothing any more: write the end of the new contract, or take it out"
            loc = ("partners", name, "until")
            yield mistake_at(path, loc, f"the contract ended on {partner.until}", hint, warning=True)
