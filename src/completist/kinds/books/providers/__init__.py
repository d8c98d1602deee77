"""Providers of books: adapters that ask an outside source and hand its records on as candidates."""

from completist.kinds.books.providers import enriched
from completist.kinds.books.providers.googlebooks import adapter as googlebooks
from completist.kinds.books.providers.hardcover import adapter as hardcover
from completist.kinds.books.providers.inventaire import adapter as inventaire
from completist.kinds.books.providers.isbndb import adapter as isbndb
from completist.kinds.books.providers.libraries import bnf, dnb
from completist.kinds.books.providers.openlibrary import adapter as openlibrary
from completist.kinds.books.providers.wikidata import adapter as wikidata
from completist.sdk.adapter import AdapterPlan

#: In the order in which they are asked: what is told here, those that are open to all, then those that want a key.
PLANS: tuple[AdapterPlan, ...] = (
    *enriched.PLANS,
    openlibrary.PLAN,
    inventaire.PLAN,
    wikidata.PLAN,
    dnb.PLAN,
    bnf.PLAN,
    googlebooks.PLAN,
    isbndb.PLAN,
    *hardcover.PLANS,
)
