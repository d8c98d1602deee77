"""The servers that covers are fetched from. A picture that lies anywhere else is not fetched."""

from __future__ import annotations

from completist.domain.budget import Budget, Rate
from completist.sdk.provider import Provider

MINUTE = 60_000

#: https://openlibrary.org/dev/docs/api/covers; 400 calls a minute, at once if need be. What is older lies at the
#: Internet Archive, to whose servers it leads on.
OPEN_LIBRARY = Provider(
    "openlibrary-covers",
    frozenset({"covers.openlibrary.org", "archive.org", "*.archive.org"}),
    Budget(Rate.within(400, MINUTE, burst=200)),
    uncounted=frozenset({"archive.org", "*.archive.org"}),
)


def _gallery(name: str, *hosts: str, calls: int = 120, burst: int = 20) -> Provider:
    """A server that names no limit: what a reader who turns pages would ask of it."""
    return Provider(name, frozenset(hosts), Budget(Rate.within(calls, MINUTE, burst=burst)))


GALLERIES = (
    OPEN_LIBRARY,
    _gallery("googlebooks-covers", "books.google.com", "books.googleusercontent.com"),
    _gallery("hardcover-covers", "assets.hardcover.app", "storage.googleapis.com", "img.hardcover.app"),
    _gallery("dnb-covers", "portal.dnb.de"),
    _gallery("isbndb-covers", "images.isbndb.com"),
    _gallery("inventaire-covers", "inventaire.io"),
    _gallery("commons-covers", "commons.wikimedia.org", "upload.wikimedia.org"),
    # What stands in exports of readers' sites.
    _gallery("goodreads-covers", "i.gr-assets.com", "images.gr-assets.com", "s.gr-assets.com"),
    _gallery(
        "amazon-covers",
        "m.media-amazon.com",
        "images-na.ssl-images-amazon.com",
        "images-eu.ssl-images-amazon.com",
    ),
    _gallery("storygraph-covers", "cdn.thestorygraph.com"),
    _gallery(
        "librarything-covers", "covers.librarything.com", "pics.cdn.librarything.com", calls=60, burst=1
    ),
    _gallery("bookwyrm-covers", "bookwyrm-social.sfo3.digitaloceanspaces.com", "bookwyrm.social"),
)
