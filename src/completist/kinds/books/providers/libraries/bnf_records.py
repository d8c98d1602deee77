"""Records of the Bibliothèque nationale de France (UNIMARC) as candidates for a book.

Fields: https://www.bnf.fr/fr/le-format-unimarc-bibliographique
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from completist.domain.fields import Data, Level
from completist.kinds.books.languages import language
from completist.kinds.books.providers.libraries import marc
from completist.kinds.books.providers.libraries.marc import Field
from completist.kinds.books.providers.offering import isbn_lists, names, offer, series_fields
from completist.kinds.books.records import publisher
from completist.kinds.books.series_statement import story_series
from completist.kinds.books.subjects import subjects
from completist.sdk.adapter import Reading
from completist.sdk.finder import Related
from completist.sdk.provider import Record
from completist.sdk.texts import heading, plain_text

PROVIDER = "bnf"

FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "publisher",
    "published", "pages", "binding", "language", "description", "subjects",
})  # fmt: skip

#: Author, author of what a book was made from, and author of the story of a comic; the latter may stand alone.
_AUTHOR = frozenset({"070", "100", "690"})
_PEOPLE = ("700", "701", "702")
_SUBJECTS = ("606", "607", "608", "610")
_ARK = re.compile(r"ark:/12148/[a-z0-9]+", re.ASCII)
_ISNI = re.compile(r"ISNI(\d{15}[\dX])", re.ASCII)
#: How a collection is called that tells one story; most are a publisher's list.
_STORY = re.compile(
    r"\b(?:cycle|saga|trilogie|tétralogie|aventures|chroniques|enquêtes|mystères)\b", re.IGNORECASE
)
_NO_SUBTITLE = frozenset({
    "roman", "romans", "récit", "récits", "nouvelle", "nouvelles", "poèmes", "poésies", "théâtre", "essai", "thriller",
    "roman policier", "bande dessinée", "manga", "biographie",
})  # fmt: skip
_BINDINGS = {
    "br": "Paperback",
    "broché": "Paperback",
    "rel": "Hardcover",
    "relié": "Hardcover",
    "cart": "Hardcover",
}
_PRODUCED, _PRINTED, _COPYRIGHT = "0", "3", "4"  #: what a statement of publication is about


def isbns(record: Record) -> list[str]:
    """The ISBNs of a record; those that it calls wrong are not among them."""
    return marc.said(record, ("010",), "a")


def reading(record: Record, level: Level) -> Reading | None:
    """A record as an edition, or as the work behind it; None when it has no number or no title."""
    number = _number(record)
    title, subtitle, part = _title(record)
    if not number or not title:
        return None
    authors, others = _people(record)
    fields: dict[str, Data] = {
        "title": title,
        "subtitle": "" if subtitle.casefold() in _NO_SUBTITLE else subtitle,
        "authors": names(name for _, name in authors),
        "contributors": names((name for _, name in others), (name for _, name in authors)),
        **(_set(record) or part or _collection(record)),
        **isbn_lists(isbns(record)),
        "publisher": publisher(one for each in _published(record) for one in each.all("c")),
        "published": _date(record),
        "pages": marc.pages(marc.said(record, ("215",), "a")),
        "binding": _binding(marc.said(record, ("010",), "b")),
        "language": _language(marc.said(record, ("101",), "a")),
        "description": plain_text(next(iter(marc.said(record, ("330",), "a")), "")),
        "subjects": subjects(marc.said(record, _SUBJECTS, "a")),
    }
    return Reading(offer(PROVIDER, number, level, fields), _related(authors))


def _number(record: Record) -> str:
    """The number by which the library itself refers to a record, else that of its system."""
    told = (str(record.get("id") or ""), marc.control(record, "003"))
    found = next((match for text in told if (match := _ARK.search(text))), None)
    return found[0] if found else marc.control(record, "001")


def _title(record: Record) -> tuple[str, str, dict[str, Data]]:
    """Title, subtitle, and the series of a book that is called as a part of one."""
    field = next(iter(marc.fields(record, "200")), None)
    if field is None:
        return "", "", {}
    whole, number, part = heading(field.one("a")), field.one("h"), heading(field.one("i"))
    subtitle = heading(field.one("e"))
    if whole and number and (place := marc.place(number)):
        return part or f"{whole}, {heading(number)}", subtitle, series_fields(whole, place)
    return ". ".join(filter(None, (whole, part))), subtitle, {}


def _people(record: Record) -> tuple[list[tuple[Field, str]], list[tuple[Field, str]]]:
    """Authors and others by their part in the book; who it is filed under is its author unless said otherwise."""
    told = [(each, name) for each in marc.fields(record, *_PEOPLE) if (name := marc.unimarc_person(each))]
    authors = [(each, name) for each, name in told if _is_author(each)]
    return authors, [each for each in told if each not in authors]


def _is_author(field: Field) -> bool:
    parts = field.all("4")
    return not _AUTHOR.isdisjoint(parts) or (field.tag in ("700", "701") and not parts)


def _related(authors: Iterable[tuple[Field, str]]) -> tuple[Related, ...]:
    """The authors as items of their own, where their ISNIs are known."""
    found: dict[str, str] = {}
    for field, name in authors:
        isni = next(
            (match[1] for text in field.all("o") if (match := _ISNI.fullmatch("".join(text.split())))), ""
        )
        if isni:
            found.setdefault(isni, name)
    return tuple(
        Related("author", "author", "isni", isni, {"name": name}, position)
        for position, (isni, name) in enumerate(found.items())
    )


def _set(record: Record) -> dict[str, Data]:
    """The set of volumes that a book belongs to."""
    for each in marc.fields(record, "461"):
        if found := series_fields(heading(each.one("t")), marc.place(each.one("v"))):
            return found
    return {}


def _collection(record: Record) -> dict[str, Data]:
    statements = [
        f"{name} ; {place}"
        for each in marc.fields(record, "410", "225")
        if (name := each.one("t") or each.one("a"))
        and _STORY.search(name)
        and (place := marc.place(each.one("v")))
    ]
    found = story_series((), statements)
    return {"series": found.name, "series_position": found.position} if found else {}


def _published(record: Record) -> list[Field]:
    """The statements of publication; not those of manufacture and copyright."""
    return [each for each in marc.fields(record, "214", "210") if each.second not in (_PRINTED, _COPYRIGHT)]


def _date(record: Record) -> str | None:
    """The year in which a book came out: as coded, else as stated."""
    coded = next(iter(marc.said(record, ("100",), "a")), "")
    told = [text for each in _published(record) for text in each.all("d")]
    return marc.year([coded[9:13], *told])


def _language(codes: Iterable[str]) -> str | None:
    """The language of a book that is in one."""
    told = list(dict.fromkeys(codes))
    return language(told[0]) if len(told) == 1 else None


def _binding(said: Iterable[str]) -> str | None:
    words = (text.strip(" .").casefold() for text in said)
    return next((known for word in words if (known := _BINDINGS.get(word))), None)
