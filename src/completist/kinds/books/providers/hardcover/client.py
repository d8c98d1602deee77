"""Hardcover (https://hardcover.app): its GraphQL API, asked for batches of ISBNs or of titles, or by one title.

Limits: https://docs.hardcover.app/api/getting-started/. Each top-level field counts as one call, so every
request has one. Queries go no deeper than three objects, so lists that Hardcover keeps ready (``cached_...``)
stand in for relations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.providers.hardcover.graphql import ask
from completist.sdk.halving import halved, keeping
from completist.sdk.provider import Http, Provider, Record, Refused

ENDPOINT = "https://api.hardcover.app/v1/graphql"
TOKEN = "HARDCOVER_TOKEN"  # noqa: S105 - the name of the environment variable that holds it
TOKENS = "https://hardcover.app/account/api"  #: where a person gets one
BATCH = 100  #: ISBNs in one request
TITLES = 200  #: in one request
ROWS = 300  #: books of such titles in one page, of which many have a namesake
TOGETHER = 1_000  #: things that are asked for at once, so that all requests are full but one
PAGES = 2  #: full ones of them
CUT = 50  #: a page of a multiple of this may have been cut off: how many rows come at most is not documented
HITS = 25  #: of one search

#: The free plan: 60 calls a minute, 5,000 a day. Better plans announce theirs with each reply.
HARDCOVER = Provider(
    name="hardcover",
    hosts=frozenset({"api.hardcover.app"}),
    budget=Budget(Rate.within(60, 60_000, burst=10), Quota(5_000)),
    batch_size=BATCH,
    together=TOGETHER,
)

_EDITIONS = """
query EditionsByIsbn($isbns: [String!]!, $limit: Int!) {
  editions(where: {isbn_13: {_in: $isbns}}, limit: $limit) {
    id isbn_13 title subtitle pages release_date edition_format cached_contributors
    language { code2 code3 }
    publisher { name }
    image { url }
    book {
      id canonical_id slug title subtitle description release_year
      cached_contributors cached_featured_series cached_image
    }
  }
}
"""
#: In the words of the search, so that both are read in the same way.
_BOOKS = """
query BooksByTitle($titles: [String!]!, $limit: Int!, $offset: Int!) {
  books(
    where: {title: {_in: $titles}, canonical_id: {_is_null: true}}
    order_by: [{users_count: desc}, {id: asc}]
    limit: $limit
    offset: $offset
  ) {
    id slug title subtitle description release_year
    contributions: cached_contributors
    featured_series: cached_featured_series
    image: cached_image
  }
}
"""
_SEARCH = """
query SearchBooks($query: String!, $hits: Int!) {
  search(query: $query, query_type: "Book", per_page: $hits, page: 1) { error results }
}
"""

QUESTIONS = (_EDITIONS, _BOOKS, _SEARCH)


@dataclass(frozen=True, slots=True)
class _By:
    """What rows are asked for by, many at a time."""

    query: str
    variable: str
    table: str
    column: str
    others: str  #: the code of an answer to another question
    size: int = BATCH  #: how many of them stand in one request
    rows: int = BATCH  #: how many may come back
    doubt: bool = True  #: that none of them is known is unlikely: it is asked for again in halves
    pages: int = 1  #: that are turned at most, as long as they come back full


_EDITIONS_BY_ISBN = _By(_EDITIONS, "isbns", "editions", "isbn_13", "other_isbns")
_BOOKS_BY_TITLE = _By(
    _BOOKS, "titles", "books", "title", "other_titles", TITLES, ROWS, doubt=False, pages=PAGES
)


@dataclass(frozen=True, slots=True)
class Hardcover:
    """What Hardcover can be asked. ``token`` may be given with or without the word Bearer before it."""

    token: str = field(repr=False)
    endpoint: str = ENDPOINT

    @property
    def provider(self) -> Provider:
        """What `Http` has to know: `HARDCOVER`, at the host of the endpoint."""
        return replace(HARDCOVER, hosts=frozenset({urlsplit(self.endpoint).hostname or ""}))

    async def editions_by_isbn(self, http: Http, isbns: Iterable[str]) -> dict[str, list[Record]]:
        """The editions under each ISBN-13; an empty list says that Hardcover surely knows none.

        One request for each `BATCH`. That nothing at all is known of a batch is believed only after each of its
        halves has said the same: a source in trouble answers empty, too. A full page that leaves ISBNs open is
        taken for cut off, and those are asked for again.

        Raises:
            Refused: Some ISBNs were not answered; ``partial`` holds those that were.
        """
        return await self._each(http, isbns, _EDITIONS_BY_ISBN)

    async def books_by_title(self, http: Http, titles: Iterable[str]) -> dict[str, list[Record]]:
        """The books with exactly these titles, those that most people have first, in the words of `search`.

        As `editions_by_isbn` otherwise, but that full pages are turned, so that nobody is missing for better known
        books of the same name. Beyond `PAGES` the least known ones are.

        Raises:
            Refused: Some titles were not answered; ``partial`` holds those that were.
        """
        return await self._each(http, titles, _BOOKS_BY_TITLE)

    async def search(self, http: Http, title: str, author: str = "") -> list[Record]:
        """The books that fit a title and an author best, best first.

        What Hardcover lists under ``isbns`` there are all editions of the book: none of them is *the* ISBN.

        Raises:
            Refused: There is no answer.
        """
        words = " ".join(f"{title} {author}".split())
        found = await self._ask(http, _SEARCH, {"query": words, "hits": HITS}, "search")
        if not isinstance(found, dict) or found.get("error"):
            raise Refused(Outcome.TRANSIENT, code="search_failed")
        results = found.get("results")
        hits = results.get("hits") if isinstance(results, dict) else None
        if not isinstance(hits, list):
            raise Refused(Outcome.BAD_RESPONSE, code="search_shape")
        documents = (hit.get("document") for hit in hits if isinstance(hit, dict))
        return [document for document in documents if isinstance(document, dict)]

    async def _each(self, http: Http, texts: Iterable[str], by: _By) -> dict[str, list[Record]]:
        wanted = list(dict.fromkeys(texts))
        known: dict[str, list[Record]] = {}

        async def page(part: Sequence[str]) -> dict[str, list[Record]]:
            return await self._page(http, part, by)

        for start in range(0, len(wanted), by.size):
            try:
                known |= await halved(page, wanted[start : start + by.size], str, doubt=by.doubt)
            except Refused as refused:
                raise keeping(refused, known) from None
        return known

    async def _page(self, http: Http, texts: Sequence[str], by: _By) -> dict[str, list[Record]]:
        """One request, and further ones for as long as pages come back full."""
        rows = await self._rows(http, texts, by)
        known: dict[str, list[Record]] = {text: [] for text in texts}
        for row in rows:
            text = row.get(by.column) if isinstance(row, dict) else None
            if isinstance(row, dict) and isinstance(text, str) and text in known:
                known[text].append(row)
        if rows and not any(known.values()):
            raise Refused(Outcome.BAD_RESPONSE, code=by.others)
        rest = [text for text in texts if not known[text]]
        cut_off = len(rows) >= by.rows * by.pages or (by.pages == 1 and bool(rows) and not len(rows) % CUT)
        return known | await self._page(http, rest, by) if rest and cut_off else known

    async def _rows(self, http: Http, texts: Sequence[str], by: _By) -> list[Data]:
        """The rows for texts, of as many pages as may be turned."""
        rows: list[Data] = []
        while len(rows) < by.rows * by.pages:
            asked: dict[str, Data] = {by.variable: [*texts], "limit": by.rows}
            if by.pages > 1:
                asked["offset"] = len(rows)
            told = await self._ask(http, by.query, asked, by.table)
            if not isinstance(told, list):
                raise Refused(Outcome.BAD_RESPONSE, code=f"{by.table}_shape")
            rows += told
            if not told or len(told) % CUT or by.pages == 1:
                break
        return rows

    async def _ask(self, http: Http, query: str, variables: dict[str, Data], field: str) -> Data:
        return await ask(http, self.endpoint, self.token, query, variables, field)
