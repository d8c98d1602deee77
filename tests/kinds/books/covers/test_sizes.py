from __future__ import annotations

import pytest

from completist.kinds.books.covers import COVERS
from completist.kinds.books.covers.galleries import GALLERIES
from completist.kinds.books.covers.sizes import sizes
from completist.net.addresses import is_named

OL, GOOGLE = "https://covers.openlibrary.org", "https://books.google.com/books/content"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{OL}/b/id/240727-M.jpg", (f"{OL}/b/id/240727.jpg", f"{OL}/b/id/240727-L.jpg")),
        (f"{OL}/b/id/240727.jpg", (f"{OL}/b/id/240727.jpg", f"{OL}/b/id/240727-L.jpg")),
        (
            "http://covers.openlibrary.org/b/isbn/9780385533225-S.jpg",
            (f"{OL}/b/isbn/9780385533225.jpg?default=false", f"{OL}/b/isbn/9780385533225-L.jpg?default=false"),
        ),
        (
            "http://books.google.com/books/content?id=x&printsec=frontcover&img=1&zoom=1&edge=curl&source=gbs_api",
            (
                f"{GOOGLE}?id=x&printsec=frontcover&img=1&zoom=3&source=gbs_api",
                f"{GOOGLE}?id=x&printsec=frontcover&img=1&zoom=1&source=gbs_api",
            ),
        ),
        (f"{GOOGLE}?id=x&zoom=6", (f"{GOOGLE}?id=x&zoom=6",)),
        (
            "https://i.gr-assets.com/images/S/compressed.photo.goodreads.com/books/1586722975l/2767052._SX98_.jpg",
            (
                "https://i.gr-assets.com/images/S/compressed.photo.goodreads.com/books/1586722975l/2767052.jpg",
                "https://i.gr-assets.com/images/S/compressed.photo.goodreads.com/books/1586722975l/2767052._SX98_.jpg",
            ),
        ),
        ("//images-na.ssl-images-amazon.com/1.jpg", ("https://images-na.ssl-images-amazon.com/1.jpg",)),
        ("https://portal.dnb.de/opac/mvb/cover?isbn=978", ("https://portal.dnb.de/opac/mvb/cover?isbn=978",)),
        ("https://s.gr-assets.com/assets/nophoto/book/111x148.png", ()),
        ("https://openlibrary.org/images/icons/avatar_book.png", ()),
        ("https://images.amazon.com/images/P/123.01.THUMBZZZ.jpg", ()),
        ("sha256:abc", ()),
        ("not an address", ()),
    ],
)  # fmt: skip
def test_the_same_cover_in_other_sizes(url: str, expected: tuple[str, ...]) -> None:
    assert tuple(sizes(url)) == expected


def test_every_size_is_found_again_under_each_of_its_addresses() -> None:
    first = sizes(f"{OL}/b/id/240727-M.jpg")
    assert all(sizes(url)[0] == first[0] for url in first)


def test_the_servers_have_names_of_their_own_and_no_host_twice() -> None:
    names = [each.name for each in GALLERIES]
    hosts = [host for each in GALLERIES for host in each.hosts]
    assert len(set(names)) == len(names)
    assert len(set(hosts)) == len(hosts)
    assert COVERS.galleries is GALLERIES


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("archive.org", True), ("ia800505.us.archive.org", True), ("covers.openlibrary.org", True),
        ("evilarchive.org", False), ("archive.org.evil.example", False), ("openlibrary.org", False),
    ],
)  # fmt: skip
def test_which_hosts_older_covers_may_lie_at(host: str, *, named: bool) -> None:
    assert is_named(host, GALLERIES[0].hosts) is named
