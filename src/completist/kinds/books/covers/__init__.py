"""Covers of books: where they lie, in which sizes, and which the catalogue knows of."""

from completist.kinds.books.covers.galleries import GALLERIES
from completist.kinds.books.covers.sizes import sizes
from completist.sdk.pictures import Pictures

COVERS = Pictures("cover", GALLERIES, sizes)

__all__ = ["COVERS"]
