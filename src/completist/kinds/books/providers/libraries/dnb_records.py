"""Records of the Deutsche Nationalbibliothek (MARC 21) as candidates for a book.

Fields: https://www.dnb.de/DE/Professionell/Metadatendienste/Exportformate/MARC21/marc21_node.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from completist.domain.fields import Data, Level
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.languages import language
from completist.kinds.books.providers.libraries import marc
from completist.kinds.books.providers.libraries.marc import Field
from completist.kinds.books.providers.offering import isbn_lists, names, offer, series_fields
from completist.kinds.books.records import BINDINGS, publisher
from completist.kinds.books.series_statement import story_series
from completist.kinds.books.subjects import subjects
from completist.sdk.adapter import Reading
from completist.sdk.dates import edtf_date
from completist.sdk.provider import Record
from completist.sdk.texts import heading

PROVIDER = "dnb"

FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "publisher",
    "published", "pages", "binding", "language", "subjects", "cover",
})  # fmt: skip

#: Of the German book trade's own pictures; there is none for every book.
COVER = "https://portal.dnb.de/opac/mvb/cover?isbn={}"

_AUTHOR = "aut"  #: https://www.loc.gov/marc/relators/
_PEOPLE = ("100", "700")
_SUBJECTS = ("650", "655", "689", "653")
#: Says how a record came about or how a book is sold, not what it is about: "(VLB-WN)1121: Hardcover".
_OF_THE_TRADE = re.compile(r"\((?:Produktform|VLB-PF)\)(?:[A-Z]{2}: ?)?([^/]+)|\(")
_FROM_THE_TRADE = ("X:MVB", "(Produktform)", "(VLB-")
#: Says what kind of text a book is, not what it is called.
_NO_SUBTITLE = frozenset({
    "roman", "romane", "erzählung", "erzählungen", "novelle", "novellen", "gedichte", "thriller", "krimi",
    "kriminalroman", "ein roman", "ein krimi", "kinderbuch", "jugendbuch", "bilderbuch", "comic", "manga", "biografie",
    "biographie",
})  # fmt: skip
#: Bindings as they stand behind ISBNs.
_BINDINGS = {
    "pp": "Hardcover", "geb": "Hardcover", "festeinband": "Hardcover", "leinen": "Hardcover", "hardcover": "Hardcover",
    "kart": "Paperback", "br": "Paperback", "brosch": "Paperback", "broschur": "Paperback", "broschiert": "Paperback",
    "softcover": "Paperback", "taschenbuch": "Paperback", "klappenbroschur": "Paperback",
}  # fmt: skip
#: Lists of German publishers, besides those that `story_series` knows.
_LIST = re.compile(
    r"\b(?:bücherei|bibliothek|insel|fischer|heyne|goldmann|ullstein|knaur|piper|dtv|btb|kiwi|detebe|serie|bd|ausgabe)\b",
    re.IGNORECASE,
)


def isbns(record: Record) -> list[str]:
    """The ISBNs of a record; those that it calls wrong are not among them."""
    return marc.said(record, ("020",), "a", "9")


def reading(record: Record, level: Level) -> Reading | None:
    """A record as an edition, or as the work behind it; None when it has no number or no title."""
    number = marc.control(record, "001")
    title, subtitle, series = _title(record)
    if not number or not title:
        return None
    authors, others = _people(record)
    fields: dict[str, Data] = {
        "title": title,
        "subtitle": "" if subtitle.casefold() in _NO_SUBTITLE else subtitle,
        "authors": authors,
        "contributors": others,
        **(series or _series(record)),
        **isbn_lists(isbns(record)),
        "publisher": publisher(one for each in _published(record) for one in each.all("b")),
        "published": _date(record),
        "pages": marc.pages(marc.said(record, ("300",), "a")),
        "binding": _binding(record),
        "language": _language(marc.said(record, ("041",), "a")),
        "subjects": subjects(
            text for text in marc.said(record, _SUBJECTS, "a") if not _OF_THE_TRADE.match(text)
        ),
        "cover": _cover(record) if level is Level.EDITION else None,
    }
    return Reading(offer(PROVIDER, number, level, fields))


def _title(record: Record) -> tuple[str, str, dict[str, Data]]:
    """Title, subtitle, and the series of a book that is called as a part of one."""
    field = next(iter(marc.fields(record, "245")), None)
    if field is None:
        return "", "", {}
    whole, number, part = heading(field.one("a")), field.one("n"), heading(field.one("p"))
    subtitle = heading(field.one("b"))
    if whole and number and (place := marc.place(number)):
        return part or f"{whole}, {heading(number)}", subtitle, series_fields(whole, place)
    return ". ".join(filter(None, (whole, part))), subtitle, {}


def _people(record: Record) -> tuple[list[Data], list[Data]]:
    """Authors and others by their part in the book; who it is filed under is its author unless said otherwise."""
    told = [(each, marc.person(each)) for each in marc.fields(record, *_PEOPLE)]
    authors = names(name for each, name in told if _is_author(each))
    return authors, names((name for _, name in told), map(str, authors))


def _is_author(field: Field) -> bool:
    parts = field.all("4")
    return _AUTHOR in parts or (field.tag == "100" and not parts)


def _series(record: Record) -> dict[str, Data]:
    statements = [
        f"{name} ; {place}"
        for each in marc.fields(record, "490", "830", "800")
        if (name := each.one("t") or each.one("a"))
        and (place := marc.place(each.one("v")))
        and not _LIST.search(name)
    ]
    found = story_series((), statements)
    return {"series": found.name, "series_position": found.position} if found else {}


def _published(record: Record) -> list[Field]:
    """The statements of publication; not those of manufacture and copyright."""
    return [each for each in marc.fields(record, "264", "260") if each.second not in ("3", "4")]


def _date(record: Record) -> str | None:
    told = [text for each in _published(record) for text in each.all("c")]
    return next((date for text in told if (date := edtf_date(text))), None) or marc.year(told)


def _language(codes: Iterable[str]) -> str | None:
    """The language of a book that is in one."""
    told = list(dict.fromkeys(codes))
    return language(told[0]) if len(told) == 1 else None


def _binding(record: Record) -> str | None:
    trade = (_OF_THE_TRADE.match(text) for text in marc.said(record, ("653",), "a"))
    said = [found[1] for found in trade if found and found[1]]
    said += [text.split(":")[0] for text in marc.said(record, ("020",), "c")]
    words = (text.strip(" .").casefold() for text in said)
    return next((known for word in words if (known := _BINDINGS.get(word) or BINDINGS.get(word))), None)


def _cover(record: Record) -> str | None:
    """The picture of a book whose record shows data of the trade; of others there is hardly ever one."""
    told = [*marc.said(record, ("856",), "m"), *marc.said(record, ("653",), "a")]
    isbn = next((found for text in isbns(record) if (found := isbn13(text))), None)
    return COVER.format(isbn) if isbn and any(text.startswith(_FROM_THE_TRADE) for text in told) else None
