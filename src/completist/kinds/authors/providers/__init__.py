"""Providers of authors: adapters that ask an outside source and hand its records on as candidates."""

from completist.kinds.authors.providers import enriched, openlibrary, wikidata
from completist.sdk.adapter import AdapterPlan

#: In the order in which they are asked.
PLANS: tuple[AdapterPlan, ...] = (enriched.PLAN, openlibrary.PLAN, wikidata.PLAN)
