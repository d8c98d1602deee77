"""The enrichment queue at work, line by line, and that nothing dies in silence."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.clocks import Clock
from tests.support.librarians import AUTHOR, WORK, Librarian, consult
from tests.support.sites import Site

from completist.domain.errors import NotFound
from completist.domain.run import Outcome
from completist.engine.duties import MEMORY, Duties
from completist.engine.enrichment import queue as enrichment_queue
from completist.engine.enrichment.queue import BATCH, EVERY, LEASE, LOST
from completist.engine.enrichment.telling import Standing
from completist.engine.inquiry.hearing import Respondent
from completist.kinds.books.providers.isbndb import adapter as isbndb
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import SharedPermits
from completist.sdk.adapter import Key
from completist.sdk.provider import Refused
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.provider import KEY
from completist.store import answers, enrichment_log, requests
from completist.store.database import Database
from completist.store.enrichment_log import Logged

ISBN, OTHER = "9780441172719", "9780140328721"
LIMITED = Refused(Outcome.RATE_LIMITED, 30.0, "http_429")
EXHAUSTED = Refused(Outcome.QUOTA_EXHAUSTED, 3600.0, "http_429")
DOWN = Refused(Outcome.TRANSIENT, code="http_503")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    """A library on each database: a test that asks for it runs twice."""
    return Site(database, tmp_path)


def _ask(site: Site, key: str = ISBN, *providers: str, entity: str = "edition", priority: int = 5) -> str:
    desk = site.app.enriching.of(site.app.library_id)
    return desk.request("me", entity, key, priority=priority, providers=providers or None)[0].id


def _work(site: Site) -> int:
    return site.app.enriching.queue().work()


def _stands(site: Site, request_id: str) -> Standing:
    return site.app.enriching.of(site.app.library_id).standing(request_id)


def _log(site: Site, request_id: str) -> list[tuple[str, bool]]:
    return [(each.provider, each.success) for each in _stands(site, request_id).log]


def _quality(site: Site, provider: str, isbn: str = ISBN) -> float | None:
    with site.database.read() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT quality FROM answers WHERE provider = '{provider}' AND query = 'isbn13:{isbn}'"  # noqa: S608
        )
        quality: float | None = rows.scalar_one()
        return quality


def _isbns(count: int) -> list[str]:
    """Valid ISBNs, as many as wanted."""
    found = []
    for number in range(count):
        digits = f"97801{number:07d}"
        total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
        found.append(f"{digits}{-total % 10}")
    return found


# --- the checklist of phase 3 ----------------------------------------------------------------------------------


def test_cron_runs_every_15_min_where_no_worker_is_running(site: Site) -> None:
    consult(site, Librarian("googlebooks").knows(ISBN, title="Dune"))
    waited: list[float | None] = []

    class Ticks(threading.Event):
        """Lets the clock tick three times, then stops."""

        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return len(waited) > 3

    first = _ask(site)
    site.app.enriching.queue().watch(Ticks())
    assert waited == [EVERY] * 4
    assert EVERY == 15 * 60
    assert _stands(site, first).request.status == "completed"


def test_processes_up_to_10_jobs_per_run(site: Site) -> None:
    google = Librarian("googlebooks")
    consult(site, google)
    for isbn in _isbns(23):
        _ask(site, isbn)
    assert BATCH == 10
    assert [_work(site) for _ in range(4)] == [10, 10, 3, 0]
    assert len(google.calls) == 23


def test_isbndb_rate_limiting_respected_1_req_per_sec(site: Site) -> None:
    """Through the real gate, to a provider that counts and refuses what is too much."""
    clock = Clock(site.at)
    site.app.now = clock
    with _simulated(site, clock) as simulator:
        for isbn in _isbns(6):
            _ask(site, isbn, "isbndb")
            while _work(site):  # one request each time, as they come in
                pass
        calls = simulator.calls.of("isbndb")
    assert len(calls.all()) == 6
    assert calls.most_in(1.0) == 1
    assert {call.status for call in calls.all()} <= {200, 404}


def test_failed_providers_logged_job_retried_up_to_max_retries(site: Site) -> None:
    consult(site, Librarian("googlebooks", refuse=DOWN))
    request = _ask(site)
    seen = []
    for _ in range(4):
        assert _work(site) == 1
        found = _stands(site, request).request
        seen.append((found.status.value, found.retry_count))
        assert _work(site) == 0, "it waits before it is tried again"
        site.at += 3_600_000
    assert seen == [("pending", 1), ("pending", 2), ("pending", 3), ("failed", 3)]
    assert _log(site, request) == [("googlebooks", False)] * 4
    assert all("http_503" in str(each.error_message) for each in _stands(site, request).log)
    found = _stands(site, request).request
    assert found.error_message == "googlebooks: The provider did not answer (http_503)."
    assert found.completed_at is not None
    assert _work(site) == 0


def test_successful_enrichment_updates_quality_scores(site: Site) -> None:
    google = Librarian("googlebooks").knows(ISBN, title="Dune")
    consult(site, google)
    _ask(site)
    _work(site)
    poor = _quality(site, "googlebooks")
    google.knows(ISBN, title="Dune", authors=["Frank Herbert"], publisher="Ace", pages=535, published="1990")
    site.at += answers.LASTS + 1
    _ask(site)
    _work(site)
    good = _quality(site, "googlebooks")
    assert poor is not None
    assert good is not None
    assert 0 < poor < good <= 1


def test_enrichment_log_populated_with_all_attempts(site: Site) -> None:
    consult(
        site,
        Librarian("openlibrary"),
        Librarian("isbndb", refuse=LIMITED, times=1).knows(ISBN, title="Dune"),
        Librarian("googlebooks").knows(ISBN, title="Dune", pages=535),
    )
    request = _ask(site)
    _work(site)
    site.at += 40_000
    _work(site)
    told: list[Logged] = list(_stands(site, request).log)
    assert [(each.provider, each.success, each.fields_updated) for each in told] == [
        ("openlibrary", False, ()),
        ("isbndb", False, ()),
        ("googlebooks", True, ("isbn13", "title", "pages")),
        ("isbndb", True, ("isbn13", "title")),
    ]
    assert [each.error_message for each in told] == [
        "It does not know it.",
        "The provider asks for a rest (http_429).",
        None,
        None,
    ]
    assert {each.operation for each in told} == {"enrich"}


@pytest.mark.parametrize(
    ("librarians", "status", "succeeded"),
    [
        ([Librarian("a").knows(ISBN, title="Dune")], "completed", ("a",)),
        ([Librarian("a")], "completed", ()),
        ([Librarian("a"), Librarian("b").knows(ISBN, title="Dune")], "completed", ("b",)),
        ([Librarian("a", refuse=DOWN)], "failed", ()),
        ([Librarian("a"), Librarian("b", refuse=DOWN)], "failed", ()),
        ([Librarian("a", refuse=DOWN), Librarian("b").knows(ISBN, title="Dune")], "completed", ("b",)),
        ([Librarian("a", may_be_asked=False, secret="KEY")], "failed", ()),
        ([Librarian("a", may_be_asked=False), Librarian("b")], "completed", ()),
    ],
    ids=["known", "unknown", "known-to-one", "down", "unknown-and-down", "down-and-known", "no-key", "one-left"],
)  # fmt: skip
def test_jobs_marked_completed_or_failed_appropriately(
    site: Site, librarians: list[Librarian], status: str, succeeded: tuple[str, ...]
) -> None:
    consult(site, *librarians)
    request = _ask(site, ISBN, *(each.name for each in librarians))
    for _ in range(5):
        _work(site)
        site.at += 3_600_000
    found = _stands(site, request).request
    assert (found.status.value, found.providers_succeeded) == (status, succeeded)
    assert found.completed_at is not None


# --- providers that rest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [LIMITED, EXHAUSTED, Refused(Outcome.TRANSIENT, 30.0, "breaker")])
def test_a_provider_that_rests_is_waited_for_and_no_retry_is_used_up(site: Site, refused: Refused) -> None:
    google = Librarian("googlebooks", refuse=refused, times=20).knows(ISBN, title="Dune")
    consult(site, google)
    request = _ask(site)
    for _ in range(20):
        assert _work(site) == 1
        found = _stands(site, request).request
        assert (found.status.value, found.retry_count) == ("pending", 0)
        assert found.next_at is not None
        assert found.next_at > site.at
        site.at = found.next_at
    _work(site)
    assert _stands(site, request).request.providers_succeeded == ("googlebooks",)
    with site.database.read() as connection:
        kept = answers.read_answers(connection, "googlebooks", [f"isbn13:{ISBN}"])
    assert kept[f"isbn13:{ISBN}"].records, "a limit is never kept as an answer"


@pytest.mark.parametrize("outcome", [Outcome.INVALID_KEY, Outcome.BLOCKED])
def test_a_key_that_is_not_accepted_ends_it_and_says_so(site: Site, outcome: Outcome) -> None:
    consult(site, Librarian("isbndb", refuse=Refused(outcome, code="http_403")))
    request = _ask(site)
    for _ in range(5):
        _work(site)
        site.at += 3_600_000
    found = _stands(site, request).request
    assert found.status.value == "failed"
    assert "isbndb" in str(found.error_message)


def test_once_a_provider_wants_its_rest_the_others_of_the_batch_are_not_tried_on_it(site: Site) -> None:
    isbndb_ = Librarian("isbndb", refuse=LIMITED)
    consult(site, isbndb_)
    for isbn in _isbns(5):
        _ask(site, isbn)
    _work(site)
    assert len(isbndb_.calls) == 1


def test_who_has_answered_is_not_asked_again_while_others_are_waited_for(site: Site) -> None:
    google, isbndb_ = Librarian("googlebooks"), Librarian("isbndb", refuse=LIMITED, times=1)
    consult(site, google, isbndb_)
    request = _ask(site)
    _work(site)
    assert _stands(site, request).request.providers_attempted == ("googlebooks",)
    site.at += 60_000
    _work(site)
    assert (len(google.calls), len(isbndb_.calls)) == (1, 2)
    assert _stands(site, request).request.status.value == "completed"


# --- what is asked ---------------------------------------------------------------------------------------------


def test_many_things_are_asked_in_as_few_calls_as_the_provider_takes(site: Site) -> None:
    google = Librarian("googlebooks", batch=4)
    consult(site, google)
    for isbn in _isbns(10):
        _ask(site, isbn)
    _work(site)
    assert [len(call) for call in google.calls] == [4, 4, 2]


def test_the_most_urgent_is_asked_first(site: Site) -> None:
    google = Librarian("googlebooks")
    consult(site, google)
    _ask(site, ISBN, priority=1)
    _ask(site, OTHER, priority=10)
    _work(site)
    assert google.calls == [[OTHER], [ISBN]]


def test_what_was_answered_lately_is_not_asked_for_again(site: Site) -> None:
    google = Librarian("googlebooks").knows(ISBN, title="Dune")
    consult(site, google)
    _ask(site)
    _work(site)
    again = _ask(site)
    _work(site)
    found = _stands(site, again)
    assert len(google.calls) == 1
    assert found.request.providers_succeeded == ("googlebooks",)
    assert [(each.success, each.fields_updated) for each in found.log] == [(True, ())]


def test_works_and_authors_are_asked_about_by_their_own_keys(site: Site) -> None:
    works = Librarian("openlibrary", WORK).knows("OL1W", title="Dune")
    authors = Librarian("wikidata", AUTHOR, pipeline="author-metadata").knows("OL1A", name="Frank Herbert")
    consult(site, works, authors)
    asked = [_ask(site, "/works/OL1W", entity="work"), _ask(site, "OL1A", entity="author")]
    assert _work(site) == 2
    assert {_stands(site, each).request.status.value for each in asked} == {"completed"}
    assert (works.calls, authors.calls) == ([["OL1W"]], [["OL1A"]])


def test_a_provider_that_is_added_while_others_are_asked_gets_its_turn(site: Site) -> None:
    async def add() -> None:
        await asyncio.to_thread(_ask, site, ISBN, "isbndb")

    isbndb_ = Librarian("isbndb").knows(ISBN, title="Dune")
    consult(site, Librarian("googlebooks", on_call=add), isbndb_)
    request = _ask(site, ISBN, "googlebooks")
    _work(site)
    assert _stands(site, request).request.status.value == "pending"
    _work(site)
    found = _stands(site, request).request
    assert (found.status.value, found.providers_succeeded) == ("completed", ("isbndb",))


def test_a_provider_that_breaks_costs_a_try_and_takes_no_other_along(site: Site) -> None:
    good = Librarian("googlebooks").knows(ISBN, title="Dune")
    consult(site, Librarian("isbndb", refuse=KeyError("x")), good)
    request = _ask(site)
    _work(site)
    found = _stands(site, request).request
    assert (found.status.value, found.retry_count, found.providers_succeeded) == (
        "pending",
        1,
        ("googlebooks",),
    )
    assert "KeyError" in str(found.error_message)


def test_what_is_learned_makes_items_of_every_library_due(site: Site) -> None:
    consult(site)
    (book,) = site.bring(site.app, {"Title": "Dune", "Author": "Frank Herbert", "ISBN": ISBN})
    assert site.app.fill().empty == 1
    consult(site, Librarian("googlebooks").knows(ISBN, title="Dune", authors=["Frank Herbert"], pages=535))
    _ask(site)
    _work(site)
    assert site.app.fill().filled == 1
    assert site.app.show(book).data["pages"] == 535


# --- workers that go away --------------------------------------------------------------------------------------


def _held(site: Site, claimer: str) -> None:
    with site.database.write() as connection:
        requests.claim_requests(connection, "lost", claimer, limit=10, lease=LEASE, now=site.tick())


def test_a_killed_workers_requests_come_back_when_their_lease_is_over(site: Site) -> None:
    consult(site, Librarian("googlebooks").knows(ISBN, title="Dune"))
    request = _ask(site)
    _held(site, "elsewhere:1:1")
    assert _work(site) == 0
    site.at += LEASE
    assert _work(site) == 1
    found = _stands(site, request).request
    assert (found.status.value, found.retry_count) == ("completed", 1)


def test_a_request_that_takes_every_worker_down_fails_in_the_end(site: Site) -> None:
    consult(site, Librarian("googlebooks"))
    request = _ask(site)
    for _ in range(4):
        _held(site, "elsewhere:1:1")
        site.at += LEASE + 1
        site.app.enriching.queue().recover()
    found = _stands(site, request).request
    assert (found.status.value, found.error_message) == ("failed", LOST)


def test_what_a_late_worker_found_is_kept_and_changes_nobody_elses_request(site: Site) -> None:
    async def late() -> None:
        site.at += LEASE + 1
        await asyncio.to_thread(site.app.enriching.queue().recover)

    consult(site, Librarian("googlebooks", on_call=late).knows(ISBN, title="Dune"))
    request = _ask(site)
    _work(site)
    found = _stands(site, request).request
    assert (found.status.value, found.providers_attempted, found.retry_count) == ("pending", (), 1)
    with site.database.read() as connection:
        assert answers.read_answers(connection, "googlebooks", [f"isbn13:{ISBN}"])


def test_told_to_stop_it_asks_no_further_provider_and_hands_back_what_is_left(site: Site) -> None:
    asked: list[str] = []

    async def note() -> None:
        asked.append("googlebooks")

    never = Librarian("isbndb")
    consult(site, Librarian("googlebooks", on_call=note), never)
    request = _ask(site)
    site.app.enriching.queue().drain(lambda: bool(asked))
    found = _stands(site, request).request
    assert (found.status.value, found.providers_attempted, found.retry_count) == (
        "pending",
        ("googlebooks",),
        0,
    )
    assert never.calls == []
    site.app.enriching.queue().drain()
    assert _stands(site, request).request.status.value == "completed"


def test_a_worker_that_ends_gives_back_what_takes_too_long(site: Site) -> None:
    asked, answer = threading.Event(), threading.Event()

    async def hold() -> None:
        asked.set()
        await asyncio.to_thread(answer.wait, 20)

    consult(site, Librarian("googlebooks", on_call=hold).knows(ISBN, title="Dune"))
    request = _ask(site)
    queue = site.app.enriching.queue()
    queue.begin()
    queue.begin()  # it is being done already
    assert asked.wait(20)
    queue.end(0)
    found = _stands(site, request).request
    assert (found.status.value, found.retry_count) == ("pending", 0)
    answer.set()
    queue.end(20)
    assert _stands(site, request).request.providers_attempted == ()


def test_the_worker_works_it_off_beside_its_runs_and_so_does_a_single_round(site: Site) -> None:
    consult(site, Librarian("googlebooks").knows(ISBN, title="Dune"))
    request = _ask(site)
    bell = site.app.bell()
    site.app.worker(bell).drain(threading.Event())
    bell.close()
    assert _stands(site, request).request.status.value == "completed"


def test_a_running_worker_works_it_off_and_ends_when_told(site: Site) -> None:
    stop = threading.Event()

    async def note() -> None:
        stop.set()

    consult(site, Librarian("googlebooks", on_call=note).knows(ISBN, title="Dune"))
    request = _ask(site)
    bell = site.app.bell()
    site.app.worker(bell).run(stop)  # until the provider is asked
    bell.close()
    assert _stands(site, request).request.status.value in ("completed", "pending")
    assert _stands(site, request).request.providers_succeeded in (("googlebooks",), ())


def test_ended_requests_and_the_log_are_forgotten_after_a_month(site: Site) -> None:
    consult(site, Librarian("googlebooks"))
    done = _ask(site)
    _work(site)
    site.at += MEMORY
    open_ = _ask(site, OTHER)
    Duties(site.database, site.tick, uuid4, "duties").forget()
    assert _stands(site, open_).request.status.value == "pending"
    with pytest.raises(NotFound):
        _stands(site, done)
    with site.database.read() as connection:
        assert enrichment_log.read_log(connection, "edition", ISBN) == []


def test_offline_nothing_is_taken_and_its_age_is_noticed(site: Site) -> None:
    request = _ask(site)
    site.app.__dict__["door"] = None
    assert _work(site) == 0
    site.at += 2 * 3_600_000
    figures = site.app.observing.figures()
    assert figures.requests == {"pending": 1}
    assert figures.oldest_request is not None
    assert figures.at - figures.oldest_request >= 2 * 3_600_000
    warned = [check for check in site.app.check() if check.name == "queue"]
    assert any("enrichment queue" in check.message for check in warned)
    assert _stands(site, request).request.retry_count == 0


# --- through the real gate -------------------------------------------------------------------------------------


class _simulated:  # noqa: N801 - reads as a verb
    """The site's queue, with ISBNdb at the simulator and time that passes only when somebody waits."""

    def __init__(self, site: Site, clock: Clock, faults: Faults | None = None) -> None:
        self.site, self.clock = site, clock
        self.simulator = Simulator(faults, clock=clock.seconds)

    def __enter__(self) -> Simulator:
        self.simulator.__enter__()
        adapter = isbndb.PLAN.make(Key(KEY))
        consult(self.site)
        self.site.app.respondents["book-metadata"].append(Respondent(isbndb.PLAN, adapter))  # type: ignore[attr-defined]  # a list, as made
        self.door = Door(
            lambda: Client(
                SharedPermits(self.site.database, self.clock),
                self.clock,
                contact="tests@tests.example",
                at=self.simulator.url,
                sleep=self.clock.sleep,
            )
        )
        self.site.app.__dict__["door"] = self.door
        return self.simulator

    def __exit__(self, *_: object) -> None:
        self.door.close()
        self.simulator.__exit__(None, None, None)


def test_a_limit_that_a_real_provider_keeps_is_waited_out(site: Site) -> None:
    clock = Clock(site.at)
    site.app.now = clock
    faults = Faults((Fault("rate_limited", times=3, after=90),))
    with _simulated(site, clock, faults):
        request = _ask(site, OTHER, "isbndb")
        for _ in range(10):
            _work(site)
            found = _stands(site, request).request
            if found.next_at is None:
                break
            clock.now = max(clock.now, found.next_at)
    assert (found.status.value, found.retry_count) == ("completed", 0)
    assert found.providers_succeeded == ("isbndb",)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No chance in when something is tried again."""
    monkeypatch.setattr(enrichment_queue, "backoff", lambda _attempts, _chance: 60_000)
