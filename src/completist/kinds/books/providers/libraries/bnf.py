"""Bibliothèque nationale de France, which knows what is published in France. Licence Ouverte 2.0, no key.

Indexes of its CQL: https://api.bnf.fr/fr/api-sru-catalogue-general
"""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.budget import Budget, Rate
from completist.kinds.books.identifiers import isbn10
from completist.kinds.books.providers.libraries.bnf_records import FILLS, PROVIDER, isbns, reading
from completist.kinds.books.providers.libraries.library import SruLibrary
from completist.kinds.books.providers.libraries.sru import Endpoint, phrase
from completist.kinds.books.providers.questions import ISBN
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question
from completist.sdk.provider import Provider

BNF = Provider(
    name=PROVIDER,
    hosts=frozenset({"catalogue.bnf.fr"}),
    budget=Budget(Rate(1_000, burst=2)),  # nothing is published but that abuse is locked out
    batch_size=10,
)


def _by_isbn(numbers: Sequence[str]) -> str:
    """Records have the form in which the number stands in the book."""
    forms = [form for isbn in numbers for form in (isbn, isbn10(isbn)) if form]
    return f'bib.isbn any "{" ".join(forms)}"'


def _by_title(title: str, author: str) -> str:
    by = f" and bib.author all {phrase(author)}" if author else ""
    return f'bib.title all {phrase(title)}{by} and bib.doctype any "a"'


def _make(_key: Key) -> Adapter:
    endpoint = Endpoint("https://catalogue.bnf.fr/api/SRU", "1.2", "unimarcxchange")
    return SruLibrary(BNF, FILLS, endpoint, "fr", ("9782", "97910"), _by_isbn, _by_title, isbns, reading)


PLAN = AdapterPlan(
    PROVIDER,
    "Bibliothèque nationale de France",
    "book-metadata",
    _make,
    probe=Question(ISBN, "9782070360024"),
)
