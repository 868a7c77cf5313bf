"""The files of a drop folder on their way into landing: some at a time, each read while its bytes are at hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from assets.connectors import files
from assets.context import RunContext
from assets.failures import FeedFailure
from assets.ingest.deliveries import UnchangedFiles
from assets.ingest.personal import ReadOnce, landed_or_refused
from quality.contract.model import Contract
from warehouse import landing

_AT_A_TIME = 3  # files that land and are read at once, each in memory whole
Item: TypeAlias = files.DeliveredFile | files.RefusedFile | files.UnchangedFile


def is_barred(item: Item, landed: landing.Landed | None, unchanged: UnchangedFiles, barred: Collection[str]) -> bool:
    """Whether a file was removed and must not land again."""
    if isinstance(item, files.UnchangedFile):
        return unchanged.sha256(item.name) in barred
    return isinstance(item, files.DeliveredFile) and landed is None


def landed_files(
    run: RunContext, contract: Contract, items: Iterator[Item], barred: Collection[str]
) -> Iterator[tuple[Item, landing.Landed | None]]:
    """The files with where they landed, in their order; None of those that are `barred`. New ones are read while their
    bytes are at hand."""
    read = ReadOnce()

    def land(item: files.DeliveredFile) -> tuple[Item, landing.Landed | None]:
        if barred and landing.hash_of(item.content) in barred:
            return item, None
        return landed_or_refused(run, contract, item, read)

    waiting: deque[tuple[Item, Future[tuple[Item, landing.Landed | None]] | None]] = deque()
    broken: FeedFailure | None = None
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        while True:
            try:
                item = next(items, None) if broken is None else None
            except FeedFailure as failure:  # what came before it still counts
                broken, item = failure, None
            if item is not None:
                waiting.append((item, pool.submit(land, item) if isinstance(item, files.DeliveredFile) else None))
            if waiting and (item is None or len(waiting) > _AT_A_TIME):
                first, future = waiting.popleft()
                yield (first, None) if future is None else future.result()
            elif item is None:
                break
    if broken is not None:
        raise broken
