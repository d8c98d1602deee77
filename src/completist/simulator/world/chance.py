"""Chance that is none: who knows what follows from a seed, and is the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from completist.simulator.world.records import Edition, Work

#: The share of all books that a provider knows. The national libraries know by language instead.
SHARES = {
    "openlibrary": 0.95,
    "googlebooks": 0.88,
    "isbndb": 0.85,
    "hardcover": 0.75,
    "inventaire": 0.45,
    "wikidata": 0.3,
}
_WORKS = 0.9  #: of the works whose editions a provider does not know, the share that it knows all the same
_NATIONAL = {"dnb": ("de", "9783"), "bnf": ("fr", "9782")}
EVERYBODY = "*"  #: but for the national libraries


@dataclass(frozen=True, slots=True)
class Chance:
    """Decides by a seed."""

    seed: int = 0

    def of(self, *words: str | int) -> float:
        """A number from 0 to 1 that these words lead to."""
        text = "\0".join(str(word) for word in (self.seed, *words))
        return crc32(text.encode()) / 2**32

    def knows(self, provider: str, edition: Edition) -> bool:
        """Whether a provider knows an edition."""
        if provider == "hardcover":
            return edition.hardcover is not None
        if edition.known_to is not None and (provider not in _NATIONAL or EVERYBODY not in edition.known_to):
            return bool({provider, EVERYBODY} & edition.known_to)
        if provider in _NATIONAL:
            language, prefix = _NATIONAL[provider]
            spoken = edition.language.code2 if edition.language else ""
            return spoken == language or edition.isbn.startswith(prefix)
        return self.of(provider, edition.isbn or edition.number) < SHARES.get(provider, 1.0)

    def knows_work(self, provider: str, work: Work) -> bool:
        """Whether a provider knows a work of which it may know no edition."""
        if provider == "hardcover":
            return work.hardcover is not None
        if work.known_to is not None:
            return bool({provider, EVERYBODY} & work.known_to)
        return provider not in _NATIONAL and self.of(provider, "work", work.number) < _WORKS
