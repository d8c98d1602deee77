"""Search by noisy title and author: strict questions first, looser ones while nothing convincing turned up.

The cascade asks for all words of the title and one of the author's, then for the title alone, then for the author
with some of the title, at last for words spelled almost alike. What each step finds is compared with the question
as a whole; a step that finds a work close enough ends the search. Why strict first: the order of the questions
decides both speed and quality, more than any formula of ranking.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import tantivy
from rapidfuzz import fuzz

from completist.catalog import files, keys, titles
from completist.catalog.cards import Card
from completist.catalog.index import schema
from completist.sdk.catalogue import Hit, Query

if TYPE_CHECKING:
    from pathlib import Path

RETRIEVED: Final = 40  #: works that one step looks at
GOOD_TITLE: Final = 0.88  #: likeness of titles, and ...
GOOD_AUTHOR: Final = 0.70  #: ... of authors, at which no looser step is tried
AUTHOR_WEIGHT: Final = 0.6
ORDERED: Final = 0.08  #: of a title's likeness rests on the order of the words and on the idle ones
MAX_WORDS: Final = 24  #: of a title; more only repeat
SHORT: Final = 4  #: letters; shorter words are not searched fuzzily
LONG: Final = 9  #: letters from which two slips are forgiven, when one slip found nothing convincing
SLIPS: Final = 2

_MUST, _SHOULD = tantivy.Occur.Must, tantivy.Occur.Should
_card = msgspec.msgpack.Decoder(Card).decode


class _Asked(NamedTuple):
    """A question, prepared once for all steps."""

    variants: list[list[str]]  #: terms of the title in full, of its main part, and of both in Latin letters
    main: list[str]  #: words of the main part, as they are searched fuzzily
    author: list[str]
    texts: tuple[str, ...]  #: forms of the title to compare with, their words sorted
    plain: str  #: the title with its words as they stand
    author_text: str


class _Scored(NamedTuple):
    score: float
    title: float
    author: float
    card: Card


def _ask(query: Query) -> _Asked:
    title = titles.without_suffix(query.title)
    full = titles.words(title)[:MAX_WORDS]
    main = titles.words(titles.main_part(title))[:MAX_WORDS] or full
    author = [word for word in titles.words(query.author) if len(word) > 1] or titles.words(query.author)
    texts = tuple(dict.fromkeys((_bare(full), _bare(main))))
    if latin := titles.latin(title).split()[:MAX_WORDS]:
        texts = (*texts, _bare(latin))
    forms = (titles.terms(titles.telling(each)) for each in (full, main, latin))
    variants = list({tuple(each): each for each in forms if each}.values())
    return _Asked(variants, titles.telling(main), author, texts, " ".join(full), " ".join(sorted(author)))


def _bare(found: list[str]) -> str:
    return " ".join(sorted(titles.telling(found)))


class Searcher:
    """Searches one generation."""

    def __init__(self, directory: Path) -> None:
        self._schema = schema()
        index = tantivy.Index.open(str(directory / files.INDEX))
        self._index = index.searcher()
        self._cards = files.open_finished(directory / files.CARDS)

    def close(self) -> None:
        """Close the cards."""
        self._cards.close()

    def search(self, query: Query, limit: int) -> list[Hit]:
        """Works for one question, best first."""
        asked = _ask(query)
        if not asked.variants and not asked.author:
            return []
        seen: dict[int, _Scored] = {}
        for step in self._steps(asked):
            fresh = [each for each in self._retrieve(step, max(RETRIEVED, limit)) if each not in seen]
            for number, card in self._read(fresh):
                seen[number] = _score(asked, card)
            if any(_convincing(asked, found) for found in seen.values()):
                break
        best = sorted(seen.items(), key=lambda each: (-each[1].score, each[0]))
        return [_hit(number, found) for number, found in best[:limit]]

    def _steps(self, asked: _Asked) -> Iterator[tantivy.Query]:
        author = self._any("a", asked.author)
        if author is not None:
            for words in asked.variants:
                yield self._all(words, author)
        for words in asked.variants:
            yield self._all(words)
        if author is not None:
            yield self._both(author, asked.variants[0] if asked.variants else [])
        if asked.main:
            yield self._fuzzy(asked, 1)
        if any(len(word) >= LONG for word in asked.main):
            yield self._fuzzy(asked, SLIPS)

    def _term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, word)

    def _any(self, field: str, words: list[str]) -> tantivy.Query | None:
        if not words:
            return None
        return tantivy.Query.boolean_query([(_SHOULD, self._term(field, word)) for word in words])

    def _all(self, words: list[str], *further: tantivy.Query) -> tantivy.Query:
        clauses = [(_MUST, self._term("t", word)) for word in dict.fromkeys(words)]
        return tantivy.Query.boolean_query([*clauses, *((_MUST, each) for each in further)])

    def _both(self, author: tantivy.Query, words: list[str]) -> tantivy.Query:
        some = self._any("t", words)
        return author if some is None else tantivy.Query.boolean_query([(_MUST, author), (_MUST, some)])

    def _fuzzy(self, asked: _Asked, slips: int) -> tantivy.Query:
        near = [(_SHOULD, self._near("t", word, slips)) for word in dict.fromkeys(asked.main)]
        enough = max(1, math.ceil(len(near) * 0.6))
        title = tantivy.Query.boolean_query(near, minimum_number_should_match=enough)
        author = self._any("a", asked.author)
        if author is None:
            return title
        return tantivy.Query.boolean_query([(_MUST, title), (_SHOULD, author)])

    def _near(self, field: str, word: str, slips: int) -> tantivy.Query:
        if len(word) < SHORT:
            return self._term(field, word)
        distance = slips if len(word) >= LONG else 1
        return tantivy.Query.fuzzy_term_query(self._schema, field, word, distance=distance)

    def _retrieve(self, query: tantivy.Query, limit: int) -> list[int]:
        hits = self._index.search(query, limit, count=False, weight_by_field="p").hits
        found = self._index.fast_field_values("w", [address for _, address in hits]) if hits else []
        return [int(number) for number in found if number is not None]

    def _read(self, numbers: list[int]) -> list[tuple[int, Card]]:
        marks = ",".join("?" * len(numbers))
        rows = self._cards.execute(f"SELECT k, v FROM card WHERE k IN ({marks})", numbers)  # noqa: S608  marks only
        return [(number, _card(value)) for number, value in rows]


def _score(asked: _Asked, card: Card) -> _Scored:
    title = 0.0
    for text in _texts(card):
        title = _likeness(asked, text, title)
    author = _author_likeness(asked, card)
    fame = math.log2(1 + card.editions) / 200
    return _Scored(title + AUTHOR_WEIGHT * author + fame, title, author, card)


def _texts(card: Card) -> Iterator[str]:
    yield card.title
    if card.subtitle:
        yield f"{card.title} {card.subtitle}"
    yield from card.other_titles


def _likeness(asked: _Asked, text: str, best: float) -> float:
    """How like a text is to the title asked for, when it is more so than the ``best`` so far; else that."""
    found = titles.words(text)
    enough = max(0.0, (best - ORDERED) / (1 - ORDERED) * 100 - 1e-6)  # less cannot surpass the best
    alike = _most_alike(asked.texts, _bare(found), enough)
    if latin := titles.latin(text):
        alike = max(alike, _most_alike(asked.texts, _bare(latin.split()), enough))
    if alike <= enough:
        return best
    ordered = fuzz.ratio(asked.plain, " ".join(found))
    return max(best, (ORDERED * ordered + (1 - ORDERED) * alike) / 100)


def _most_alike(texts: tuple[str, ...], form: str, enough: float) -> float:
    return max([fuzz.ratio(each, form, score_cutoff=enough) for each in texts])


def _author_likeness(asked: _Asked, card: Card) -> float:
    if not asked.author_text:
        return 0.0
    best = _nearest(asked.author_text, card.authors)
    if best < GOOD_AUTHOR:
        best = max([best, *(_nearest(asked.author_text, aliases) for aliases in card.aliases)])
    return best


def _nearest(author: str, names: tuple[str, ...]) -> float:
    likenesses = [fuzz.token_set_ratio(author, _name(name)) for name in names]
    return max(likenesses, default=0.0) / 100


@lru_cache(4096)  # what one step finds is often by one author
def _name(name: str) -> str:
    """The words of a name as it is compared."""
    return " ".join(titles.words(name))


def _convincing(asked: _Asked, found: _Scored) -> bool:
    return found.title >= GOOD_TITLE and (not asked.author_text or found.author >= GOOD_AUTHOR)


def _hit(number: int, found: _Scored) -> Hit:
    card = found.card
    return Hit(
        work=keys.name("wk", number),
        title=card.title,
        subtitle=card.subtitle,
        other_titles=card.other_titles,
        authors=card.authors,
        year=card.year or None,
        editions=card.editions,
        score=round(found.score, 4),
        aliases=card.aliases,
    )
