"""Sizes: the addresses under which one and the same cover may be had, told from one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from completist.kinds.books.sources.cells import cover_url

_OPEN_LIBRARY = re.compile(r"/(?P<kind>b|w)/(?P<key>[a-z]+)/(?P<value>[^/]+?)(?:-[SML])?\.jpg", re.IGNORECASE)
#: What these shops write into a name to have a picture made smaller: ``123._SX98_.jpg``.
_SHRUNK = re.compile(r"\._[A-Za-z0-9,_]+_(?=\.[a-z]+$)")
_SHOPS = ("i.gr-assets.com", "images.gr-assets.com", "m.media-amazon.com")
_SHOPS_BELOW = ".ssl-images-amazon.com"

#: Widths of Google's pictures by ``zoom``: about 1280, 800, 575, 300, 128, 80.
_ZOOMS = ("6", "4", "3", "2", "1", "5")
#: What is asked for beside the one that was named: usually there, and large enough.
_MEDIUM = "3"


def sizes(url: str) -> Sequence[str]:
    """The addresses of the same cover, the largest first; none for what stands for no cover."""
    address = cover_url(url)
    if not address:
        return ()
    host = urlsplit(address).hostname or ""
    if host == "covers.openlibrary.org":
        return _at_open_library(address)
    if host == "books.google.com":
        return _at_google(address)
    if host in _SHOPS or host.endswith(_SHOPS_BELOW):
        return tuple(dict.fromkeys((_SHRUNK.sub("", address), address)))
    return (address,)


def _at_open_library(address: str) -> Sequence[str]:
    """The original, then no more than 500 pixels. Other keys than ids get a blank picture where there is no cover."""
    found = _OPEN_LIBRARY.fullmatch(urlsplit(address).path)
    if found is None:
        return (address,)
    place = f"https://covers.openlibrary.org/{found['kind']}/{found['key']}/{found['value']}"
    query = "" if found["key"].lower() == "id" else "?default=false"
    return (f"{place}.jpg{query}", f"{place}-L.jpg{query}")


def _at_google(address: str) -> Sequence[str]:
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    zoom = asked.get("zoom", "")
    if zoom not in _ZOOMS:
        return (address,)
    wanted = [each for each in _ZOOMS if each == zoom or (each == _MEDIUM and _ZOOMS.index(zoom) > 2)]  # noqa: PLR2004 - its place
    return [urlunsplit(parts._replace(query=urlencode({**asked, "zoom": each}))) for each in wanted]
