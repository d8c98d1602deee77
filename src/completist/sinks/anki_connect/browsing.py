"""The browser: a window of Anki whose editor holds the text of the note that it shows.

When another row is selected, it writes that text back, over whatever was written meanwhile, by an import as well when
the note was selected just before. So a note is deselected before we write it, and selected again afterwards. The editor
saves on its own time, and nothing tells when it has: it is given a moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from time import sleep

from completist.domain.errors import CompletistError
from completist.sinks.anki_connect.calls import AnkiConnect, Refused

#: A card, and a note, that there is not.
NONE = 1

#: Seconds within which an editor has saved what it holds.
MOMENT = 0.7


@contextmanager
def set_aside(anki: AnkiConnect, notes: Collection[int]) -> Iterator[None]:
    """While it lasts, the browser shows none of ``notes``; then the one that it showed, again."""
    shown = _shown(anki)
    if not set(shown) & set(notes):
        yield
        return
    select = _deselect(anki)
    sleep(MOMENT)
    try:
        yield
    finally:
        sleep(MOMENT)
        if len(shown) == 1:
            with suppress(CompletistError):
                _show(anki, shown[0], select=select)


def _shown(anki: AnkiConnect) -> list[int]:
    try:
        return list(anki("guiSelectedNotes") or ())
    except Refused:  # an add-on that cannot tell
        return []


def _deselect(anki: AnkiConnect) -> bool:
    """Whether it could be done without another search in the window."""
    try:
        anki("guiSelectCard", card=NONE)
    except Refused:  # an older add-on
        anki("guiBrowse", query=f"nid:{NONE}")
        return False
    return True


def _show(anki: AnkiConnect, note: int, *, select: bool) -> None:
    if not select:
        anki("guiBrowse", query=f"nid:{note}")
        return
    (said,) = anki("notesInfo", notes=[note])
    if said and said.get("cards"):
        anki("guiSelectCard", card=said["cards"][0])
