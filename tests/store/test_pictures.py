from __future__ import annotations

from completist.domain.pictures import Picture
from completist.store import pictures
from completist.store.database import Database
from completist.store.pictures import KEPT, NEVER, Seen

ONE = Picture("a" * 64, 300, 450, "jpg", 1000, "#aabbcc", "T00000")
URL = "https://covers.example/1.jpg"


def _kept(database: Database, picture: Picture = ONE, url: str = URL, check_at: int = 100) -> None:
    with database.write() as connection:
        pictures.arrive(connection, picture, "me:1:2", 5)
        pictures.keep(connection, [picture.sha256])
        pictures.write_seen(connection, [Seen(url, KEPT, picture, "etag", 0, 5, check_at)])


def test_a_copy_counts_once_its_files_lie_there(database: Database) -> None:
    with database.write() as connection:
        pictures.arrive(connection, ONE, "me:1:2", 5)
        assert pictures.read_picture(connection, ONE.sha256) is None
        assert pictures.known(connection, [ONE.sha256, "b" * 64]) == {ONE.sha256}
        pictures.keep(connection, [ONE.sha256])
        assert pictures.read_picture(connection, ONE.sha256) == ONE


def test_what_is_kept_is_brought_again_without_being_in_doubt(database: Database) -> None:
    _kept(database)
    with database.write() as connection:
        pictures.arrive(connection, ONE, "other:1:2", 9)
        assert pictures.page(connection) == [(ONE.sha256, "jpg", "kept", "me:1:2", 9)]


def test_what_came_of_addresses(database: Database) -> None:
    _kept(database)
    nothing = Seen("https://covers.example/2.jpg", "not_found", failures=1, fetched_at=7, check_at=200)
    with database.write() as connection:
        pictures.write_seen(connection, [nothing])
    with database.read() as connection:
        seen = pictures.read_seen(connection, [URL, nothing.url, "https://covers.example/3.jpg"])
        assert seen == {URL: Seen(URL, KEPT, ONE, "etag", 0, 5, 100), nothing.url: nothing}
        assert [each.url for _, each in pictures.due(connection, 100)] == [URL]
        assert pictures.count(connection) == {"copies": 1, "bytes": 1000, KEPT: 1, "not_found": 1}


def test_a_copy_that_was_lost_leaves_its_address_to_be_called_again(database: Database) -> None:
    _kept(database)
    with database.write() as connection:
        assert pictures.drop(connection, ONE.sha256) == [URL]
        pictures.forget(connection, [URL], 50)
        assert pictures.read_seen(connection, [URL])[URL] == Seen(URL, "lost", None, "", 0, 5, 50)


def test_a_copy_that_nothing_leads_to_is_unused_after_a_while(database: Database) -> None:
    _kept(database)
    with database.write() as connection:
        assert pictures.unused(connection, 1000) == []
        pictures.drop_seen(connection, [URL])
        assert pictures.unused(connection, 5) == []
        assert pictures.unused(connection, 6) == [(ONE.sha256, "jpg")]
        assert pictures.unused(connection, 6, only="b" * 64) == []


def test_uploads_are_told_apart(database: Database) -> None:
    _kept(database, url=f"sha256:{ONE.sha256}", check_at=NEVER)
    with database.read() as connection:
        assert pictures.uploads(connection, 6) == [f"sha256:{ONE.sha256}"]
        assert pictures.mentioned(connection, pictures.uploads(connection, 6), history=True) == {}
