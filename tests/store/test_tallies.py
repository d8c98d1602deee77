from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from zlib import crc32

from tests.support.effects import rows

from completist.store import tallies
from completist.store.database import Database

FOUND, UNKNOWN = ("attempts", "facts", "atlas", "found"), ("attempts", "facts", "atlas", "not_found")


def test_what_is_counted_is_the_sum_of_what_all_have_counted(database: Database) -> None:
    def count(number: int) -> None:
        for _ in range(5):
            with database.write() as connection:
                tallies.add_tallies(connection, {FOUND: 2, UNKNOWN: number}, f"worker {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(8)))
    with database.read() as connection:
        assert tallies.read_tallies(connection) == {FOUND: 80, UNKNOWN: 5 * sum(range(8))}


def test_workers_count_in_rows_of_their_own(database: Database) -> None:
    names = [f"worker {n}" for n in range(100)]
    with database.write() as connection:
        for name in names:
            tallies.add_tallies(connection, {FOUND: 1}, name)
    shards = {crc32(name.encode()) % tallies.SHARDS for name in names}
    assert {row["shard"] for row in rows(database, "tallies")} == shards
    assert len(shards) == tallies.SHARDS


def test_nothing_is_counted_for_what_did_not_happen(database: Database) -> None:
    try:
        with database.write() as connection:
            tallies.add_tallies(connection, {FOUND: 1}, "worker")
            raise KeyError  # noqa: TRY301 - the block that fails is the point
    except KeyError:
        pass
    with database.write() as connection:
        tallies.add_tallies(connection, {FOUND: 0}, "worker")
        tallies.add_tallies(connection, {}, "worker")
    with database.read() as connection:
        assert tallies.read_tallies(connection) == {}
