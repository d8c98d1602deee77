"""Open Library's searches, for works and for authors."""

from __future__ import annotations

import re

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.providers import openlibrary_documents as documents
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn10, isbn13
from completist.simulator.world.records import Edition, Person, Work
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

_USUAL = 100  #: documents of a page
_MOST = 1_000
_HELP = "https://openlibrary.org/dev/docs/api/search"
_FIELD = re.compile(r'\b(title|author|isbn|key|q):\s*(?:"([^"]*)"|\(([^)]*)\)|(\S+))')
_NAMED = ("title", "author", "isbn")

#: What a document holds unless fields are named.
_SHOWN = (
    "author_key", "author_name", "cover_edition_key", "cover_i", "ebook_access", "edition_count",
    "first_publish_year", "has_fulltext", "key", "language", "public_scan_b", "title", "subtitle",
)  # fmt: skip


def search(request: Request, view: View) -> Answer:
    """Works that all words fit."""
    params = request.params
    asked = {name: params[name] for name in _NAMED if params.get(name, "").strip()}
    text = params.get("q", "").strip()
    if not text and not asked:
        return _unprocessable()
    for name, *values in _FIELD.findall(text):
        asked.setdefault("anything" if name == "q" else name, next((each for each in values if each), ""))
    anything = " ".join([asked.pop("anything", ""), _plain(_FIELD.sub(" ", text))]).strip()
    works = _works(asked, anything, view)
    limit = min(request.number("limit", _USUAL), _MOST)
    start = request.number("offset", (max(1, request.number("page", 1)) - 1) * limit)
    fields = _fields(params.get("fields", ""))
    shown = [_document(each, view, fields) for each in works[start : start + limit]]
    return answer(200, {**_counted(len(works), start), "documentation_url": _HELP, "q": text,
                        "offset": request.number("offset", 0) or None, "docs": shown})  # fmt: skip


def search_authors(request: Request, view: View) -> Answer:
    """Authors whose names fit."""
    text = request.params.get("q", "").strip()
    if not text:
        return _unprocessable()
    found = view.search_people(_plain(text))
    limit, start = min(request.number("limit", _USUAL), _MOST), request.number("offset", 0)
    shown = [_author(each, view) for each in found[start : start + limit]]
    return answer(200, {**_counted(len(found), start), "docs": shown})


def _works(asked: Json, anything: str, view: View) -> list[Work]:
    if isbn := isbn13(asked.get("isbn", "") or anything):
        return list({each.work.number: each.work for each in view.by_isbn(isbn)}.values())
    if "isbn" in asked:
        return []
    return view.search(Wanted(anything, asked.get("title", ""), asked.get("author", "")))


def _counted(count: int, start: int) -> Json:
    return {"numFound": count, "start": start, "numFoundExact": True, "num_found": count}


def _plain(text: str) -> str:
    """Words without the signs of the query language."""
    return " ".join(re.sub(r'["()*?~^:+]', " ", text).replace(" AND ", " ").split())


def _fields(text: str) -> tuple[str, ...]:
    named = tuple(each.strip() for each in text.split(",") if each.strip())
    return named or _SHOWN


def _document(work: Work, view: View, fields: tuple[str, ...]) -> Json:
    editions = view.editions_of(work)
    whole = {**_of_work(work), **_of_editions(work, editions)}
    everything = "*" in fields
    if everything or any(each.split(".")[0].split(":")[0] == "editions" for each in fields):
        whole["editions"] = {**_counted(len(editions), 0), "docs": [_edition(each) for each in editions[:1]]}
        del whole["editions"]["num_found"]
    return {
        name: value
        for name, value in whole.items()
        if (everything or name in fields or name == "editions") and value not in (None, "", [])
    }


def _of_work(work: Work) -> Json:
    return {
        "author_key": [ids.olid("person", each.number) for each in work.authors],
        "author_name": [each.name for each in work.authors],
        "cover_i": work.cover,
        "ebook_access": "no_ebook",
        "first_publish_year": work.year,
        "has_fulltext": False,
        "key": ids.path("work", work.number),
        "public_scan_b": False,
        "title": work.title,
        "subtitle": work.subtitle,
        "subject": [*work.subjects],
        "series_name": [work.series.name] if work.series else [],
        "series_position": [f"{work.series.position:g}"] if work.series and work.series.position else [],
        "type": "work",
    }


def _of_editions(work: Work, editions: list[Edition]) -> Json:
    pages = sorted(each.pages for each in editions if each.pages)
    with_cover = next((each for each in editions if each.cover), None)
    isbns = [isbn for each in editions for isbn in each.isbns]
    return {
        "edition_count": len(editions),
        "edition_key": [ids.olid("edition", each.number) for each in editions],
        "cover_edition_key": ids.olid("edition", with_cover.number) if with_cover else None,
        "cover_i": work.cover or (with_cover.cover if with_cover else None),
        "isbn": [form for isbn in isbns for form in (isbn, isbn10(isbn)) if form],
        "language": sorted({each.language.marc for each in editions if each.language}),
        "publisher": sorted({each.publisher for each in editions if each.publisher}),
        "publish_year": sorted({int(each.year) for each in editions if each.year}),
        "number_of_pages_median": pages[len(pages) // 2] if pages else None,
    }


def _edition(held: Edition) -> Json:
    said = {
        "key": ids.path("edition", held.number),
        "title": held.title,
        "subtitle": held.subtitle,
        "cover_i": held.cover,
        "language": [held.language.marc] if held.language else [],
        "isbn": [*held.isbns],
        "ebook_access": "no_ebook",
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _author(person: Person, view: View) -> Json:
    works = view.works_by(person)
    said = {
        "key": ids.olid("person", person.number),
        "type": "author",
        "name": person.name,
        "alternate_names": [*person.names],
        "birth_date": documents.spoken_date(person.born),
        "death_date": documents.spoken_date(person.died),
        "top_work": works[0].title if works else None,
        "work_count": len(works),
        "top_subjects": sorted({each for work in works for each in work.subjects})[:5],
        "_version_": 1_780_000_000_000_000_000 + person.number,
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _unprocessable() -> Answer:
    detail = {"type": "missing", "loc": ["query", "q"], "msg": "Field required", "input": {}}
    return answer(422, {"detail": [detail]})
