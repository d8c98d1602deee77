"""Deutsche Nationalbibliothek (https://www.dnb.de/sru), which knows what is published in Germany. CC0, no key.

Indexes of its CQL: https://services.dnb.de/sru/dnb?operation=explain&version=1.1
"""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.budget import Budget, Rate
from completist.kinds.books.identifiers import isbn10
from completist.kinds.books.providers.libraries.dnb_records import FILLS, PROVIDER, isbns, reading
from completist.kinds.books.providers.libraries.library import SruLibrary
from completist.kinds.books.providers.libraries.sru import Endpoint, phrase
from completist.kinds.books.providers.questions import ISBN
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question
from completist.sdk.provider import Provider

DNB = Provider(
    name=PROVIDER,
    hosts=frozenset({"services.dnb.de"}),
    budget=Budget(
        Rate(1_000, burst=2)
    ),  # nothing is published; this has been asked for years without complaint
    batch_size=10,
)


def _by_isbn(numbers: Sequence[str]) -> str:
    """Records from before 2007 have the short form alone."""
    forms = [form for isbn in numbers for form in (isbn, isbn10(isbn)) if form]
    return " or ".join(f"num={form}" for form in forms)


def _by_title(title: str, author: str) -> str:
    by = f" and per={phrase(author)}" if author else ""
    return f"tit={phrase(title)}{by} and mat=books"


def _make(_key: Key) -> Adapter:
    endpoint = Endpoint("https://services.dnb.de/sru/dnb", "1.1", "MARC21-xml")
    return SruLibrary(DNB, FILLS, endpoint, "de", ("9783",), _by_isbn, _by_title, isbns, reading)


PLAN = AdapterPlan(
    PROVIDER, "Deutsche Nationalbibliothek", "book-metadata", _make, probe=Question(ISBN, "9783730606490")
)
