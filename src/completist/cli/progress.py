"""Progress: a bar on a terminal, a line every ten seconds elsewhere, nothing where nobody wants it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from completist.cli.session import Session

#: Seconds between two lines.
PAUSE = 10.0


class Progress(Protocol):
    """Tells how far something is. A context manager; ``total`` 0 means that nobody knows."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """``done`` of ``total`` are done."""
        ...

    def wait(self, what: str) -> None:
        """Nothing moves for a while, for the reason told."""
        ...


def progress(session: Session, doing: str) -> Progress:
    """The kind of progress that fits this invocation."""
    if session.json or session.quiet or session.no_progress:
        return Silence()
    return Bar(session, doing) if sys.stderr.isatty() else Lines(doing)


class Silence:
    """No progress at all."""

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Say nothing."""

    def wait(self, what: str) -> None:
        """Say nothing."""


class Lines:
    """One line on standard error every ten seconds, and at the end of what took longer."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._last = time.monotonic()
        self._open = False  # a line was written, and none yet of the end
        self._done = 0
        self._waits = False  # a line was written that says why nothing moves

    def __enter__(self) -> Self:
        """Begin to count the seconds."""
        self._last = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Write a line when it is time."""
        now = time.monotonic()
        if done != self._done:
            self._done, self._waits = done, False
        due = now - self._last >= PAUSE and not self._waits
        if due or (self._open and 0 < total <= done):
            self._last, self._open = now, not 0 < total <= done
            _write(told(self._doing, done, total, note))

    def wait(self, what: str) -> None:
        """Write a line at once; while nothing has moved, again when it is time."""
        now = time.monotonic()
        if now - self._last >= PAUSE or not self._waits:
            self._last, self._waits = now, True
            _write(f"{self._doing}: {what}")


def _write(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - its purpose


def told(doing: str, done: int, total: int, note: str) -> str:
    """Progress as a sentence."""
    share = f" of {total:,} ({done * 100 // total}%)" if total else ""
    return f"{doing}: {done:,}{share}{' ' + note if note else ''}"


class Bar:
    """A bar that is redrawn on standard error and gone when the work is done."""

    def __init__(self, session: Session, doing: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        console = Console(stderr=True, no_color=True if session.color == "never" else None)
        self._bar = RichProgress(
            TextColumn(
                "{task.description}", table_column=Column(no_wrap=True, min_width=min(12, len(doing)))
            ),
            BarColumn(bar_width=24, complete_style="#2a9180", finished_style="#2a9180"),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task(doing, total=None, note="")

    def __enter__(self) -> Self:
        """Show it."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._bar.stop()

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Move it."""
        self._bar.update(self._task, completed=done, total=max(done, total) or None, note=note)

    def wait(self, what: str) -> None:
        """Say it beside the bar."""
        self._bar.update(self._task, note=what)
