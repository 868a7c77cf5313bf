"""A night as the terminal shows it while it runs."""

from __future__ import annotations

import rich.progress
from rich.console import Console
from rich.text import Text

from pipelines.plan import Group
from pipelines.progress import Progress


class ProgressBar(Progress):
    """A bar of the feeds that were asked, with requests as they are sent; plain lines where nobody looks at it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = rich.progress.Progress(
            rich.progress.SpinnerColumn(),
            rich.progress.TextColumn("{task.description}", markup=False),
            rich.progress.BarColumn(24),
            rich.progress.TextColumn("{task.fields[detail]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None, detail="")
        self._feeds: set[str] = set()  # asked so far
        self._requests = 0

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def fetching(self, feeds: int) -> None:
        """Show a bar that ends when so many feeds were asked."""
        self._stage(f"fetching {feeds} {'feed' if feeds == 1 else 'feeds'}", total=feeds)

    def building(self, group: Group) -> None:
        """Show the days and feeds that are built."""
        self._stage(f"building {group}")

    def publishing(self) -> None:
        """Show that the night is about to publish."""
        self._stage("publishing")

    def request(self, feed: str) -> None:
        """Count a request."""
        self._feeds.add(feed)
        self._requests += 1
        self._bar.update(self._task, completed=len(self._feeds), detail=f"{feed} · {self._requests:,} requests")

    def _stage(self, text: str, total: int | None = None) -> None:
        self._bar.update(self._task, description=text, detail="", total=total)
        if not self._console.is_terminal:
            self._console.print(Text(text))
