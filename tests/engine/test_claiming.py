"""Workers outside: what they take is theirs alone, what they report is heard while they hold it, and not after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from tests.support.cellars import Cellar
from tests.support.databases import content
from tests.support.effects import rows
from tests.support.ledgers import GUIDE, declare, desk, found, hand, standing, states, wines
from tests.support.wines import WINES

from completist.domain.errors import BadInput, Conflict, NotFound, Stale
from completist.domain.run import Outcome
from completist.engine.claiming import LONGEST, MOST_RUNS, SHORTEST, USUAL, Taken
from completist.engine.enriching import LEASE
from completist.engine.judging import Reported
from completist.store import claims, tallies
from completist.store.database import Database

#: What a refusal may leave behind: that it was refused, and that the claim is over.
TRACES = ("claims", "tallies", "events")


@pytest.fixture
def guided(cellar: Cellar) -> Cellar:
    """Wines of which a guide may tell the region."""
    declare(guide="1")
    wines(cellar, 5)
    return cellar


def _take(cellar: Cellar, limit: int = 20, who: str = "key 1") -> Taken:
    taken = desk(cellar, who).take(GUIDE.name, limit)
    assert taken.claim is not None
    return taken


# --- who holds what ----------------------------------------------------------------------------------------------


def test_twenty_clients_that_claim_at_once_never_hold_the_same(cellar: Cellar) -> None:
    declare(guide="1")
    ids = wines(cellar, 400)
    start = Barrier(20)

    def client(number: int) -> list[int]:
        mine = desk(cellar, f"key {number}")
        start.wait(timeout=60)
        held: list[int] = []
        previous, reports = None, list[Reported]()
        while (taken := mine.take(GUIDE.name, 7, previous=previous, reported=reports)).claim is not None:
            held.extend(run.item_id for run in taken.claim.runs)
            previous, reports = taken.claim.id, found(taken)
        return held

    with ThreadPoolExecutor(20) as pool:
        held = [item for mine in pool.map(client, range(20)) for item in mine]
    assert Counter(held) == Counter(ids)
    assert states(cellar, GUIDE.name) == ["filled"] * 400
    assert Counter(each["run_id"] for each in rows(cellar.database, "attempts")).most_common(1)[0][1] == 1
    with cellar.database.read() as connection:
        counted = tallies.read_tallies(connection)
    assert counted[("attempts", GUIDE.name, GUIDE.name, "found")] == 400


def test_a_client_is_told_what_is_known_what_is_wanted_and_what_remains(guided: Cellar) -> None:
    guided.app.set(guided.item("0").id, {"grapes": ["Pinot"]})
    taken = _take(guided, 2)
    assert taken.claim is not None
    first, second = taken.claim.runs
    assert dict(taken.subjects[first.item_id].values) == {"name": "Wine 0"}
    assert (taken.wanted[first.item_id], taken.wanted[second.item_id]) == (("region",), ("region", "grapes"))
    assert taken.remaining == 3
    assert taken.claim.lease_until - rows(guided.database, "claims")[0]["created_at"] == USUAL


def test_reporting_and_taking_the_next_is_one_step(guided: Cellar) -> None:
    first = _take(guided, 2)
    assert first.claim is not None
    mine = desk(guided)
    second = mine.take(GUIDE.name, 2, previous=first.claim.id, reported=found(first)[:1])
    assert (second.settled.filled, second.settled.returned, second.settled.lost) == (1, 1, 0)
    assert second.claim is not None
    assert second.claim.runs[0].item_id == first.claim.runs[1].item_id, "what went back comes first"
    assert second.claim.runs[0].attempts == 1
    with pytest.raises(Stale):
        mine.take(GUIDE.name, 2, previous=first.claim.id, reported=found(first))
    assert sum(state == "claimed" for state in states(guided, GUIDE.name)) == 2


def test_a_claim_that_is_kept_goes_on_holding_what_is_not_reported_yet(guided: Cellar) -> None:
    taken = _take(guided, 3)
    assert taken.claim is not None
    settled = desk(guided).complete(taken.claim.id, found(taken)[:1], keep=True)
    assert (settled.runs, settled.returned, settled.lost) == (1, 0, 0)
    assert len(desk(guided).runs_of(taken.claim.id)) == 2
    settled = desk(guided).complete(taken.claim.id, found(taken)[1:])
    assert (settled.filled, settled.returned) == (2, 0)
    assert desk(guided).complete(taken.claim.id, []).runs == 0


def test_a_heartbeat_extends_the_lease_and_a_closed_claim_has_none(guided: Cellar) -> None:
    taken = _take(guided)
    assert taken.claim is not None
    guided.at += USUAL - 100
    beaten = desk(guided).heartbeat(taken.claim.id, SHORTEST)
    assert beaten.lease_until <= guided.at + SHORTEST
    assert [run.id for run in beaten.runs] == [run.id for run in taken.claim.runs]
    guided.at += SHORTEST - 100
    assert desk(guided, "key 2").take(GUIDE.name).claim is None
    guided.at += 200
    assert desk(guided, "key 2").take(GUIDE.name).claim is not None
    with pytest.raises(Conflict):
        desk(guided).heartbeat(taken.claim.id)


def test_what_is_released_is_at_once_somebody_elses_its_attempt_refunded(guided: Cellar) -> None:
    taken = _take(guided)
    assert taken.claim is not None
    assert desk(guided).release(taken.claim.id) == 5
    assert desk(guided).release(taken.claim.id) == 0
    assert _take(guided, who="key 2").claim.runs[0].attempts == 1  # type: ignore[union-attr]


def test_one_open_claim_is_found_by_its_items(guided: Cellar) -> None:
    taken = _take(guided, 2)
    assert taken.claim is not None
    held = [run.item_id for run in taken.claim.runs]
    assert desk(guided).claim_of(GUIDE.name, held) == taken.claim.id
    assert desk(guided, "key 2").claim_of(GUIDE.name, held) is None
    second = _take(guided, 1)
    assert second.claim is not None
    assert desk(guided).claim_of(GUIDE.name, [*held, second.claim.runs[0].item_id]) is None


def test_old_claims_are_closed_on_request(guided: Cellar) -> None:
    old = _take(guided, 2)
    guided.at += 30 * 60_000 - 1000
    _take(guided, 2)
    guided.at += 1000
    assert guided.app.ledger.reset_claims(GUIDE.name, 30) == 2
    assert guided.app.ledger.reset_claims(GUIDE.name, 30) == 0
    with pytest.raises(Stale):
        desk(guided).complete(old.claim.id, found(old))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("limit", "lease"), [(0, USUAL), (MOST_RUNS + 1, USUAL), (1, SHORTEST - 1), (1, LONGEST + 1)]
)
def test_a_claim_stays_within_its_limits(guided: Cellar, limit: int, lease: int) -> None:
    with pytest.raises(BadInput):
        desk(guided).take(GUIDE.name, limit, lease)


def test_what_is_paused_is_not_handed_out(guided: Cellar) -> None:
    guided.app.ledger.pause(GUIDE.name)
    assert desk(guided).take(GUIDE.name).claim is None
    assert guided.fill().runs == 5
    guided.app.ledger.resume(GUIDE.name)
    assert guided.app.ledger.pause()
    assert not guided.app.ledger.pause()
    assert desk(guided).take(GUIDE.name).claim is None


# --- a worker that comes too late --------------------------------------------------------------------------------


def _expire(cellar: Cellar, _taken: Taken) -> None:
    cellar.at += USUAL
    assert desk(cellar, "key 2").take(GUIDE.name, 1).claim is not None


def _release(cellar: Cellar, taken: Taken) -> None:
    assert taken.claim is not None
    desk(cellar).release(taken.claim.id)


def _call_off(cellar: Cellar, _taken: Taken) -> None:
    view, _ = cellar.app.ledger.create_job(GUIDE.name)
    cellar.app.ledger.cancel_job(view.job.id)


@pytest.mark.parametrize("end", [_expire, _release, _call_off])
@pytest.mark.parametrize("way", ["complete", "take"])
def test_what_is_reported_too_late_is_refused_and_writes_nothing(
    guided: Cellar, end: Callable[[Cellar, Taken], None], way: str
) -> None:
    taken = _take(guided, 3)
    assert taken.claim is not None
    end(guided, taken)
    before = content(guided.database, TRACES)
    reports, claim = found(taken), taken.claim.id

    def report() -> None:
        if way == "complete":
            desk(guided).complete(claim, reports)
        else:
            desk(guided).take(GUIDE.name, previous=claim, reported=reports)

    with pytest.raises(Stale) as refused:
        report()
    assert refused.value.runs == [run.id for run in taken.claim.runs]
    assert content(guided.database, TRACES) == before
    with guided.database.read() as connection:
        assert tallies.read_tallies(connection)[("stale_completions", GUIDE.name, "", "")] == 3


def test_one_run_that_is_lost_refuses_the_whole_report(guided: Cellar) -> None:
    taken = _take(guided, 3)
    assert taken.claim is not None
    lost = taken.claim.runs[1]
    view, _ = guided.app.ledger.create_job(GUIDE.name, {"ids": [lost.item_id]})
    guided.app.ledger.cancel_job(view.job.id)
    before = content(guided.database, TRACES)
    with pytest.raises(Stale) as refused:
        desk(guided).complete(taken.claim.id, found(taken))
    assert refused.value.runs == [lost.id]
    assert content(guided.database, TRACES) == before
    rest = [each for each in found(taken) if each.run_id != lost.id]
    assert desk(guided).complete(taken.claim.id, rest).filled == 2


def test_a_worker_inside_whose_claim_expired_while_it_looked_writes_nothing(cellar: Cellar) -> None:
    wines(cellar, 3)
    late = hand(cellar)
    claim = late.claim(WINES.finders[0], 10)
    assert claim is not None
    cellar.at += LEASE
    assert hand(cellar).claim(WINES.finders[0], 1) is not None  # it takes back what the late one held
    before = content(cellar.database, TRACES)
    settled = late.work(WINES, WINES.finders[0], claim)
    assert (settled.runs, settled.values, settled.lost) == (0, 0, 3)
    assert content(cellar.database, TRACES) == before


def test_a_lease_that_is_over_while_nobody_asked_for_the_runs_is_forgiven(guided: Cellar) -> None:
    taken = _take(guided, 2)
    assert taken.claim is not None
    guided.at += 10 * USUAL
    assert desk(guided).complete(taken.claim.id, found(taken)).filled == 2


def test_newer_input_takes_the_place_of_what_was_claimed(guided: Cellar) -> None:
    taken = _take(guided, 1)
    assert taken.claim is not None
    item = taken.claim.runs[0].item_id
    guided.app.set(item, {"name": "Renamed"})
    settled = desk(guided).complete(taken.claim.id, found(taken))
    assert (settled.runs, settled.values, settled.lost) == (0, 0, 1)
    assert [state for i, _, state in standing(guided, GUIDE.name) if i == item] == ["cancelled", "ready"]


# --- what is reported --------------------------------------------------------------------------------------------


def test_what_a_worker_reports_is_kept_under_the_pipelines_voice(guided: Cellar) -> None:
    taken = _take(guided, 4)
    assert taken.claim is not None
    sure, unsure, nobody, rests = taken.claim.runs
    name = taken.subjects[sure.item_id].values["name"]
    reports = [
        Reported(sure.id, Outcome.FOUND, values={"name": name, "region": "Mosel", "stars": 5}, record="R1"),
        Reported(unsure.id, Outcome.FOUND, values={"name": "Something else", "region": "Baden"}),
        Reported(nobody.id, Outcome.NOT_FOUND),
        Reported(rests.id, Outcome.RATE_LIMITED, retry_after=60.0),
    ]
    settled = desk(guided).complete(taken.claim.id, reports)
    assert settled.counts == {"filled": 1, "review": 1, "empty": 1, "waiting": 1, "failed": 0}
    value = guided.item("0").values["region"]
    assert (value.data, value.source, value.record, value.version) == (
        "Mosel", GUIDE.name, "R1", "wine-guide@1",
    )  # fmt: skip
    assert "stars" not in guided.data("0")
    (waiting,) = [run for run in rows(guided.database, "runs") if run["state"] == "waiting"]
    assert (waiting["error_code"], waiting["attempts"]) == ("rate_limited", 0)
    told = [each["outcome"] for each in rows(guided.database, "attempts")]
    assert told == ["found", "ambiguous", "not_found", "rate_limited"]
    guided.at = waiting["run_at"]
    again = desk(guided).take(GUIDE.name)
    assert again.claim is not None
    assert rests.id in {run.id for run in again.claim.runs}


@pytest.mark.parametrize(
    "report",
    [
        {"outcome": Outcome.FOUND},
        {"outcome": Outcome.FOUND, "values": {"region": ["no", "text"]}},
        {"outcome": Outcome.TRANSIENT, "retry_after": float("inf")},
        {"outcome": Outcome.TRANSIENT, "retry_after": -1.0},
        {"outcome": Outcome.FOUND, "values": {"region": "x"}, "confidence": float("nan")},
    ],
)
def test_a_report_that_cannot_be_leaves_the_claim_as_it_was(guided: Cellar, report: dict[str, Any]) -> None:
    taken = _take(guided, 2)
    assert taken.claim is not None
    first = taken.claim.runs[0].id
    before = content(guided.database)
    for reports in ([Reported(first, **report)], [found(taken)[0]] * 2):
        with pytest.raises(BadInput):
            desk(guided).complete(taken.claim.id, reports)
    with pytest.raises(BadInput):
        desk(guided).take(GUIDE.name, reported=found(taken))
    assert content(guided.database) == before
    with pytest.raises(NotFound):
        desk(guided).take("no such pipeline")


# --- together with workers inside --------------------------------------------------------------------------------


def test_a_worker_that_is_lost_again_and_again_does_not_make_a_tried_run_suspect(guided: Cellar) -> None:
    """Runs that were tried before are handed out together; those that took a worker down, one at a time."""
    for _ in range(2):
        taken = _take(guided)
        assert taken.claim is not None
        assert len(taken.claim.runs) == 5
        away = [Reported(run.id, Outcome.TRANSIENT) for run in taken.claim.runs]
        desk(guided).complete(taken.claim.id, away)
        guided.at = max(run["run_at"] for run in rows(guided.database, "runs") if run["state"] == "waiting")
    assert len(_take(guided).claim.runs) == 5  # type: ignore[union-attr]
    guided.at += USUAL
    sizes = [len(_take(guided, who=f"key {n}").claim.runs) for n in range(3)]  # type: ignore[union-attr]
    assert sizes == [1, 1, 1]


def test_claims_that_are_older_than_a_month_are_forgotten(guided: Cellar, database: Database) -> None:
    taken = _take(guided)
    assert taken.claim is not None
    desk(guided).complete(taken.claim.id, [])
    with database.write() as connection:
        assert claims.prune_claims(connection, guided.at + 1) == 1
    with pytest.raises(NotFound):
        desk(guided).complete(taken.claim.id, [])
