"""One person's library: what goes in, what is known of it, what a person decides, what comes out."""

from __future__ import annotations

from completist.app.browsing import Browsing
from completist.app.errands import Errands
from completist.app.opened import clock
from completist.app.verbs.editing import Editing
from completist.app.verbs.files import Files
from completist.app.verbs.filling import Filling
from completist.app.verbs.looking import Status
from completist.app.verbs.reviewing import Reviewing
from completist.engine.conditions import When
from completist.engine.enriching import FillReport
from completist.engine.filling import Wish
from completist.engine.importing import ImportReport
from completist.engine.viewing import ItemView

__all__ = ["App", "FillReport", "ImportReport", "ItemView", "Status", "When", "Wish", "clock"]


class App(Files, Filling, Editing, Reviewing):
    """The verbs of one person's library: every face, be it terminal or web, calls these."""

    @property
    def errands(self) -> Errands:
        """What may be asked for without waiting for it."""
        return Errands(self)

    @property
    def browsing(self) -> Browsing:
        """The library as pages show it."""
        return Browsing(self)
