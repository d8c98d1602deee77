"""Volumes of Google Books. Source: https://developers.google.com/books/docs/v1/reference/volumes."""

from __future__ import annotations

from typing import Final

from completist.simulator.answers import Json
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn10
from completist.simulator.world.records import Edition

API: Final = "https://www.googleapis.com/books/v1/volumes"
PAGES: Final = "http://books.google.com"
_FEW = ("smallThumbnail", "thumbnail")
#: Sizes of a picture by the ``zoom`` in its address; the large ones stand in a volume that is asked for by itself.
ZOOMS: Final = {"smallThumbnail": 5, "thumbnail": 1, "small": 2, "medium": 3, "large": 4, "extraLarge": 6}


def volume(edition: Edition, *, single: bool = False) -> Json:
    """A volume, as it stands in a list or, with more, by itself."""
    key = ids.volume(edition.number)
    return {
        "kind": "books#volume",
        "id": key,
        "etag": f"{ids.named(key):08x}ggk",
        "selfLink": f"{API}/{key}",
        "volumeInfo": _info(edition, key, single=single),
        "saleInfo": {"country": "US", "saleability": "NOT_FOR_SALE", "isEbook": False},
        "accessInfo": {
            "country": "US",
            "viewability": "NO_PAGES",
            "embeddable": False,
            "publicDomain": False,
            "textToSpeechPermission": "ALLOWED",
            "epub": {"isAvailable": False},
            "pdf": {"isAvailable": False},
            "webReaderLink": f"http://play.google.com/books/reader?id={key}&hl=&source=gbs_api",
            "accessViewStatus": "NONE",
            "quoteSharingAllowed": False,
        },
    }


def _info(edition: Edition, key: str, *, single: bool) -> Json:
    work = edition.work
    said: Json = {
        "title": _title(edition),
        "subtitle": edition.subtitle,
        "authors": [each.name for each in (*edition.authors, *(part.person for part in edition.others))],
        "publisher": edition.publisher,
        "publishedDate": edition.published,
        "description": work.description,
        "industryIdentifiers": _identifiers(edition),
        "readingModes": {"text": False, "image": False},
        "pageCount": edition.pages,
        "printType": "BOOK",
        "categories": [f"Fiction / {each}" for each in work.subjects] if single else [*work.subjects[:1]],
        "maturityRating": "NOT_MATURE",
        "allowAnonLogging": False,
        "contentVersion": "preview-1.0.0",
        "panelizationSummary": {"containsEpubBubbles": False, "containsImageBubbles": False},
        "imageLinks": _pictures(edition, key, single=single),
        "language": edition.language.code2 if edition.language else "",
        "previewLink": f"{PAGES}/books?id={key}&hl=&source=gbs_api",
        "infoLink": f"{PAGES}/books?id={key}&hl=&source=gbs_api",
        "canonicalVolumeLink": f"https://books.google.com/books/about/_.html?hl=&id={key}",
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], {})}


def _title(edition: Edition) -> str:
    """The title with its series in brackets, as booksellers deliver some."""
    series = edition.work.series
    if series is None or series.position is None or edition.number % 2:
        return edition.title
    return f"{edition.title} ({series.name}, #{series.position:g})"


def _identifiers(edition: Edition) -> list[Json]:
    if not edition.isbns:
        return [{"type": "OTHER", "identifier": f"STANFORD:{edition.number}"}]
    ten = isbn10(edition.isbn)
    short = [{"type": "ISBN_10", "identifier": ten}] if ten else []
    return [*short, *({"type": "ISBN_13", "identifier": isbn} for isbn in edition.isbns)]


def _pictures(edition: Edition, key: str, *, single: bool) -> Json:
    if not edition.cover:
        return {}
    names = ZOOMS if single else _FEW
    address = f"{PAGES}/books/content?id={key}&printsec=frontcover&img=1"
    return {name: f"{address}&zoom={ZOOMS[name]}&edge=curl&source=gbs_api" for name in names}
