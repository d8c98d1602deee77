from __future__ import annotations

from completist.store import events, libraries
from completist.store.database import Database


def test_who_watches_gets_every_event_once_and_in_order(database: Database, library: int) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        for number in range(5):
            events.append_event(
                connection, library, "import.finished", f"import:{number}", {"added": number}, 1
            )
            events.append_event(connection, other, "secret", "item:1", {}, 1)
    with database.read() as connection:
        first = events.events_after(connection, library, 0, limit=3)
        rest = events.events_after(connection, library, first[-1].seq)
    assert [each.ref for each in first + rest] == [f"import:{n}" for n in range(5)]
    assert [each.data for each in first + rest] == [{"added": n} for n in range(5)]


def test_an_event_of_a_write_that_failed_did_not_happen(database: Database, library: int) -> None:
    try:
        with database.write() as connection:
            events.append_event(connection, library, "x", "y", {}, 1)
            raise KeyError  # noqa: TRY301 - the block that fails is the point
    except KeyError:
        pass
    with database.read() as connection:
        assert events.events_after(connection, library, 0) == []


def test_the_latest_of_a_type_is_told(database: Database, library: int) -> None:
    with database.write() as connection:
        assert events.latest_of(connection, library, "wine.tasted") is None
        for number, event in enumerate(("wine.tasted", "wine.tasted", "wine.opened")):
            events.append_event(connection, library, event, "item:1", {"number": number}, 5)
        found = events.latest_of(connection, library, "wine.tasted")
    assert found is not None
    assert found.data == {"number": 1}
