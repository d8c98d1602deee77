from __future__ import annotations

from completist.domain.run import NEVER
from completist.store import answers, enrichment_log, enrichments
from completist.store.database import Database
from completist.store.enrichment_log import LOOKUP, UPSERT, Logged

QUERY = "isbn13:9780441172719"


def test_a_record_stands_among_the_answers_and_never_expires(database: Database) -> None:
    with database.write() as connection:
        assert enrichments.read_enriched(connection, QUERY) is None
        enrichments.hold_enriched(connection, QUERY)
        enrichments.write_enriched(connection, QUERY, {"a": 1}, 0.5, 7)
        enrichments.write_enriched(connection, QUERY, {"a": 2}, 0.6, 8)
        answers.prune_answers(connection, NEVER - 1)
    with database.read() as connection:
        assert enrichments.read_enriched(connection, QUERY) == {"a": 2}
        kept = answers.read_answers(connection, "enriched", [QUERY])[QUERY]
    assert (kept.fetched_at, kept.expires_at) == (8, NEVER)


def test_what_several_providers_said_is_read_at_once(database: Database) -> None:
    with database.write() as connection:
        answers.write_answers(connection, "a", {QUERY: [{"n": 1}], "other": [{"n": 2}]}, 1)
        answers.write_answers(connection, "b", {QUERY: []}, 1)
        answers.write_answers(connection, "c", {QUERY: [{"n": 3}]}, 1)
    found = enrichments.answers_of_all(database, ["a", "b", "nobody"], [QUERY, "else"])
    assert {name: each.records for name, each in found.items()} == {
        ("a", QUERY): ({"n": 1},),
        ("b", QUERY): (),
    }


def test_operations_are_logged_and_found_by_thing_and_by_request(database: Database) -> None:
    told = Logged("edition", "1", "me", UPSERT, success=True, fields_updated=("title",), response_time_ms=1.5)
    asked = Logged("edition", "1", "isbndb", LOOKUP, success=False, error_message="no", request_id="r1")
    with database.write() as connection:
        enrichment_log.write_log(connection, [told], 5)
        enrichment_log.write_log(connection, [asked, Logged("work", "2", "me", UPSERT, success=True)], 6)
    with database.read() as connection:
        found = enrichment_log.read_log(connection, "edition", "1")
        mine = enrichment_log.log_of(connection, "r1")
    assert [(each.provider, each.fields_updated, each.created_at) for each in found] == [
        ("me", ("title",), 5),
        ("isbndb", (), 6),
    ]
    assert [(each.error_message, each.success, each.response_time_ms) for each in mine] == [("no", False, 0)]
    with database.write() as connection:
        assert enrichment_log.prune_log(connection, 6) == 1
        assert len(enrichment_log.read_log(connection, "edition", "1")) == 1
