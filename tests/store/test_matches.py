from __future__ import annotations

from collections.abc import Callable, Sequence

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.sdk.finder import Related
from completist.store import libraries, matches
from completist.store.database import Database
from completist.store.matches import Proposal

Stock = Callable[[int], Sequence[int]]

NEAR = Candidate(
    provider="atlas",
    record="R1",
    level=Level.EDITION,
    title="Riesling \u2603",
    byline="Anna",
    year=1999,
    work="W1",
    distance=Distance({"title": 0.125, "year": 0.25}),
    reasons=("title_differs",),
    fields={"name": "Riesling", "grapes": ["Riesling"], "vintage": 1999, "odd": {"nul\0": None}},
)
FAR = Candidate("atlas", "R2", Level.WORK, "Silvaner", distance=Distance({"title": 0.5}))
MAKER = Related("maker", "maker", "olid", "A1", {"name": "Anna"}, 2)


def _propose(
    database: Database,
    library: int,
    item: int,
    *candidates: Candidate,
    pipeline: str = "facts",
    run: int | None = 7,
) -> None:
    offered = [(c, [MAKER] if c.record == "R1" else []) for c in candidates]
    with database.write() as connection:
        matches.write_proposals(connection, library, pipeline, [(item, run, ("close_call",), offered)], 5)


def _pending(database: Database, library: int, at_least: float = 0.0) -> list[Proposal]:
    with database.read() as connection:
        return matches.pending(connection, library, at_least=at_least)


def test_the_latest_match_of_each_pipeline_is_kept(database: Database, stock: Stock) -> None:
    one, two = stock(2)
    sure = Match(Verdict.AUTO, ("isbn", "title"), Level.EDITION, "R1", 0.125)
    unsure = Match(Verdict.NONE, ("not_found",))
    with database.write() as connection:
        matches.write_matches(connection, [(one, unsure, 1), (two, unsure, 2)], "facts", 1)
        matches.write_matches(connection, [(one, sure, 3)], "facts", 2)
        matches.write_matches(connection, [(one, unsure, None)], "covers", 2)
        found = matches.read_matches(connection, [one, two, 999])
        assert found == {one: {"facts": sure, "covers": unsure}, two: {"facts": unsure}}
        matches.drop_matches_of(connection, two, 3)  # of another item
        matches.drop_matches_of(connection, one, 3)
        assert matches.read_matches(connection, [one]) == {one: {"covers": unsure}}


def test_matches_are_counted_by_their_weightiest_reason(
    database: Database, library: int, stock: Stock
) -> None:
    ids = stock(3)
    reasons = [("isbn", "title"), ("isbn", "author"), ()]
    rows = [(i, Match(Verdict.AUTO, why), None) for i, why in zip(ids, reasons, strict=True)]
    with database.write() as connection:
        matches.write_matches(connection, rows, "facts", 1)
        assert matches.count_matches(connection, library) == {("auto", "isbn"): 2, ("auto", ""): 1}


def test_a_proposal_comes_back_with_all_that_it_offers(
    database: Database, library: int, stock: Stock
) -> None:
    (item,) = stock(1)
    _propose(database, library, item, NEAR, FAR)
    (proposal,) = _pending(database, library)
    assert proposal.candidates == (NEAR, FAR)
    assert proposal.related == {"R1": (MAKER,), "R2": ()}
    assert (proposal.item_id, proposal.pipeline, proposal.run_id) == (item, "facts", 7)
    assert (proposal.reasons, proposal.confidence, proposal.state) == (("close_call",), 0.625, "pending")
    with database.read() as connection:
        assert matches.read_proposal(connection, library, proposal.id) == proposal
        assert matches.read_proposal(connection, library, 999) is None
        assert matches.read_proposal(connection, library + 1, proposal.id) is None


def test_a_newer_proposal_takes_the_place_of_the_one_that_waits(
    database: Database, library: int, stock: Stock
) -> None:
    one, two = stock(2)
    _propose(database, library, one, NEAR)
    _propose(database, library, one, NEAR, pipeline="covers")
    _propose(database, library, two, NEAR)
    _propose(database, library, one, FAR)
    assert [(p.item_id, p.pipeline, p.candidates) for p in _pending(database, library)] == [
        (one, "covers", (NEAR,)),
        (two, "facts", (NEAR,)),
        (one, "facts", (FAR,)),
    ]


def test_proposals_are_paged_and_filtered_by_how_sure_they_are(
    database: Database, library: int, stock: Stock
) -> None:
    ids = stock(3)
    for item, candidate in zip(ids, (NEAR, FAR, NEAR), strict=True):
        _propose(database, library, item, candidate)
    assert [p.item_id for p in _pending(database, library, at_least=0.625)] == [ids[0], ids[2]]
    with database.read() as connection:
        first = matches.pending(connection, library, limit=2)
        rest = matches.pending(connection, library, after=first[-1].id)
        assert [p.item_id for p in first + rest] == list(ids)
        assert matches.count_pending(connection, library) == 3
        assert matches.count_pending(connection, library + 1) == 0


def test_a_decided_proposal_waits_no_longer(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    _propose(database, library, one, NEAR, run=7)
    _propose(database, library, two, NEAR, run=8)
    first, second = _pending(database, library)
    with database.write() as connection:
        matches.decide_proposal(connection, first.id, "accepted", "R1", 7, 20)
        matches.decide_proposal(connection, second.id, "rejected", None, 8, 30)
        taken = matches.decided_by(connection, one, 7)
        assert taken is not None
        assert (taken.id, taken.record, taken.state) == (first.id, "R1", "accepted")
        assert matches.decided_by(connection, one, 8) is None
        assert matches.count_pending(connection, library) == 0
        matches.withdraw_proposals(connection, [one, two], "facts", 40)  # what is decided stays decided
        kept = matches.read_proposal(connection, library, first.id)
        assert kept is not None
        assert kept.state == "accepted"


def test_withdrawn_proposals_are_gone_from_the_list(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    for item in (one, two):
        _propose(database, library, item, NEAR)
    with database.write() as connection:
        matches.withdraw_proposals(connection, [one], "facts", 6)
        matches.withdraw_proposals(connection, [two], "covers", 6)
    assert [p.item_id for p in _pending(database, library)] == [two]


def test_decisions_are_remembered_and_can_be_taken_back(
    database: Database, library: int, stock: Stock
) -> None:
    one, two = stock(2)
    with database.write() as connection:
        matches.write_decisions(connection, one, "facts", {"R1": "rejected", "W1": "rejected"}, 1, 5)
        matches.write_decisions(connection, one, "facts", {"R1": "accepted"}, 2, 6)
        matches.write_decisions(connection, two, "covers", {"R1": "rejected"}, 3, 6)
        asked = matches.read_decisions(connection, [one, two], "facts")
        assert asked == {one: {"R1": "accepted", "W1": "rejected"}}
        matches.drop_decisions(connection, two, 2)  # of another item
        matches.drop_decisions(connection, one, 2)
        assert matches.read_decisions(connection, [one], "facts") == {one: {"W1": "rejected"}}


def test_nobody_sees_the_proposals_of_another_library(database: Database, library: int, stock: Stock) -> None:
    (item,) = stock(1)
    _propose(database, library, item, NEAR)
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
    assert _pending(database, other) == []
