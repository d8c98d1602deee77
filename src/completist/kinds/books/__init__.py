"""Books: what people's lists of books hold, how they are read, completed and written back."""

from completist.kinds.books.covers import COVERS
from completist.kinds.books.covers.finder import CoverFinder
from completist.kinds.books.finder import BookFinder
from completist.kinds.books.kind import BOOK, TRUSTED
from completist.kinds.books.matching.decision import agree
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.pipelines import HARDCOVER
from completist.kinds.books.providers import PLANS
from completist.kinds.books.providers.enriched import EDITION, WORK
from completist.kinds.books.providers.hardcover.resolver import RESOLVERS
from completist.kinds.books.providers.openlibrary.changes import FEED
from completist.kinds.books.records import edition_fields
from completist.kinds.books.sources import LAST_RESORTS, SPECIFIC
from completist.kinds.books.typed import TYPED
from completist.kinds.books.writers import WRITERS
from completist.sdk.registry import KindPlugin

BOOKS = KindPlugin(
    kind=BOOK,
    sources=SPECIFIC,
    last_resorts=LAST_RESORTS,
    finders=(BookFinder(), CoverFinder()),
    outside=(HARDCOVER,),
    adapters=PLANS,
    feeds=(FEED,),
    trusted=TRUSTED,
    entities=(EDITION, WORK),
    resolvers=RESOLVERS,
    writers=WRITERS,
    agree=agree,
    judge=judge,
    normalise=TYPED,
    pictures=COVERS,
    read_edition=edition_fields,
)

__all__ = ["BOOK", "BOOKS"]
