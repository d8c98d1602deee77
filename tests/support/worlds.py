"""For each live provider a small world: something that it knows, and the replies of one that knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.scripted import Scripted, SmallLibrary
from tests.support.sru import marc, response, unimarc
from tests.support.track_worlds import TRACK_WORLDS
from tests.support.wikidata import SmallWikidata, called, item, to

from completist.domain.fields import Data
from completist.kinds.books.providers.openlibrary.adapter import WELL_KNOWN
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.provider import Record, Reply, Request

BY_ISBN = Question("isbn13", WELL_KNOWN)
BY_TITLE = Question(SEARCH, "Emma", "Jane Austen")
BY_NAME = Question(SEARCH, "Jane Austen", "person")


@dataclass(frozen=True)
class World:
    """One provider, in one pipeline."""

    knows: Callable[[], Scripted]
    knows_nothing: Callable[[], Scripted]
    asked: tuple[Question, ...]  #: each is known, by whichever scheme


def _open_library() -> SmallLibrary:
    library = SmallLibrary(
        hits=[{"key": "/works/OL2W", "author_key": ["OL3A"], "author_name": ["Jane Austen"]}]
    )
    library.add(
        {
            "key": "/books/OL1M", "type": {"key": "/type/edition"}, "title": "Emma", "subtitle": "a novel",
            "isbn_13": [WELL_KNOWN], "isbn_10": ["0140328726"], "works": [{"key": "/works/OL2W"}],
            "authors": [{"key": "/authors/OL3A"}], "publishers": ["Penguin"], "publish_date": "May 2003",
            "number_of_pages": 512, "languages": [{"key": "/languages/eng"}], "physical_format": "Paperback",
            "covers": [7], "series": ["Highbury ; 1"], "subjects": ["Matchmaking"], "lccn": ["2003000001"],
            "oclc_numbers": ["50868290"], "identifiers": {"goodreads": ["6969"], "amazon": ["B000000001"]},
            "description": {"type": "/type/text", "value": "Handsome, clever, and rich."},
        },
        {
            "key": "/works/OL2W", "type": {"key": "/type/work"}, "title": "Emma", "first_publish_date": "1815",
            "authors": [{"author": {"key": "/authors/OL3A"}, "type": {"key": "/type/author_role"}}],
            "subjects": ["England"], "covers": [5], "description": "A match.", "series": ["Highbury ; 1"],
        },
    )  # fmt: skip
    return library


def _open_authors() -> SmallLibrary:
    library = SmallLibrary(hits=[{"key": "OL3A", "top_work": "Emma", "work_count": 40}])
    library.add({
        "key": "/authors/OL3A", "type": {"key": "/type/author"}, "name": "Jane Austen", "birth_date": "1775",
        "alternate_names": ["J. Austen"], "death_date": "1817", "bio": "A novelist.", "photos": [7],
        "remote_ids": {"viaf": "102333412", "wikidata": "Q36322"},
    })  # fmt: skip
    return library


def _always(body: Data) -> Callable[[], Scripted]:
    return lambda: Scripted(lambda _request: Reply(200, body=body))


_VOLUME: Record = {
    "id": "v1",
    "volumeInfo": {
        "title": "Emma (Highbury, #1)", "subtitle": "a novel", "authors": ["Jane Austen"], "publisher": "Penguin",
        "publishedDate": "2003-05", "description": "<p>A match.</p>", "pageCount": 512, "language": "en",
        "industryIdentifiers": [{"type": "ISBN_13", "identifier": WELL_KNOWN}],
        "categories": ["Fiction / Romance"], "imageLinks": {"thumbnail": "http://books.google.com/x?edge=curl"},
        "seriesInfo": {"bookDisplayNumber": "1"},
    },
}  # fmt: skip
_BOOK: Record = {
    "isbn13": WELL_KNOWN, "isbn": "0140328726", "title": "Emma", "title_long": "Emma: a novel",
    "authors": ["Austen, Jane", "Else, Tom (Translator)"], "publisher": "Penguin", "language": "en",
    "date_published": "2003-05", "pages": 512, "binding": "Paperback", "synopsis": "A <b>match</b>.",
    "subjects": ["Matchmaking"], "image": "Https://images.isbndb.com/1.jpg",
}  # fmt: skip


def _isbndb(request: Request) -> Reply:
    return Reply(
        200, body={"book": _BOOK} if "/book/" in request.url else {"books": [_BOOK], "data": [_BOOK]}
    )


def _isbndb_nothing(request: Request) -> Reply:
    nothing: Data = {"total": 0, "requested": 2, "data": []}
    return (
        Reply(200, body=nothing)
        if request.method == "POST"
        else Reply(404, body={"errorMessage": "Not Found"})
    )


def _inventaire(request: Request) -> Reply:
    entities: dict[str, Data] = {
        f"isbn:{WELL_KNOWN}": {
            "uri": f"isbn:{WELL_KNOWN}", "type": "edition", "labels": {"fromclaims": "Emma"},
            "claims": {
                "wdt:P212": ["978-0-14-032872-1"], "wdt:P1476": ["Emma"], "wdt:P629": ["wd:Q20"],
                "wdt:P1104": [512], "wdt:P577": ["2003-05"],
            },
        },
        "wd:Q20": {
            "uri": "wd:Q20", "type": "work", "labels": {"en": "Emma"},
            "claims": {"wdt:P50": ["wd:Q30"], "wdt:P577": ["1815"], "wdt:P648": ["OL2W"]},
        },
        "wd:Q30": {"uri": "wd:Q30", "type": "human", "labels": {"en": "Jane Austen"}, "claims": {}},
    }  # fmt: skip
    if urlsplit(request.url).path.endswith("search"):
        return Reply(200, body={"results": [{"uri": "wd:Q20", "type": "works", "label": "Emma"}]})
    wanted = request.params["uris"].split("|")
    found: Data = {uri: entities[uri] for uri in wanted if uri in entities}
    return Reply(200, body={"entities": found, "redirects": {}})


def _wikidata() -> SmallWikidata:
    wikidata = SmallWikidata()
    wikidata.add(
        item(
            "Q10", "Emma", P31=to("Q3331189"), P212="978-0-14-032872-1", P629=to("Q20"), P1476=called("Emma"),
            P1104={"amount": "+512", "unit": "1"},
        ),
        item("Q20", "Emma", P31=to("Q7725634"), P50=to("Q30"), P648="OL2W"),
        item("Q30", "Jane Austen", P31=to("Q5"), P648="OL3A", P214="102333412"),
    )  # fmt: skip
    return wikidata


_EDITION: Record = {
    "id": 31, "isbn_13": WELL_KNOWN, "title": "Emma", "pages": 512, "release_date": "2003-05-27",
    "edition_format": "Paperback", "language": {"code2": "en"}, "publisher": {"name": "Penguin"},
    "cached_contributors": [{"author": {"name": "Jane Austen"}, "contribution": None}],
    "image": {"url": "https://assets.hardcover.app/31.jpg"},
    "book": {"id": 12, "slug": "emma", "title": "Emma", "release_year": 1815, "description": "A match."},
}  # fmt: skip
_HIT: Data = {
    "document": {
        "id": "12",
        "slug": "emma",
        "title": "Emma",
        "author_names": ["Jane Austen"],
        "release_year": 1815,
    }
}


def _hardcover(request: Request) -> Reply:
    if "editions" in str(request.json):
        return Reply(200, body={"data": {"editions": [_EDITION]}})
    return Reply(200, body={"data": {"search": {"results": {"hits": [_HIT]}}}})


def _hardcover_nothing(request: Request) -> Reply:
    field = "editions" if "editions" in str(request.json) else "search"
    empty: Data = [] if field == "editions" else {"results": {"hits": []}}
    return Reply(200, body={"data": {field: empty}})


_DNB = response(marc(
    "001 1", f"020 ## $a {WELL_KNOWN}", "100 1# $a Austen, Jane $4 aut", "245 10 $a Emma $b Roman",
    "264 #1 $b Penguin $c 2003",
))  # fmt: skip
_BNF = response(unimarc(
    "001 1", f"010 ## $a {WELL_KNOWN}", "200 1# $a Emma $e roman", "700 #1 $a Austen $b Jane $4 070",
    "210 ## $c Penguin $d 2003",
))  # fmt: skip
_NO_RECORDS = response()

_BOOKS = (BY_ISBN, BY_TITLE)
_HARDCOVER = World(lambda: Scripted(_hardcover), lambda: Scripted(_hardcover_nothing), _BOOKS)

#: By provider and pipeline.
WORLDS: Mapping[tuple[str, str], World] = {
    ("openlibrary", "book-metadata"): World(
        lambda: _open_library().http(),
        lambda: SmallLibrary().http(),
        (*_BOOKS, Question("olid", "OL1M"), Question("olid_work", "OL2W")),
    ),
    ("openlibrary", "author-metadata"): World(
        lambda: _open_authors().http(),
        lambda: SmallLibrary().http(),
        (Question("olid_author", "OL3A"), BY_NAME),
    ),
    ("googlebooks", "book-metadata"): World(
        _always({"totalItems": 1, "items": [_VOLUME]}), _always({"totalItems": 0}), _BOOKS
    ),
    ("isbndb", "book-metadata"): World(lambda: Scripted(_isbndb), lambda: Scripted(_isbndb_nothing), _BOOKS),
    ("inventaire", "book-metadata"): World(
        lambda: Scripted(_inventaire),
        lambda: Scripted(lambda _request: Reply(200, body={"entities": {}, "redirects": {}, "results": []})),
        _BOOKS,
    ),
    ("wikidata", "book-metadata"): World(
        lambda: _wikidata().http(), lambda: SmallWikidata().http(), (BY_ISBN, Question("olid_work", "OL2W"))
    ),
    ("wikidata", "author-metadata"): World(
        lambda: _wikidata().http(), lambda: SmallWikidata().http(), (Question("olid_author", "OL3A"),)
    ),
    ("dnb", "book-metadata"): World(_always(_DNB), _always(_NO_RECORDS), _BOOKS),
    ("bnf", "book-metadata"): World(_always(_BNF), _always(_NO_RECORDS), _BOOKS),
    ("hardcover", "hardcover"): _HARDCOVER,
    ("hardcover", "book-metadata"): _HARDCOVER,
    **{name: World(*each) for name, each in TRACK_WORLDS.items()},
}
