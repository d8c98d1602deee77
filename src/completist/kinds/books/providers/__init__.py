"""Providers of books: adapters that ask an outside source and hand its records on as candidates."""

from completist.kinds.books.providers import (
    bnf,
    dnb,
    enriched,
    googlebooks,
    hardcover_adapter,
    inventaire,
    isbndb,
    openlibrary,
    wikidata,
)
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
    *hardcover_adapter.PLANS,
)
