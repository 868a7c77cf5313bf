"""What decides about the file of a tier, as one hash: a release of the same is not made again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from assets.derive.versions import digest_of
from assets.metrics.reasons import SENTENCES
from assets.tiers.judged import CELL_KEY, JudgedCells
from assets.tiers.recipients import Recipient


def digest_of_release(
    recipient: Recipient,
    content_hash: str,
    rests: Sequence[tuple[Any, ...]],
    judged_so_far: str,
    judged: Mapping[str, JudgedCells],
) -> str:
    """A hash of all that decides what is in the file.

    content_hash: of the publication. rests: on what each metric rests. judged_so_far: what gates found, as the file
    says it. judged: by city.
    """
    allowed = sorted((city, sorted(metrics)) for city, metrics in recipient.allowed.items())
    stays = sorted((city, one.as_said) for city, one in recipient.withheld.items())
    what = (content_hash, tiers_code(), recipient.said, allowed, stays, rests)
    digest = hashlib.sha256(repr(what).encode())
    digest.update(judged_so_far.encode())
    for city in sorted(recipient.allowed):
        one = judged[city]
        # the cells with their status, in any order: two frames of the same cells have the same sum; and without their
        # figures: those of the file are the publication's, and sums added in another order differ
        decided = one.all.select(*CELL_KEY.names(), "conf_status", "withdraw")
        digest.update(repr((city, one.parameters, decided.hash_rows().sum(), decided.height)).encode())
    return digest.hexdigest()[:20]


@cache
def tiers_code() -> str:
    """Changes when the code that makes tiers, or a sentence of theirs, changes."""
    return digest_of([*sorted(Path(__file__).parent.glob("*.py")), *sorted(SENTENCES.folder.glob("*.yaml"))])
