"""Browsing: the library as pages show it. Items a page at a time, counts that may be some seconds old, what goes on."""

from completist.app.browsing.counts import Counts, Standing
from completist.app.browsing.desk import Desk
from completist.app.browsing.following import Following
from completist.app.browsing.shelves import PAGE, SORTS, Card, Look, Shelf

__all__ = ["PAGE", "SORTS", "Browsing", "Card", "Counts", "Look", "Shelf", "Standing"]


class Browsing(Following, Desk):
    """What pages ask of one library."""
