"""Hardcover's search: words of a query against titles and authors, told as Typesense tells its hits."""

from __future__ import annotations

from collections.abc import Sequence

from completist.simulator.answers import Json
from completist.simulator.world.words import all_words, share, words

ENOUGH = 0.5  #: the share of a query's words that a hit has to hold


def search(documents: Sequence[Json], query: str, page: int, per_page: int) -> Json:
    """A page of hits, best first; of equally good ones the better known first.

    A word fits one that begins with it. As in the real search, a query that fits no book whole still finds
    those that it fits in part, summaries of the book among them.
    """
    asked = words(query)
    scored = [(score, document) for document in documents if (score := _score(document, asked)) >= ENOUGH]
    scored.sort(key=lambda found: (-found[0], -found[1]["users_count"], found[1]["id"]))
    shown = scored[(page - 1) * per_page : page * per_page]
    return {
        "facet_counts": [],
        "found": len(scored),
        "hits": [_hit(document, score) for score, document in shown],
        "out_of": len(documents),
        "page": page,
        "request_params": {"collection_name": "Book_production", "per_page": per_page, "q": query},
        "search_cutoff": False,
        "search_time_ms": 1,
    }


def _hit(document: Json, score: float) -> Json:
    return {"document": document, "highlight": {}, "highlights": [], "text_match": round(score * 1_000_000)}


def _score(document: Json, asked: set[str]) -> float:
    names = (document["title"], *document["alternative_titles"], *document["author_names"])
    return share(asked, all_words(names))
