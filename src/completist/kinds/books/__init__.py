"""Books: what people's lists of books hold, how they are read, completed and written back."""

from completist.kinds.books.finder import BookFinder
from completist.kinds.books.kind import BOOK
from completist.kinds.books.matching.decision import agree
from completist.kinds.books.records import edition_fields
from completist.kinds.books.sources import LAST_RESORTS, SPECIFIC
from completist.kinds.books.typed import TYPED
from completist.kinds.books.writers import WRITERS
from completist.sdk.registry import KindPlugin

BOOKS = KindPlugin(
    kind=BOOK,
    sources=SPECIFIC,
    last_resorts=LAST_RESORTS,
    finders=(BookFinder(),),
    writers=WRITERS,
    agree=agree,
    normalise=TYPED,
    read_edition=edition_fields,
)

__all__ = ["BOOK", "BOOKS"]
