"""Who wants to see a night going on, its stages and requests: the command line shows a bar, others nothing."""

from __future__ import annotations


class Watch:
    """Sees nothing. Subclasses override what they want to see."""

    def stage(self, text: str) -> None:
        """The night goes on to something else."""

    def request(self, feed: str) -> None:
        """One request goes out for a feed; called from several threads."""


# A resource is copied by Dagster between here and the steps; the process has one night at a time.
present: Watch = Watch()
