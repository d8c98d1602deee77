from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import text
from tests.support.databases import url_of

from completist.store import libraries, requests
from completist.store.database import Database, connect
from completist.store.requests import Request, Status

LEASE = 1000
_names = count()


def _put(
    database: Database,
    library: int,
    key: str,
    *,
    at: int = 1,
    priority: int = 5,
    providers: tuple[str, ...] = ("a",),
) -> tuple[Request, bool]:
    wanted = Request(f"r{next(_names)}", library, "key:1", "edition", key, priority, providers, at, 3)
    with database.write() as connection:
        return requests.put_request(connection, wanted)


def _claim(database: Database, claim: str = "c1", *, limit: int = 10, now: int = 10) -> list[Request]:
    with database.write() as connection:
        return requests.claim_requests(connection, claim, "test", limit=limit, lease=LEASE, now=now)


def _write(database: Database, request: Request) -> None:
    with database.write() as connection:
        requests.write_request(connection, request)


def _read(database: Database, library: int, request_id: str) -> Request:
    with database.read() as connection:
        found = requests.read_request(connection, library, request_id)
    assert found is not None
    return found


def test_a_request_is_kept_as_it_was_made(database: Database, library: int) -> None:
    made, new = _put(database, library, "1", priority=7, providers=("a", "b"))
    assert new
    assert _read(database, library, made.id) == made
    assert (made.status, made.priority, made.open) == (Status.PENDING, 7, ("a", "b"))


def test_another_librarys_request_is_not_there(database: Database, library: int) -> None:
    made, _ = _put(database, library, "1")
    with database.read() as connection:
        assert requests.read_request(connection, library + 1, made.id) is None
        assert requests.read_request(connection, library, "nonsense") is None


def test_the_same_thing_again_is_the_same_request_with_the_higher_priority(
    database: Database, library: int
) -> None:
    first, _ = _put(database, library, "1", priority=5, providers=("a",))
    second, new = _put(database, library, "1", priority=9, providers=("b", "a"))
    third, _ = _put(database, library, "1", priority=1)
    assert (second.id, third.id, new) == (first.id, first.id, False)
    assert _read(database, library, first.id) == third
    assert (third.priority, third.providers_to_try) == (9, ("a", "b"))


def test_one_that_ended_makes_room_for_another(database: Database, library: int) -> None:
    first, _ = _put(database, library, "1")
    _claim(database)
    held, _ = _put(database, library, "1")
    assert held.id == first.id
    _write(database, replace(first, status=Status.COMPLETED, completed_at=20))
    again, new = _put(database, library, "1")
    assert new
    assert again.id != first.id


def test_two_libraries_ask_for_themselves(database: Database, library: int) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Other")
    mine, theirs = _put(database, library, "1")[0], _put(database, other, "1")[0]
    assert mine.id != theirs.id
    assert [each.id for each in _claim(database)] == [mine.id, theirs.id]


def test_the_most_urgent_come_first_then_the_oldest(database: Database, library: int) -> None:
    for key, at, priority in (("late", 3, 5), ("early", 1, 5), ("urgent", 4, 10), ("idle", 0, 1)):
        _put(database, library, key, at=at, priority=priority)
    assert [each.entity_key for each in _claim(database, limit=3)] == ["urgent", "early", "late"]
    assert [each.entity_key for each in _claim(database, "c2")] == ["idle"]
    assert _claim(database, "c3") == []


def test_a_claimed_one_is_being_processed_since_it_was_first_claimed(
    database: Database, library: int
) -> None:
    made, _ = _put(database, library, "1")
    (taken,) = _claim(database, now=50)
    assert (taken.status, taken.started_at) == (Status.PROCESSING, 50)
    _write(database, replace(taken, status=Status.PENDING))
    (again,) = _claim(database, "c2", now=60)
    assert (again.id, again.started_at) == (made.id, 50)


def test_one_that_was_put_off_is_not_taken_before_its_time(database: Database, library: int) -> None:
    made, _ = _put(database, library, "1")
    _claim(database)
    _write(database, replace(made, next_at=100))
    assert _claim(database, "c2", now=99) == []
    assert [each.id for each in _claim(database, "c3", now=100)] == [made.id]


def test_many_workers_at_once_never_hold_the_same_request(database: Database, library: int) -> None:
    made = {_put(database, library, str(key))[0].id for key in range(40)}
    url = url_of(database)

    def work(number: int) -> list[str]:
        own = connect(url)
        taken = [each.id for turn in range(3) for each in _claim(own, f"w{number}-{turn}", limit=4)]
        own.close()
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [each for part in pool.map(work, range(8)) for each in part]
    taken += [each.id for each in _claim(database, "rest", limit=99)]
    assert sorted(taken) == sorted(made)


def test_what_a_claim_lost_is_not_its_own_any_more(database: Database, library: int) -> None:
    made, _ = _put(database, library, "1")
    _claim(database, "lost")
    with database.write() as connection:
        (back,) = requests.take_back(connection, ["lost"])
        requests.write_request(connection, replace(back, status=Status.PENDING))
    _claim(database, "found")
    with database.write() as connection:
        assert requests.held(connection, "lost", [made.id]) == []
        assert [each.id for each in requests.held(connection, "found", [made.id])] == [made.id]


def test_who_holds_what_is_told_and_can_be_extended(database: Database, library: int) -> None:
    _put(database, library, "1")
    _claim(database, "c1", now=10)
    with database.write() as connection:
        (held,) = requests.handed_out(connection)
        assert (held.id, held.claimer, held.lease_until) == ("c1", "test", 10 + LEASE)
        requests.extend(connection, "c1", 9999)
        assert requests.handed_out(connection)[0].lease_until == 9999


def test_counts_and_the_age_of_the_oldest(database: Database, library: int) -> None:
    with database.read() as connection:
        assert (requests.count_requests(connection), requests.oldest_due(connection, 99)) == ({}, None)
    _put(database, library, "1", at=5)
    _put(database, library, "2", at=3)
    _claim(database, limit=1)
    with database.read() as connection:
        assert requests.count_requests(connection) == {"pending": 1, "processing": 1}
        assert requests.oldest_due(connection, 99) == 5


def test_those_that_ended_long_ago_are_forgotten(database: Database, library: int) -> None:
    old, young, open_ = (_put(database, library, key)[0] for key in "123")
    _write(database, replace(old, status=Status.FAILED, completed_at=10))
    _write(database, replace(young, status=Status.COMPLETED, completed_at=30))
    with database.write() as connection:
        assert requests.prune_requests(connection, 20) == 1
    assert _read(database, library, young.id).status is Status.COMPLETED
    assert _read(database, library, open_.id).status is Status.PENDING


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_claim_finds_its_requests_by_an_index(database: Database, library: int) -> None:
    _put(database, library, "1")
    due = (
        "SELECT id FROM enrichment_requests WHERE status = 'pending' AND next_at IS NULL "
        "ORDER BY place, created_at, id LIMIT 10"
    )
    with database.read() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {due}")))
    assert "ix_enrichment_requests_due" in plan
    assert "TEMP B-TREE" not in plan
