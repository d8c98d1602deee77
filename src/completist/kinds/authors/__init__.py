"""Authors: the people behind the books, completed from their Open Library records."""

from completist.kinds.authors.finder import AuthorFinder
from completist.kinds.authors.kind import AUTHOR, TRUSTED
from completist.kinds.authors.names import agree
from completist.kinds.authors.providers import PLANS
from completist.kinds.authors.providers.enriched import WRITER
from completist.kinds.authors.typed import TYPED
from completist.sdk.registry import KindPlugin

AUTHORS = KindPlugin(
    kind=AUTHOR,
    finders=(AuthorFinder(),),
    adapters=PLANS,
    trusted=TRUSTED,
    entities=(WRITER,),
    agree=agree,
    normalise=TYPED,
)

__all__ = ["AUTHOR", "AUTHORS", "AuthorFinder"]
