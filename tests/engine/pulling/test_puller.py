from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.support.pulls import EMMA, FILLED, LEASE, PIPELINE, TOKEN, Action, Json, World, a_world

from completist.domain.errors import ActionRequired, BadInput, Busy, CompletistError, NotFound, Retryable
from completist.domain.matching import Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome, RunState
from completist.engine.judging import Reported
from completist.engine.pulling import puller
from completist.engine.pulling.desk import TRIES, Desk
from completist.engine.pulling.heart import Beating
from completist.engine.pulling.order import Ended, address
from completist.engine.pulling.puller import LONGEST_PAUSE, SHORTEST_PAUSE
from completist.engine.pulling.state import Kept, StateFile
from completist.net.sending import ProviderHttp
from completist.sdk import registry
from completist.sdk.provider import Reply, Request
from completist.simulator import Fault, Faults
from completist.simulator.books import standard_books
from completist.simulator.limits import FREE, Policy

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "demo" / "goodreads_library_export.csv"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """Five books, a server and a provider."""
    with a_world(tmp_path, sqlite_template) as made:
        yield made


# --- all of it -------------------------------------------------------------------------------------------------


def test_a_whole_library_is_resolved_and_nothing_wrong_is_filled(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with a_world(tmp_path, sqlite_template, books=None) as world:
        total = world.app.import_file(DEMO).added
        report = world.pull()
        assert report.failure is None
        assert (report.claimed, report.unanswered, report.remaining) == (total, 0, 0)
        assert report.filled + report.empty + report.review == report.claimed == report.resolved
        assert world.runs() == {"filled": report.filled, "empty": report.empty, "review": report.review}

        known = {str(book["id"]): book for book in standard_books()}
        by_isbn = {each["isbn_13"]: book for book in known.values() for each in book["editions"]}
        views = {view.id: view for view in world.app.items("book")}
        filled = {id_: view for id_, view in views.items() if view.data.get("hardcover")}
        assert len(filled) == report.filled > 170
        for view in filled.values():
            book = known[_listed(view.data["hardcover"])[0]]
            title, mine = book["title"].casefold(), str(view.data["title"]).casefold()
            assert mine.startswith(title.split(":")[0]) or mine[:5] == title[:5], (mine, title)
        wrong = {view.id for view in views.values() if _isbn_of_another(view.data, by_isbn)}
        waiting = {proposal.item_id for proposal in world.app.proposals()}
        assert wrong
        assert wrong <= waiting
        assert not wrong & filled.keys()

        # Each batch asks for its ISBNs at once, each other book once, and the limits are kept to.
        calls = world.provider.calls
        assert {call.status for call in calls.all()} == {200}
        assert calls.most_in(60) <= 60
        searched = sum(_open_after_isbns(view.data, by_isbn) for view in views.values())
        assert Counter(world.asked())["search"] == searched
        assert Counter(world.asked())["editions"] <= -(-total // 20) + 2


def _listed(data: Json) -> list[str]:
    return [*(data or ())]


def _isbn_of_another(data: Json, by_isbn: dict[str, Any]) -> bool:
    """Whether the ISBN belongs to a book whose title shares no word with this one's."""
    found = [by_isbn[isbn] for isbn in _listed(data.get("isbn13")) if isbn in by_isbn]
    mine = {*re.findall(r"\w+", str(data["title"]).casefold())} - {"the", "of", "on", "and"}
    return bool(found) and not any(mine & {*re.findall(r"\w+", book["title"].casefold())} for book in found)


def _open_after_isbns(data: Json, by_isbn: dict[str, Any]) -> bool:
    return not any(isbn in by_isbn for isbn in _listed(data.get("isbn13")))


def test_each_book_goes_where_it_belongs(world: World) -> None:
    report = world.pull()
    assert (report.filled, report.review, report.empty) == (3, 1, 1)
    assert world.filled() == FILLED
    (proposal,) = world.app.proposals()
    assert world.app.show(proposal.item_id).data["title"] == "The Mill on the Floss"
    assert proposal.reasons == ("isbn_disagrees",)
    assert world.app.verdicts()[Verdict.NONE, "unknown_outside"] == 1


def test_what_is_found_is_written_with_its_source_and_no_more_than_is_sure(world: World) -> None:
    world.pull()
    by_title = {view.data["title"]: view for view in world.app.items("book")}
    emma, germinal = by_title["Emma"], by_title["Germinal"]
    assert emma.values["hardcover"].source == "hardcover"
    assert emma.data["pages"]  # its ISBN proves the edition
    assert "pages" not in {name for name, value in germinal.values.items() if value.data is not None}
    assert germinal.data["first_published"]


def test_a_second_pull_finds_nothing_due_and_asks_nothing(world: World) -> None:
    world.pull()
    asked = len(world.asked())
    report = world.pull()
    assert (report.claimed, report.ended, report.failure) == (0, Ended.NOTHING_DUE, None)
    assert len(world.asked()) == asked


def test_a_limit_counts_books_and_leaves_the_rest(world: World) -> None:
    report = world.pull(limit=3, batch=2)
    assert (report.claimed, report.resolved, report.ended) == (3, 3, Ended.LIMIT)
    assert [body["limit"] for path, body in world.gate.seen if path == "/api/v1/claims"] == [2, 1]
    assert world.runs()["ready"] == 2
    assert world.kept()["processing_id"] is None


def test_each_claim_names_the_one_before(world: World) -> None:
    world.pull(batch=2)
    asked = [body["previous_claim"] for path, body in world.gate.seen if path == "/api/v1/claims"]
    assert asked[0] is None
    assert len({UUID(claim) for claim in asked[1:]}) == len(asked) - 1 == 3


def test_what_remains_is_logged_with_ids_and_counts_only(world: World) -> None:
    with capture_logs() as logs:
        world.pull(batch=2)
    claimed = [each for each in logs if each["event"] == "claimed"]
    assert [each["remaining"] for each in claimed] == [3, 1, 0, 0]
    told = json.dumps([each for each in logs if each["event"] != "request"])
    assert not any(word in told for word in ("Emma", "Zola", EMMA, TOKEN))


def test_by_isbn_alone_nothing_is_searched_and_the_rest_is_put_off(world: World) -> None:
    report = world.pull(identified_only=True)
    assert (report.set_aside, report.filled, report.review, report.waiting) == (3, 1, 1, 3)
    assert set(world.asked()) == {"editions"}
    assert report.failure is None
    world.clock.now += 3_700_000
    assert world.pull().filled == 2
    assert world.filled() == FILLED


# --- killed ----------------------------------------------------------------------------------------------------


def _dying(monkeypatch: pytest.MonkeyPatch, at: int, *, answered: bool) -> list[str]:
    """Kill at the n-th call to anybody, before it is made or with its answer just in; the calls that were made."""
    made: list[str] = []
    send = ProviderHttp.send

    async def dying(http: ProviderHttp, request: Request) -> Reply:
        if len(made) + 1 == at and not answered:
            made.append("killed")
            raise Killed
        made.append(request.url)
        reply = await send(http, request)
        if len(made) == at:
            raise Killed
        return reply

    monkeypatch.setattr(ProviderHttp, "send", dying)
    return made


@pytest.mark.parametrize("answered", [False, True], ids=["before", "behind"])
def test_killed_at_any_call_the_next_pull_ends_in_the_same_state(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, *, answered: bool
) -> None:
    at = 0
    while True:
        at += 1
        with a_world(tmp_path / str(at), sqlite_template) as world, monkeypatch.context() as patched:
            _dying(patched, at, answered=answered)
            try:
                world.pull(batch=3)
            except Killed:
                patched.undo()
            else:
                assert at > 8  # nobody was killed any more
                return
            first = world.pull(batch=3)
            world.clock.now += LEASE * 1000 + 1  # a claim whose answer was lost is free again
            second = world.pull(batch=3)
            assert (first.failure, second.failure) == (None, None)
            assert world.filled() == FILLED
            assert world.runs() == {"filled": 3, "review": 1, "empty": 1}
            # Only the answer that was on its way when the process died is asked for again.
            searches = Counter(world.asked())["search"]
            assert searches - 3 <= answered


def test_killed_between_finding_and_reporting_hands_the_findings_in_first(world: World) -> None:
    world.gate.before = lambda _path, body: "hold" if (body or {}).get("results") else "pass"
    command = [sys.executable, "-m", "completist", "pull", PIPELINE, "--server", world.url]
    command += ["--state", str(world.state), "--endpoint", world.provider.hardcover, "--batch", "3"]
    environment = {**os.environ, "HARDCOVER_TOKEN": TOKEN, "COMPLETIST_DATA": str(world.folder / "elsewhere")}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert world.gate.held.wait(60)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    world.gate.release.set()
    world.gate.before = lambda _path, _body: "pass"
    kept = world.kept()
    assert len(kept["results"]) == 3
    assert world.runs() == {"claimed": 3, "ready": 2}
    asked = world.asked()
    world.gate.seen.clear()

    report = world.pull(batch=3)
    path, body = world.gate.seen[0]
    assert path == "/api/v1/claims"
    assert (body["previous_claim"], body["results"]) == (kept["processing_id"], kept["results"])
    assert (report.resent, report.stale, report.claimed) == (3, 0, 2)
    assert world.filled() == FILLED
    assert len(world.asked()) - len(asked) == 3  # for the other two: their ISBN, a search each


def test_the_state_is_the_owner_s_alone_and_replaced_as_a_whole(world: World) -> None:
    world.pull()
    assert stat.S_IMODE(world.state.stat().st_mode) == 0o600
    assert world.kept() == {
        "schema": 1, "server": world.url, "pipeline": PIPELINE, "processing_id": None, "results": [],
    }  # fmt: skip
    assert sorted(path.name for path in world.state.parent.iterdir()) == ["pull.json", "pull.json.lock"]


def test_one_state_is_for_one_process(world: World) -> None:
    with StateFile(world.state), pytest.raises(Busy):
        world.pull()


@pytest.mark.parametrize("held", [b"", b"[]", b'{"schema": 2}', b'{"schema": 1, "server": "x"}', b"\xff"])
def test_a_state_that_is_none_is_left_alone(world: World, held: bytes) -> None:
    world.state.parent.mkdir()
    world.state.write_bytes(held)
    with pytest.raises(BadInput, match="no state of a pull"):
        world.pull()
    assert world.state.read_bytes() == held
    assert not world.gate.seen


def test_findings_for_another_server_are_not_thrown_away(world: World) -> None:
    with StateFile(world.state) as file:
        file.write(Kept("https://other.example", PIPELINE, None, [{"run": 1, "outcome": "not_found"}]))
    with pytest.raises(BadInput, match=r"other\.example"):
        world.pull()
    with StateFile(world.state) as file:
        file.write(Kept("https://other.example", PIPELINE, str(UUID(int=5))))
    assert world.pull().filled == 3


# --- claims that are lost --------------------------------------------------------------------------------------


def _kill_before_reporting(world: World, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Leave a state in which a batch has been found and not handed in."""
    with monkeypatch.context() as patched:
        send = ProviderHttp.send

        async def dying(http: ProviderHttp, request: Request) -> Reply:
            if isinstance(request.json, dict) and request.json.get("results"):
                raise Killed
            return await send(http, request)

        patched.setattr(ProviderHttp, "send", dying)
        with pytest.raises(Killed):
            world.pull(batch=batch)


def test_findings_for_an_expired_claim_are_dropped_and_the_books_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_before_reporting(world, monkeypatch, 5)
    world.clock.now += LEASE * 1000 + 1
    other = world.app.ledger.outside("somebody else").take(PIPELINE, 5)
    assert other.claim is not None
    report = world.pull()
    assert (report.stale, report.claimed, report.kept, report.failure) == (5, 0, 0, None)
    world.app.ledger.outside("somebody else").release(other.claim.id)
    assert world.pull().filled == 3


def test_exactly_what_is_stale_is_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _kill_before_reporting(world, monkeypatch, 5)
    kept = world.kept()
    gone = next(view.id for view in world.app.items("book") if view.data["title"] == "Germinal")
    runs = world.app.ledger.outside("local").runs_of(kept["processing_id"])
    world.app.ledger.outside("local").complete(
        kept["processing_id"],
        [Reported(runs[gone], Outcome.NOT_FOUND)],
        keep=True,
    )
    world.gate.seen.clear()
    report = world.pull()
    sent = [len(body["results"]) for path, body in world.gate.seen if path == "/api/v1/claims"]
    assert sent[:2] == [5, 4]
    assert (report.stale, report.filled, report.claimed) == (1, 2, 0)


def test_a_claim_that_the_server_has_forgotten_costs_no_more_than_its_findings(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_before_reporting(world, monkeypatch, 5)
    held = world.kept()
    world.app.ledger.outside("local").release(held["processing_id"])
    with StateFile(world.state) as file:
        file.write(Kept(world.url, PIPELINE, str(UUID(int=7)), held["results"]))
    report = world.pull()
    assert (report.stale, report.claimed, report.filled) == (5, 5, 3)


def test_findings_are_kept_when_the_address_leads_to_something_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_before_reporting(world, monkeypatch, 5)
    world.gate.before = lambda _path, _body: 404
    report = world.pull()
    assert isinstance(report.failure, CompletistError)
    assert report.kept == len(world.kept()["results"]) == 5


def test_an_answer_that_was_lost_is_no_reason_to_write_twice(world: World) -> None:
    world.gate.plan.extend(["pass", "lose"])
    report = world.pull(batch=5)
    assert (report.stale, report.failure) == (5, None)
    assert world.filled() == FILLED
    assert world.runs() == {"filled": 3, "review": 1, "empty": 1}


def test_while_the_provider_is_slow_the_claim_is_kept_alive(world: World) -> None:
    world.provider.switch(Faults((Fault("rate_limited", times=1, after=25),)))
    report = world.pull(lease=60)
    beats = [path for path, _ in world.gate.seen if path.endswith("/heartbeat")]
    assert beats
    assert report.stale == 0


def test_a_single_answer_that_takes_long_does_not_cost_the_claim() -> None:
    heard = asyncio.Event()
    ticks = itertools.count(0, 25_000)

    class Slow:
        async def send(self, request: Request) -> Reply:
            if request.url.endswith("/heartbeat"):
                heard.set()
            else:
                await heard.wait()
            return Reply(200, body={})

    async def asked() -> Reply:
        desk = Desk(Slow(), "http://127.0.0.1", "", _no_pause, Random(1), lambda: False, lambda: next(ticks))  # noqa: S311 - no secret
        http = Beating(Slow(), desk, "c", 60, lambda: next(ticks))
        return await http.send(Request("POST", "http://127.0.0.1/graphql"))

    assert asyncio.run(asked()).status == 200
    assert heard.is_set()


async def _no_pause(_seconds: float) -> None:
    pass


def test_a_server_that_can_use_nothing_at_all_costs_no_findings(world: World) -> None:
    world.gate.before = lambda _path, body: 422 if (body or {}).get("results") else "pass"
    report = world.pull()
    assert isinstance(report.failure, BadInput)
    assert (report.kept, report.unfit) == (5, 0)


def test_a_claim_that_is_closed_meanwhile_is_not_worked_on(world: World) -> None:
    def closing(path: str, _body: Json) -> Action:
        if path.endswith("/heartbeat"):
            world.app.ledger.reset_claims(PIPELINE, 0)
        return "pass"

    world.gate.before = closing
    world.provider.switch(Faults((Fault("rate_limited", every=2, times=2, after=50),)))
    report = world.pull(lease=60)
    assert report.failure is None
    assert world.filled() == FILLED
    assert report.stale > 0


# --- the provider refuses --------------------------------------------------------------------------------------


def test_a_rest_that_the_provider_wants_puts_the_books_off_and_ends_the_pull(world: World) -> None:
    world.provider.switch(Faults((Fault("rate_limited", every=3, after=300),)))
    report = world.pull()
    assert isinstance(report.failure, Retryable)
    assert report.failure.after == 300
    assert "Start again after" in report.failure.hint
    assert (report.found, report.unanswered, report.waiting) == (3, 2, 2)
    assert world.runs()["waiting"] == 2
    assert len(world.asked()) == 3  # nothing more was asked
    told = [each for each in world.gate.results() if each["outcome"] == "rate_limited"]
    assert [each["retry_after"] for each in told] == [300.0, 300.0]
    world.provider.switch(Faults())
    assert world.pull().claimed == 0  # they wait
    world.clock.now += 301_000
    assert world.pull().claimed == 2
    assert world.filled() == FILLED


def test_with_follow_the_rest_is_waited_out(world: World) -> None:
    world.provider.switch(Faults((Fault("rate_limited", every=3, times=1, after=300),)))
    report = world.pull(follow=True, stop=lambda: len(world.filled()) == 3)
    assert (report.ended, report.failure) == (Ended.STOPPED, None)
    assert sum(world.clock.slept) >= 300


def test_a_quota_that_is_used_up_ends_the_pull_until_tomorrow(tmp_path: Path, sqlite_template: Path) -> None:
    day = Policy("daily", 2, 86_400)
    with a_world(tmp_path, sqlite_template, policies=(FREE[0], day)) as world:
        report = world.pull()
        assert isinstance(report.failure, Retryable)
        assert report.failure.after > 3600
        assert world.runs() == {"filled": 2, "review": 1, "waiting": 2}
        assert len(world.asked()) <= 3
        told = {each["outcome"] for each in world.gate.results()}
        assert told == {"found", "quota_exhausted"}


@pytest.mark.parametrize("fault", ["server_error", "unavailable", "graphql_error", "broken_json", "drop"])
def test_a_provider_that_is_down_is_not_asked_for_the_whole_library(world: World, fault: Json) -> None:
    world.provider.switch(Faults((Fault(fault),)))
    report = world.pull()
    assert isinstance(report.failure, Retryable)
    assert (report.unanswered, report.not_found, report.empty) == (5, 0, 0)
    assert world.runs() == {"waiting": 5}
    assert len(world.asked()) <= 3


def test_one_search_that_fails_costs_its_own_book_alone(world: World) -> None:
    world.provider.switch(Faults((Fault("server_error", every=3, times=1),)))
    report = world.pull()
    assert (report.unanswered, report.waiting, report.failure) == (1, 1, None)
    assert len(world.filled()) == 2


def test_a_key_that_the_provider_refuses_wants_a_person(world: World) -> None:
    report = world.pull(secret="wrong")
    assert isinstance(report.failure, ActionRequired)
    assert "HARDCOVER_TOKEN" in report.failure.hint
    assert len(world.asked()) == 1
    assert world.runs() == {"waiting": 5}


# --- the server refuses, or is away ----------------------------------------------------------------------------


def test_a_server_that_comes_back_is_waited_for(world: World) -> None:
    world.gate.plan.extend([503, (503, 7), 500])
    report = world.pull()
    assert (report.filled, report.failure) == (3, None)
    assert sum(world.clock.slept[:20]) >= 7


def test_a_server_that_stays_away_is_asked_a_few_times_and_what_was_found_is_kept(world: World) -> None:
    world.gate.before = lambda _path, body: 503 if (body or {}).get("results") else "pass"
    report = world.pull()
    assert isinstance(report.failure, Retryable)
    assert report.kept == 5
    tried = [body for _, body in world.gate.seen if body["results"]]
    assert len(tried) == TRIES
    assert 60 <= sum(world.clock.slept) < 600
    world.gate.before = lambda _path, _body: "pass"
    asked = len(world.asked())
    assert world.pull().filled == 3
    assert len(world.asked()) == asked


def test_nobody_answers_at_all(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    report = world.pull(server=f"http://127.0.0.1:{port}")
    assert isinstance(report.failure, Retryable)
    assert "no_connection" in str(report.failure)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, ActionRequired), (403, ActionRequired), (404, CompletistError), (422, BadInput)],
)
def test_a_refusal_of_the_server_is_not_tried_again(world: World, status: int, kind: type[Exception]) -> None:
    world.gate.before = lambda _path, _body: status
    report = world.pull()
    assert isinstance(report.failure, kind)
    assert len(world.gate.seen) == 1
    assert not world.asked()


def test_without_an_account_a_key_is_wanted_as_soon_as_there_is_one(world: World) -> None:
    account = world.app.access.add_account("ann", "admin")
    assert isinstance(world.pull().failure, ActionRequired)
    _, key = world.app.access.add_key(account.name, "worker", "worker")
    assert world.pull(key=key).filled == 3


def test_an_unknown_pipeline_is_named_before_anybody_is_asked(world: World) -> None:
    with pytest.raises(NotFound, match="book-metadata"):
        world.pull(pipeline="book-metadata")
    assert not world.gate.seen


def test_a_pipeline_that_the_server_lacks_is_not_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry.pipeline

    def lacking(name: str) -> tuple[Any, Pipeline]:
        if name == PIPELINE:
            raise NotFound("There is no pipeline 'hardcover'.")
        return known(name)

    monkeypatch.setattr(registry, "pipeline", lacking)
    report = world.pull()
    assert isinstance(report.failure, NotFound)


def test_a_result_that_the_server_cannot_use_is_left_out_and_the_rest_arrives(world: World) -> None:
    emma = next(view.id for view in world.app.items("book") if view.data["title"] == "Emma")

    def picky(_path: str, body: Json) -> Action:
        runs = {each["run"] for each in (body or {}).get("results", ()) if each["outcome"] == "found"}
        return 422 if first[0] in runs else "pass"

    taken = world.app.ledger.outside("local").take(PIPELINE, 5)
    assert taken.claim is not None
    first = [run.id for run in taken.claim.runs if run.item_id == emma]
    world.app.ledger.outside("local").release(taken.claim.id)
    world.gate.before = picky
    report = world.pull(limit=5)
    assert (report.unfit, report.filled, report.kept) == (1, 2, 0)
    assert world.runs()["ready"] == 1


def test_more_than_one_request_may_hold_is_handed_in_by_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puller, "LARGEST", 500)
    report = world.pull()
    assert (report.filled, report.review, report.empty) == (3, 1, 1)
    assert [path for path, _ in world.gate.seen if path.endswith("/complete")]
    runs = [each["run"] for each in world.gate.results()]
    assert len(runs) == len(set(runs)) == 5


# --- waiting for more ------------------------------------------------------------------------------------------


def test_with_follow_the_pauses_grow_and_end_with_something_to_do(world: World) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await world.clock.sleep(seconds)
        if sum(pauses) == 335:
            world.bring("Title,Author\nKim,Rudyard Kipling\n")

    world.pull()
    report = world.pull(follow=True, sleep=sleep, stop=lambda: "Kim" in world.filled())
    assert report.filled == 1
    assert (SHORTEST_PAUSE, LONGEST_PAUSE) == (5, 60)
    asked = [path for path, _ in world.gate.seen]
    assert sum(pauses) == 5 + 10 + 20 + 40 + 60 * 5
    assert len(asked) < 20


def test_a_person_who_wants_to_stop_does_not_wait_for_the_pause_to_end(world: World) -> None:
    world.pull()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    report = world.pull(follow=True, sleep=sleep, stop=lambda: len(slept) >= 3)
    assert report.ended is Ended.STOPPED
    assert len(slept) == 3


def test_stopping_hands_in_the_batch_under_way_and_claims_no_more(world: World) -> None:
    report = world.pull(batch=2, stop=lambda: bool(world.asked()))
    assert (report.claimed, report.ended, report.kept) == (2, Ended.STOPPED, 0)
    assert RunState.CLAIMED.value not in world.runs()
    assert world.runs()["ready"] == 3


# --- addresses and keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server", ["", "books", "ftp://x", "http://", "http://user:pw@x", "http://[::1", "//x"]
)
def test_what_is_no_address_is_refused(server: str) -> None:
    with pytest.raises(BadInput):
        address(server)


def test_a_key_does_not_go_out_in_the_clear(world: World) -> None:
    report = world.pull(server="http://books.example.org", key="cmp_secret")
    assert isinstance(report.failure, BadInput)
    assert "https" in report.failure.hint


def test_a_server_elsewhere_wants_a_key(world: World) -> None:
    with pytest.raises(ActionRequired, match="COMPLETIST_KEY"):
        world.pull(server="https://books.example.org")


def test_without_a_token_a_person_is_told_where_to_get_one(world: World) -> None:
    with pytest.raises(ActionRequired, match="HARDCOVER_TOKEN") as caught:
        world.pull(secret="")
    assert "hardcover.app" in caught.value.hint


def test_secrets_do_not_show(world: World) -> None:
    order = world.order(key="cmp_secret")
    assert "cmp_secret" not in repr(order)
    assert TOKEN not in repr(order)
