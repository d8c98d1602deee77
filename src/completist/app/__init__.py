"""The composition root, and the one list of verbs: every face, be it terminal or web, calls these."""

from completist.app.access import Access
from completist.app.ledger import Ledger
from completist.app.library import App, FillReport, ImportReport, ItemView, Status, When, Wish, clock
from completist.store.events import Event

__all__ = [
    "Access",
    "App",
    "Event",
    "FillReport",
    "ImportReport",
    "ItemView",
    "Ledger",
    "Status",
    "When",
    "Wish",
    "clock",
]
