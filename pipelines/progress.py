"""Progress callbacks: whoever shows a night to people is called at each stage and each request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.plan import Group


class Progress:
    """Shows nothing. A subclass overrides what it wants to show."""

    def fetching(self, feeds: int) -> None:
        """The night begins to fetch so many feeds."""

    def building(self, group: Group) -> None:
        """The night begins to build these days of these feeds."""

    def publishing(self) -> None:
        """The night begins to publish."""

    def request(self, feed: str) -> None:
        """A request is sent for a feed; called from several threads."""


# Dagster copies a resource between the caller and the steps, so that an object cannot be handed to them.
_current = Progress()


@contextmanager
def shown_by(progress: Progress) -> Iterator[None]:
    """Within the block, requests of this process are passed to `progress`."""
    global _current
    before, _current = _current, progress
    try:
        yield
    finally:
        _current = before


def request(feed: str) -> None:
    """Tell whoever shows the night that a request is sent for a feed."""
    _current.request(feed)
