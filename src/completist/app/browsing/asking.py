"""What every page asks with: its library, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from completist.app.browsing.counts import Counts
from completist.app.remembering import Memory
from completist.store import activity

if TYPE_CHECKING:
    from completist.app.library import App

T = TypeVar("T")


class Asking:
    """Asks of one library."""

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def _memory(self) -> Memory:
        return self._app.counted.setdefault(self._app.library_id, Counts()).memory

    def _marks(self) -> Sequence[int]:
        with self._app.database.read() as connection:
            return activity.marks(connection, self._app.library_id)

    def _soon(self, asked: str, find: Callable[[], T]) -> T:
        """What changes without a mark, too: some seconds old where finding it takes long."""
        return self._memory.read_soon(asked, self._marks(), find)
