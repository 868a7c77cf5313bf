"""What becomes of a folder under `madang feed new`: proposals, compared with the truth, and mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.failures import PermanentFailure
from assets.models import models
from assets.pack.city_file import CityConfig
from assets.propose.look import look
from assets.propose.proposal import Proposal, propose
from assets.propose.seen import Look
from tests.support.proposals.mended import lines_changed, mended
from tests.support.proposals.pieces import Pieces, compared
from tests.support.proposals.reading import Read, beginnings, read, shortened
from tests.support.proposals.truth import TrueFeed, Truth, files_of

KEPT = 0.9  # of the rows that a right feed keeps: a proposal that keeps fewer does not run


@dataclass(frozen=True)
class Outcome:
    """One feed of a folder, or a folder without one. `lines`: to change until all is right; None where nothing was
    proposed of its files."""

    folder: str
    what: str
    models: tuple[str, ...] = ()  # as proposed
    pieces: Pieces | None = None
    lines: int | None = None
    runs: bool = False
    files: bool = True  # whether those that belong to one feed were taken together
    right: bool = False  # also of a folder that is refused as it should be
    said: str = ""  # why it does not run, or the sentence of a refusal

    @property
    def time(self) -> bool:
        """Whether its rows are of the right moments."""
        of_time = (
            [right for name, right in self.pieces.columns.items() if name in ("time", "day")] if self.pieces else []
        )
        return self.pieces is not None and self.pieces.interval and all(of_time)

    @property
    def wrong(self) -> str:
        """What is not right, in a few words."""
        if self.pieces is None or self.right:
            return ""
        named = [name for name, right in self.pieces.columns.items() if not right]
        units = [f"unit of {name}" for name, right in self.pieces.units.items() if not right]
        known = {*named, *(name for name, right in self.pieces.units.items() if not right)}
        values = [f"values of {name}" for name, right in self.pieces.typed.items() if not right and name not in known]
        parts = [
            *([] if self.pieces.models else ["model"]),
            *([] if self.pieces.interval else ["interval"]),
            *([] if self.pieces.rows else ["rows"]),
            *named,
            *units,
            *(values if self.runs else []),
            *(f"{name} is something else" for name in self.pieces.extra),
            *([] if self.files else ["which files belong together"]),
        ]
        return ", ".join(parts) + (f". {self.said}" if self.said else "")


def outcomes(truth: Truth, data: Path) -> list[Outcome]:
    """Those of one folder, of whose large files the beginnings are looked at."""
    with shortened(data / truth.folder) as folder:
        return _outcomes(truth, folder)


def _outcomes(truth: Truth, folder: Path) -> list[Outcome]:
    try:
        seen = look(folder, truth.city.languages)
    except PermanentFailure as refusal:
        sentence = str(refusal)
        right = truth.needs is not None and truth.needs in sentence
        return [Outcome(truth.folder, truth.what, right=right, said=sentence)]
    if not truth.feeds:
        proposals = [_proposal(one, truth.city) for one in seen]
        asked = " ".join(doubt.text for made in proposals for doubt in made.doubts)
        right = all(not made.document.get("implements") for made in proposals) and bool(asked)
        return [Outcome(truth.folder, truth.what, right=right, said=asked)]
    return [_outcome(truth, feed, folder, seen) for feed in truth.feeds]


def _outcome(truth: Truth, feed: TrueFeed, folder: Path, seen: Sequence[Look]) -> Outcome:
    files = files_of(folder, feed.files)
    found = max(seen, key=lambda one: len({*one.files} & {*files}))
    nothing = Outcome(truth.folder, truth.what)
    if not {*found.files} & {*files}:
        return replace(nothing, said="none of its files was looked at")
    made = _proposal(found, truth.city)
    delivered = beginnings(files)
    true, proposed = (read(document, "x", truth.city, delivered) for document in (feed.document, made.document))
    assert true.failure is None, true.failure
    pieces = compared(feed, true, proposed)
    better = mended(feed, true, proposed, lambda document: read(document, "x", truth.city, delivered))
    again = read(better, "x", truth.city, delivered)
    assert compared(feed, true, again).right, f"{truth.folder}: the mended feed does not say what the truth says"
    lines = lines_changed(made.document, better)
    together = {*found.files} == {*files}
    lines += not together  # `files.paths`
    why = proposed.failure or ("" if (runs := _runs(true, proposed)) else f"{1 - proposed.kept:.0%} of rows held back")
    of_models = made.document.get("implements", ())
    return replace(
        nothing,
        models=(of_models,) if isinstance(of_models, str) else tuple(of_models),
        pieces=pieces,
        lines=lines,
        runs=proposed.failure is None and runs,
        files=together,
        right=lines == 0,
        said=why,
    )


def _runs(true: Read, proposed: Read) -> bool:
    return proposed.failure is None and proposed.kept >= KEPT * true.kept


def _proposal(seen: Look, city: CityConfig) -> Proposal:
    return propose(seen, "x", city, models())
