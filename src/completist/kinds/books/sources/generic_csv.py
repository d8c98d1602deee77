"""Any table of books whose columns are called what people call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, TypeAlias

from completist.domain.fields import Data
from completist.kinds.books.identifiers import olid
from completist.kinds.books.languages import language
from completist.kinds.books.sources.cells import (
    author,
    authors,
    count,
    cover_url,
    listed,
    names,
    number,
    rating,
    said,
    shelf,
    single_spaced,
    whole,
)
from completist.kinds.books.sources.drafts import Columns, Draft, Keys, Plan
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date
from completist.sdk.source import Head, Refusal
from completist.sdk.tabular import columns_of

_Reader: TypeAlias = Callable[[str], Data]


def _tongue(cell: str) -> str | None:
    return language(cell) or single_spaced(cell)


#: What columns may be called, without blanks, hyphens, underscores and question marks; of two columns for one
#: field the earlier name counts.
_SPELLINGS: tuple[tuple[str, _Reader, str], ...] = (
    ("title", said, "title booktitle book name titel titre titulo título originaltitle"),
    ("subtitle", said, "subtitle"),
    ("authors", authors, "authors writers creators authornames"),
    ("authors", author, "author bookauthor writer creator by primaryauthor authorname autor auteur"),
    ("contributors", names, "additionalauthors contributors translator translators"),
    ("series", said, "series seriesname"),
    ("series_position", said, "seriesnumber seriesposition seriesindex volume"),
    ("publisher", single_spaced, "publisher publishername verlag"),
    ("published", edtf_date, "published publicationdate publishdate publisheddate pubdate publicationyear"),
    ("published", edtf_date, "yearpublished yearofpublication publishyear year jahr"),
    ("first_published", edtf_date, "firstpublished firstpublishyear firstpublicationyear"),
    ("first_published", edtf_date, "originalpublicationyear originalyear"),
    ("pages", whole, "pages pagecount numberofpages numpages"),
    ("binding", said, "binding format bookformat media"),
    ("language", _tongue, "language languages languagecode lang"),
    ("description", said, "description summary blurb synopsis"),
    ("subjects", listed, "subjects subject genres genre categories"),
    ("cover", cover_url, "cover coverurl imageurl image imageurll"),
    ("rating", rating, "myrating rating stars starrating userrating"),
    ("average_rating", number, "averagerating"),
    ("shelf", shelf, "exclusiveshelf shelf status readstatus readingstatus bookshelf"),
    ("shelves", listed, "shelves bookshelves tags tag collections"),
    ("date_added", edtf_date, "dateadded added addedon addeddate"),
    ("date_started", edtf_date, "datestarted started startdate startedon"),
    ("date_read", edtf_date, "dateread datefinished finished finishdate finishedon readon enddate"),
    ("read_count", count, "readcount timesread"),
    ("review", said, "myreview review"),
    ("private_notes", said, "privatenotes notes note comments comment"),
    ("owned_copies", count, "ownedcopies copies"),
    ("condition", said, "condition"),
)
_ISBNS = ("isbn13", "isbn", "ean", "isbn10", "barcode", "invalidisbn")
_IDS = ("id", "bookid", "key", "uuid")
_NUMBERS = {"goodreadsid": "goodreads", "goodreadsbookid": "goodreads", "oclc": "oclc", "lccn": "lccn"}
_OPEN_LIBRARY = ("olid", "openlibraryid", "openlibrarykey", "openlibrary", "workkey", "editionkey")
_SQUEEZED = str.maketrans("", "", " -_?.#/")


class GenericCsv(Table):
    """A table with a column for titles or ISBNs, separated by commas, semicolons or tabs.

    The key of a row is its id column, else its ISBN, else a digest of title and author, with a running number
    for rows that are alike.
    """

    name = "csv"
    format = "csv"
    label = "table of books (CSV)"
    required: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Columns] = {}

    def refuse(self, head: Head) -> str | None:
        """Asks for a column that is called like a title or an ISBN."""
        if self.delimiter(head):
            return None
        table = any(len(columns_of(head, each)) > 1 for each in ",;\t")
        return Refusal("no header with a column for titles or ISBNs", 0.1 if table else 0)

    def delimiter(self, head: Head) -> str | None:
        """The delimiter under which the most columns are known."""
        best = max(",;\t", key=lambda each: len(_plan(columns_of(head, each))))
        return best if _naming(columns_of(head, best)) else None

    def needs(self, head: Head) -> list[str]:
        """The first column that names a book."""
        return _naming(columns_of(head, self.delimiter(head) or ","))[:1]

    def plan(self, present: Iterable[str]) -> Plan:
        """The columns that are called something known."""
        return _plan(present)

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """Identifiers; see `Table.complete`."""
        columns = _by_word(cells)
        isbns = [(_field(word), cells[columns[word]]) for word in _ISBNS if word in columns]
        if isbns:
            draft.first_isbn(isbns)
        for word, scheme in _NUMBERS.items():
            if word in columns and (number := cells[columns[word]].strip()):
                draft.add(scheme, number)
        for word in _OPEN_LIBRARY:
            if word in columns and (found := olid(cells[columns[word]])):
                draft.add(*found)
        own = next((cells[columns[word]].strip() for word in _IDS if word in columns), "")
        return keys.of(draft.values, own=own)


def _field(word: str) -> str:
    return "isbn10" if word == "isbn10" else "isbn13"


def _by_word(present: Iterable[str]) -> dict[str, str]:
    """The columns by their names as `_SPELLINGS` has them; the first of two alike."""
    return {name.translate(_SQUEEZED): name for name in reversed(list(present))}


def _plan(present: Iterable[str]) -> Plan:
    columns = _by_word(present)
    found = []
    for field, read, words in _SPELLINGS:
        name = next((columns[word] for word in words.split() if word in columns), None)
        if name is not None:
            found.append((name, field, read))
    return tuple(found)


def _naming(present: Iterable[str]) -> list[str]:
    """The columns that can name a book: title first."""
    columns = _by_word(present)
    titles = [name for name, field, _ in _plan(present) if field == "title"]
    return titles + [columns[word] for word in _ISBNS if word in columns and word not in ("ean", "barcode")]
