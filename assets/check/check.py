"""All that is wrong in a pack: what its files say, what they say of each other, and what cannot be computed of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from assets.check.areas import areas_mistakes
from assets.check.corrections import correction_mistakes_of_pack
from assets.check.crosswalks import crosswalk_mistakes
from assets.check.feeds import feed_mistakes
from assets.check.figures import figure_mistakes
from assets.check.foreign_documents import unjudged_warnings
from assets.check.metrics import metric_mistakes
from assets.check.model_columns import model_column_warnings
from assets.check.registers import register_mistakes
from assets.check.secrets import secret_texts, secrets_mistakes
from assets.check.sharing import sharing_mistakes
from assets.pack.city import PackFiles, read_pack
from quality.contract.mistakes import Mistake, in_order


def check_pack(folder: Path) -> list[Mistake]:
    """The mistakes and warnings of a pack, by file and line; none for a good one. Never raises for what it finds.

    No text says what a secret is that stands in the pack.
    """
    pack = read_pack(folder)
    found = list(pack.mistakes)
    of_feeds = (feed_mistakes, model_column_warnings, unjudged_warnings)
    of_pack = (
        figure_mistakes,
        areas_mistakes,
        crosswalk_mistakes,
        register_mistakes,
        metric_mistakes,
        correction_mistakes_of_pack,
        sharing_mistakes,
    )
    for part in (_whole, *of_feeds, *of_pack):
        found += safely(folder, partial(part, pack))
    found += safely(folder, partial(secrets_mistakes, folder))
    return _without_secrets(folder, in_order(found))


def safely(folder: Path, step: Callable[[], Iterable[Mistake]]) -> list[Mistake]:
    """What a step finds. A fault of the step itself is said, and does not hide what others find."""
    found = list[Mistake]()
    try:
        found.extend(step())
    except (Exception, pl.exceptions.PanicException) as error:
        said = (str(error).splitlines() or [""])[0]
        found.append(Mistake(f"cannot be checked as a whole ({type(error).__name__}: {said})", folder))
    return found


def _whole(pack: PackFiles) -> Iterator[Mistake]:
    """Files that are not read, and a pack of nothing."""
    feeds = pack.folder / "feeds"
    if not any(feeds.glob("*.yaml")):
        yield Mistake("the pack has no feed", feeds, hint="write one file for each, such as feeds/air.yaml")
    for path in sorted({*pack.folder.glob("*.yml"), *feeds.glob("*.yml"), *(pack.folder / "feed").glob("*.y*ml")}):
        wanted = "feeds/" if path.parent.name.startswith("feed") else ""
        yield Mistake("is not read", path, hint=f"give it the name {wanted}{path.stem}.yaml", warning=True)
    for path in sorted(pack.folder.glob("*.yaml")):
        if path.stem not in ("city", "metrics", "sharing"):
            yield Mistake("is not read", path, hint="put the file of a feed into feeds/", warning=True)


def _without_secrets(folder: Path, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """The same mistakes; a message that quotes what it found quotes no secret."""
    secrets = sorted(secret_texts(folder), key=len, reverse=True)
    clean = list[Mistake]()
    for mistake in mistakes:
        texts = {"what": mistake.what, "hint": mistake.hint, "key": mistake.key}
        for secret in secrets:
            texts = {name: text.replace(secret, "(a secret)") for name, text in texts.items()}
        clean.append(replace(mistake, **texts))
    return clean
